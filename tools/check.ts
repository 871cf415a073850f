/**
 * What `npm run check` runs: the type check, then the formatter and linter (biome.json). `-- --write` mends what can be
 * mended.
 */
import { check } from './suites.ts'

process.exitCode = (await check(process.argv.slice(2))) ? 0 : 1
