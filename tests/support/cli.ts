/** Commands of `weir` run inside the test, with their output caught, against a real server on the fake runtime. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import type { Io } from '../../src/cli/io.ts'
import { run } from '../../src/cli/program.ts'
import { readConfig } from '../../src/server/config.ts'
import { serve } from '../../src/server/serve.ts'

export interface Ran {
  code: number
  out: string
  err: string
}

export interface RunOptions {
  /** Stdin, stdout and stderr are a terminal. */
  tty?: boolean
  stdin?: string
  env?: Record<string, string>
}

export async function runWeir(argv: string[], { tty = false, stdin = '', env = {} }: RunOptions = {}): Promise<Ran> {
  const ran = { out: '', err: '' }
  const io: Io = {
    env: { WEIR_DATA_DIR: '/nonexistent', TERM: 'xterm', ...env },
    stdin: Readable.from([stdin]),
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
    inTty: tty,
    outTty: tty,
    errTty: tty,
    columns: 100,
    onStop: () => () => undefined,
  }
  return { code: await run(argv, io), ...ran }
}

export interface TestServer {
  url: string
  dataDir: string
  weir(argv: string[], options?: RunOptions): Promise<Ran>
  stop(): Promise<void>
}

export async function startTestServer(): Promise<TestServer> {
  const dataDir = mkdtempSync(join(tmpdir(), 'weir-cli-'))
  const flags = { 'data-dir': dataDir, listen: '127.0.0.1:0', runtime: 'fake', 'log-level': 'silent' }
  const server = await serve(readConfig(flags, {}), {})
  return {
    url: server.url,
    dataDir,
    weir: (argv, options = {}) => runWeir(argv, { ...options, env: { WEIR_DATA_DIR: dataDir, ...options.env } }),
    async stop() {
      await server.close({ stopClusters: true, force: () => true })
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}
