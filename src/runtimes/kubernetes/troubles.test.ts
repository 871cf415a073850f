import { expect, test } from 'vitest'
import { deploymentOf, filesOf, jobManager, mainOf, NOT_SCHEDULED, nowAt, RUNNING, waiting } from './objects.fixture.ts'
import { imageTrouble, operatorError, operatorTrouble, schedulingTrouble } from './troubles.ts'

/** As operator 1.7.0 writes them, shortened. */
const FLINK = 'org.apache.flink'
const error = (type: string, message: string, ...causes: [type: string, message: string][]): string =>
  JSON.stringify({
    type: `${FLINK}.kubernetes.operator.exception.${type}`,
    message,
    additionalMetadata: {},
    throwableList: causes.map(([of, said]) => ({ type: of, message: said, additionalMetadata: {} })),
  })

test('what the operator finds invalid is told in its words, and is final', () => {
  expect(operatorError(error('ValidationException', 'Forbidden Flink config key: kubernetes.namespace'))).toEqual({
    message: 'Forbidden Flink config key: kubernetes.namespace',
    final: true,
  })
})

test('of what it tries again the first word and the innermost cause are told', () => {
  const memory =
    'Sum of configured JVM Metaspace (256.000mb (268435456 bytes)) and JVM Overhead (192.000mb (201326592 bytes)) ' +
    'exceed configured Total Process Memory (100.000mb (104857600 bytes)).'
  const outer = `${FLINK}.configuration.IllegalConfigurationException: JobManager memory configuration failed: ${memory}`
  expect(
    operatorError(
      error(
        'ReconciliationException',
        outer,
        [`${FLINK}.configuration.IllegalConfigurationException`, `JobManager memory configuration failed: ${memory}`],
        [`${FLINK}.configuration.IllegalConfigurationException`, memory],
      ),
    ),
  ).toEqual({ message: `JobManager memory configuration failed: ${memory}`, final: false })
  const slots = "Could not parse value 'x' for key 'taskmanager.numberOfTaskSlots'."
  expect(
    operatorError(
      error(
        'ReconciliationException',
        `java.lang.IllegalArgumentException: ${slots}`,
        ['java.lang.IllegalArgumentException', slots],
        ['java.lang.NumberFormatException', 'For input string: "x"'],
      ),
    ).message,
  ).toBe(`${slots}: For input string: "x"`)
})

test('what the API server answered the operator is told without the machinery around it', () => {
  const said =
    'Deployment.apps "weir-a-1" is invalid: spec.template.spec.containers[0].volumeMounts[0].name: Not found: "nope"'
  const cluster = 'Could not create Kubernetes cluster "weir-a-1".'
  expect(
    operatorError(
      error(
        'ReconciliationException',
        `${FLINK}.client.deployment.ClusterDeploymentException: ${cluster}`,
        [`${FLINK}.client.deployment.ClusterDeploymentException`, cluster],
        [
          `${FLINK}.kubernetes.shaded.io.fabric8.kubernetes.client.KubernetesClientException`,
          `Failure executing: POST at: https://10.96.0.1/apis/apps/v1/namespaces/flink/deployments. Message: ${said}. ` +
            'Received status: Status(apiVersion=v1, code=422, ' +
            'details=StatusDetails(causes=[StatusCause(field=spec)]), status=Failure).',
        ],
      ),
    ),
  ).toEqual({ message: `${cluster}: ${said}`, final: false })
})

test('a service account that is missing is told, and waited for', () => {
  const message =
    'pods "weir-a-1-57c9f5cd4b-" is forbidden: error looking up service account flink/nobody: serviceaccount ' +
    '"nobody" not found'
  expect(
    operatorError(
      JSON.stringify({
        type: `${FLINK}.kubernetes.operator.exception.DeploymentFailedException`,
        message,
        additionalMetadata: { reason: 'FailedCreate' },
        throwableList: [],
      }),
    ),
  ).toEqual({ message, final: false })
})

test('an error of another shape is told as it is, in one line of bounded length', () => {
  expect(operatorError('no JSON\n  at all')).toEqual({ message: 'no JSON at all', final: false })
  expect(operatorError('{}').message).toBe('an error without words')
  expect(operatorError('null').message).toBe('null')
  expect(operatorError('["a"]').message).toBe('["a"]')
  expect(operatorError('{"type":"x.Y","throwableList":null}').message).toBe('x.Y')
  expect(operatorError('x'.repeat(10_000)).message.length).toBeLessThan(700)
})

test('an operator that says nothing is given half a minute, then told of', () => {
  const silent = deploymentOf({}, {})
  expect(operatorTrouble(silent, nowAt(30))).toBeUndefined()
  expect(operatorTrouble(silent, nowAt(31))).toEqual({
    message:
      'the Flink operator has not looked at FlinkDeployment weir-session-1 for 31 s: check that it runs, and that ' +
      'it watches the namespace flink',
    final: false,
  })
  expect(operatorTrouble(deploymentOf(), nowAt(1000))).toBeUndefined()
  expect(operatorTrouble(deploymentOf({}, { error: error('ValidationException', 'no') }), nowAt(1))).toEqual({
    message: 'the Flink operator says: no',
    final: true,
  })
})

test("images that can't be pulled are named, also the init container's; only a name that is none is final", () => {
  const message = 'Back-off pulling image\n"flink:none"'
  expect(
    imageTrouble(jobManager({ main: mainOf(waiting('ImagePullBackOff', message), { image: 'flink:none' }) })),
  ).toEqual({
    message:
      'the image flink:none can\'t be pulled (ImagePullBackOff): Back-off pulling image "flink:none". ' +
      'Check its name (weir serve --image), and that the nodes may pull it',
    final: false,
  })
  expect(
    imageTrouble(jobManager({ main: mainOf(waiting('PodInitializing')), files: filesOf(waiting('ErrImagePull')) }))
      ?.final,
  ).toBe(false)
  expect(imageTrouble(jobManager({ main: mainOf(waiting('InvalidImageName'), { image: '' }) }))).toMatchObject({
    final: true,
    message: expect.stringContaining('(unknown)'),
  })
  expect(imageTrouble(jobManager({ main: mainOf(RUNNING) }))).toBeUndefined()
})

test("what a pod waits for is told: the scheduler's words, or the kubelet's", () => {
  expect(schedulingTrouble(jobManager({ status: NOT_SCHEDULED }))).toMatch(
    /^no node can take its pod: 0\/1 nodes are available: 1 Insufficient cpu\./,
  )
  expect(
    schedulingTrouble(jobManager({ main: mainOf(waiting('CreateContainerConfigError', 'secret "a" not found')) })),
  ).toBe('its container can\'t be made: secret "a" not found')
  expect(schedulingTrouble(jobManager({ main: mainOf(waiting('ContainerCreating')) }))).toBeUndefined()
})
