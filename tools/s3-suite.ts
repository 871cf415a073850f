/**
 * The suite with a real S3 server, and what it needs: looked at beforehand, since a lack would else show as many late
 * failures.
 */
import { createBucket, s3Server } from '../tests/support/s3.ts'
import { type Counts, ONE_FAILURE, say, suite } from './suites.ts'

const WHAT =
  'WEIR_TEST_S3 is JSON {"endpoint", "accessKey", "secretKey", "region"} of an S3 server for tests, which make buckets there ' +
  '(`bucket` is the one of the documented example). MinIO, Ceph or AWS will do.'

/** One failure where there is no server, which is told. */
export async function s3Suite(...flags: string[]): Promise<Counts> {
  try {
    const server = s3Server()
    if (!server) throw new Error('WEIR_TEST_S3 is not set')
    await createBucket(server, 'bucket')
  } catch (error) {
    const { message, cause } = error as Error
    say(`The tests with S3 cannot run: ${message}${cause instanceof Error ? ` (${cause.message})` : ''}. ${WHAT}`)
    return ONE_FAILURE
  }
  return suite(['s3'], ...flags)
}
