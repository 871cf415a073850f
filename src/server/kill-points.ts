/**
 * Kill points: `WEIR_KILL_AT=session/acted:BEGIN` makes the server end itself with SIGKILL when it passes that named
 * moment of a reconcile cycle, and `...@2` the second time. This is how the tests show that a server may die between
 * any two steps; without the variable nothing here does anything.
 */
export type Passed = (where: string) => void

export function killPoints(env: NodeJS.ProcessEnv): Passed {
  const wanted = env['WEIR_KILL_AT']
  if (!wanted) return () => {}
  const [name, times = '1'] = wanted.split('@')
  let left = Number(times)
  return (where) => {
    if (where !== name) return
    left -= 1
    if (left <= 0) process.kill(process.pid, 'SIGKILL')
  }
}
