/**
 * An S3 server for tests, given by WEIR_TEST_S3: JSON {endpoint, accessKey, secretKey, region}. Pods must reach it,
 * too.
 */
import { AwsClient } from 'aws4fetch'

export interface S3Server {
  endpoint: string
  accessKey: string
  secretKey: string
  region: string
}

export function s3Server(env: NodeJS.ProcessEnv = process.env): S3Server | undefined {
  return env['WEIR_TEST_S3'] ? (JSON.parse(env['WEIR_TEST_S3']) as S3Server) : undefined
}

/** What a session's flinkConfiguration needs to reach it. */
export const s3Configuration = ({ endpoint, accessKey, secretKey }: S3Server): Record<string, string> => ({
  's3.endpoint': endpoint,
  's3.path.style.access': 'true',
  's3.access-key': accessKey,
  's3.secret-key': secretKey,
  // Ceph's gateway (16.2) refuses the empty objects by which Hadoop makes folders when they are signed in chunks, as by
  // default.
  's3.signing-algorithm': 'S3SignerType',
})

/** Makes a bucket; one that is there already is fine. */
export async function createBucket(server: S3Server, bucket: string): Promise<void> {
  const answer = await signed(server, 'PUT', `/${bucket}`)
  if (answer.status !== 200 && answer.status !== 409)
    throw new Error(`the bucket ${bucket} could not be made: ${answer.status} ${await answer.text()}`)
}

/** Puts an object there, or another one in its place. */
export async function putObject(server: S3Server, path: string, body: Uint8Array): Promise<void> {
  const answer = await signed(server, 'PUT', `/${path}`, body)
  if (!answer.ok) throw new Error(`${path} could not be put: ${answer.status} ${await answer.text()}`)
}

export async function deleteObject(server: S3Server, path: string): Promise<void> {
  const answer = await signed(server, 'DELETE', `/${path}`)
  if (!answer.ok) throw new Error(`${path} could not be deleted: ${answer.status} ${await answer.text()}`)
}

async function signed(server: S3Server, method: string, path: string, body?: Uint8Array): Promise<Response> {
  const { endpoint, accessKey, secretKey, region } = server
  const client = new AwsClient({ accessKeyId: accessKey, secretAccessKey: secretKey, region, service: 's3' })
  return client.fetch(`${endpoint}${path}`, { method, ...(body && { body: body as Uint8Array<ArrayBuffer> }) })
}
