/** Starts a JVM that outlives this program: a session of its own, output to files, nothing of ours held open. */
import { type ChildProcess, spawn } from 'node:child_process'
import { open, writeFile } from 'node:fs/promises'
import type { Socket } from 'node:net'

import { Failure } from '../../domain/failure.ts'
import type { JvmCommand } from './command.ts'

/**
 * Resolves once the program is running under its pid. Throws Failure JAVA_MISSING when it can't be executed.
 * `stdin`: a pipe for those that are told something later. It keeps nobody from ending.
 */
export async function spawnJvm(command: JvmCommand, stdin: 'ignore' | 'pipe' = 'ignore'): Promise<ChildProcess> {
  if (command.argumentFile) await writeFile(command.argumentFile.path, command.argumentFile.text, { mode: 0o600 })
  const stdout = await open(command.stdout, 'a', 0o600)
  const stderr = await open(command.stderr, 'a', 0o600)
  try {
    const child = spawn(command.executable, command.args, {
      cwd: command.cwd,
      env: command.env,
      detached: true,
      stdio: [stdin, stdout.fd, stderr.fd],
    })
    if (child.pid === undefined) {
      const error = await new Promise<Error>((resolve) => child.once('error', resolve))
      throw new Failure(
        'JAVA_MISSING',
        `${command.executable} cannot be started: ${error.message}. Install Java 17 or set JAVA_HOME.`,
      )
    }
    // Later errors are about signals, which are sent by pid here.
    child.on('error', () => {})
    const pipe = child.stdin as Socket | null
    pipe?.on('error', () => {})
    pipe?.unref()
    return child
  } finally {
    await Promise.all([stdout.close(), stderr.close()])
  }
}
