/**
 * A process that installs one version: `node installer.fixture.ts CACHE BASE VERSION`; progress goes to stdout line by
 * line.
 */
import { createDistributions } from './distributions.ts'

const [cacheDir = '', base = '', version = ''] = process.argv.slice(2)
const distributions = createDistributions({ cacheDir, tarballBases: [base], pip: [], env: {} })
const installed = await distributions.install(version, ({ detail }) => console.log(detail))
console.log(`home: ${installed.home}`)
