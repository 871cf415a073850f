#!/usr/bin/env node
/**
 * The command `weir`. Owns arguments, output for people and for pipes, exit codes; speaks to a server only through
 * its API. May import api/client and of the domain can.ts, kinds.ts, defined.ts and printable.ts; the one exception is
 * server.ts, which loads the server for the commands that run it. Never touches the store or a runtime. Fails with an
 * exit code of errors.ts and, on stderr, what happened and the next command to type.
 *
 * This file imports nothing but Node itself, and of that as little as it can: `weir --version` must be instant, and
 * an old Node must get far enough to be told so.
 */
import { readFileSync } from 'node:fs'

const argv = process.argv.slice(2)
const node = process.versions.node

if (Number.parseInt(node, 10) < 24) {
  process.stderr.write(
    `weir: Node 24 or newer is needed, this is Node ${node} (${process.execPath})\n` +
      '  next: npm install --global node@24   (or put a newer node first on PATH)\n',
  )
  process.exitCode = 1
} else if (argv.length === 1 && (argv[0] === '--version' || argv[0] === '-V')) {
  const file = new URL('../../package.json', import.meta.url)
  process.stdout.write(`${(JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version}\n`)
} else {
  const { runProcess } = await import('./run.ts')
  process.exitCode = await runProcess(argv)
}
