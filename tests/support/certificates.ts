/** Certificates for tests of every room. */
export { authority, base64 } from '../../src/runtimes/kubernetes/client/certificates.fixture.ts'
