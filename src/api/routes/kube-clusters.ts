/** Kubernetes clusters: where workspaces can be. Credentials come in and never go out. */
import { callersOrganization, notFound } from '../access.ts'
import { answer, answers, noContent } from '../answers.ts'
import type { ApiScope } from '../app.ts'
import { etag, readIfMatch, requiredRevision } from '../conditions.ts'
import { findKubeCluster } from '../find.ts'
import { claimOf } from '../idempotency.ts'
import type { ApiPorts } from '../ports.ts'
import { renderKubeCluster } from '../render-targets.ts'
import { Cluster, ClusterList, ClusterSpec, ClusterUpdate } from '../schemas/kube-clusters.ts'
import {
  ClusterPath,
  ConditionHeaders,
  DEFAULT_LIMIT,
  IdempotencyHeaders,
  NamedQuery,
  NoQuery,
} from '../schemas/parameters.ts'
import { ref } from '../schemas/schema.ts'
import { checkCluster } from '../spec-checks.ts'
import { targetChanged, targetCreated } from '../target-outcomes.ts'

const CLUSTERS = '/api/org/v1/clusters'
const CLUSTER = `${CLUSTERS}/:cluster`
const tags = ['Clusters']
const config = { permission: 'CanManageOrganization' } as const

export function clusterRoutes(scope: ApiScope, ports: ApiPorts): void {
  createCluster(scope, ports)
  listClusters(scope, ports)
  describeCluster(scope, ports)
  updateCluster(scope, ports)
  deleteCluster(scope, ports)
  checkClusterNow(scope, ports)
}

function createCluster(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: CLUSTERS,
    config,
    schema: {
      operationId: 'CreateCluster',
      summary: 'Make a Kubernetes cluster known',
      tags,
      querystring: NoQuery,
      headers: IdempotencyHeaders,
      body: ref(ClusterSpec),
      response: answers(
        { 201: answer(Cluster, 'Known from now on; it is being looked at.', 'ETag', 'Location') },
        400,
        409,
        413,
        415,
        422,
      ),
    },
    handler: async (request, reply) => {
      const { name, kubeClusterConfig } = request.body
      checkCluster(kubeClusterConfig)
      const wanted = { organization: callersOrganization(request), name, config: kubeClusterConfig }
      const cluster = targetCreated('cluster', wanted, await ports.store.kubeClusters.create(wanted, claimOf(request)))
      reply.code(201).headers({ ETag: etag(cluster.revision), Location: `${CLUSTERS}/${cluster.id}` })
      return reply.send(renderKubeCluster(cluster, ports))
    },
  })
}

function listClusters(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: CLUSTERS,
    config,
    schema: {
      operationId: 'ListClusters',
      summary: 'List Kubernetes clusters',
      tags,
      querystring: NamedQuery,
      response: answers({ 200: answer(ClusterList, 'A page of clusters, oldest first.') }, 400),
    },
    handler: async (request, reply) => {
      const { limit = DEFAULT_LIMIT, marker, ...filter } = request.query
      const list = await ports.store.kubeClusters.list({ limit, ...(marker !== undefined && { marker }) }, filter)
      return reply.send({ ...list, items: list.items.map((cluster) => renderKubeCluster(cluster, ports)) })
    },
  })
}

function describeCluster(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'GET',
    url: CLUSTER,
    config,
    schema: {
      operationId: 'DescribeCluster',
      summary: 'Describe a Kubernetes cluster',
      tags,
      params: ClusterPath,
      querystring: NoQuery,
      response: answers({ 200: answer(Cluster, 'How it is reached and what was seen of it.', 'ETag') }, 400, 404),
    },
    handler: async (request, reply) => {
      const cluster = await findKubeCluster(ports.store, request.params)
      return reply.header('ETag', etag(cluster.revision)).send(renderKubeCluster(cluster, ports))
    },
  })
}

function updateCluster(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'PATCH',
    url: CLUSTER,
    config,
    schema: {
      operationId: 'UpdateCluster',
      summary: 'Rename a Kubernetes cluster or renew how it is reached',
      tags,
      params: ClusterPath,
      querystring: NoQuery,
      headers: ConditionHeaders,
      body: ref(ClusterUpdate),
      response: answers(
        { 200: answer(Cluster, 'The cluster as it is now.', 'ETag') },
        400,
        404,
        409,
        412,
        413,
        415,
        422,
      ),
    },
    handler: async (request, reply) => {
      const { id, ...before } = await findKubeCluster(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), before.revision)
      const { name, kubeClusterConfig } = request.body
      if (kubeClusterConfig) checkCluster(kubeClusterConfig)
      const change = { ...(name !== undefined && { name }), ...(kubeClusterConfig && { config: kubeClusterConfig }) }
      const cluster = targetChanged(
        'cluster',
        { id, ...change },
        await ports.store.kubeClusters.update(id, change, revision),
      )
      return reply.header('ETag', etag(cluster.revision)).send(renderKubeCluster(cluster, ports))
    },
  })
}

function deleteCluster(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'DELETE',
    url: CLUSTER,
    config,
    schema: {
      operationId: 'DeleteCluster',
      summary: 'Forget a Kubernetes cluster',
      tags,
      params: ClusterPath,
      querystring: NoQuery,
      headers: ConditionHeaders,
      response: answers(
        { 204: noContent('Forgotten, with its credentials; the cluster itself is not touched.') },
        400,
        404,
        409,
        412,
      ),
    },
    handler: async (request, reply) => {
      const { id, ...before } = await findKubeCluster(ports.store, request.params)
      const revision = requiredRevision(readIfMatch(request.headers['if-match']), before.revision)
      const outcome = await ports.store.kubeClusters.remove(id, revision)
      if (outcome.outcome !== 'REMOVED') targetChanged('cluster', { id }, outcome)
      return reply.code(204).send(null)
    },
  })
}

function checkClusterNow(scope: ApiScope, ports: ApiPorts): void {
  scope.route({
    method: 'POST',
    url: `${CLUSTER}/checks`,
    config,
    schema: {
      operationId: 'CheckCluster',
      summary: 'Ask for a fresh look at a Kubernetes cluster',
      tags,
      params: ClusterPath,
      querystring: NoQuery,
      response: answers({ 202: answer(Cluster, 'Accepted; see `status.checkRequestedAt`.', 'ETag') }, 400, 404),
    },
    handler: async (request, reply) => {
      const { id } = await findKubeCluster(ports.store, request.params)
      const cluster = await ports.store.kubeClusters.requestCheck(id)
      if (!cluster) throw notFound('cluster', id)
      return reply.code(202).header('ETag', etag(cluster.revision)).send(renderKubeCluster(cluster, ports))
    },
  })
}
