/** The built command line, as a person or a script calls it. */
import { execFile } from 'node:child_process'
import { inject } from 'vitest'

interface Ran {
  code: number
  out: string
  err: string
}

export function weirCommand(args: readonly string[], env: Record<string, string> = {}): Promise<Ran> {
  return new Promise((resolve) => {
    execFile(process.execPath, [inject('weir'), ...args], { env: { ...process.env, ...env } }, (error, out, err) => {
      resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, out, err })
    })
  })
}
