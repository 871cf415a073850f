/** Options that several commands share. */
import type { Option } from './command.ts'

/** For commands that are about no workspace, or about workspaces themselves. */
export const SERVER: Option[] = [
  ['--url <url>', 'address of the server (env WEIR_URL)'],
  ['--data-dir <dir>', 'talk to the server of this data folder (env WEIR_DATA_DIR)'],
  ['--json', "print the API's JSON"],
]

export const WORKSPACE: Option[] = [
  ...SERVER,
  ['--workspace <id|name>', 'workspace (env WEIR_WORKSPACE; default: the one named "default")'],
]

export const BODY: Option = ['-f, --file <file>', 'the body: a JSON or YAML file, - for stdin']
export const YES: Option = ['-y, --yes', 'do not ask']
export const FORCE: Option = ['--force', 'do not wait for Flink: stop at once what there is']

const timeLimit = (what: string, fallback: string): Option => ['--timeout <time>', `${what}: 90s, 5m, 1h`, fallback]

export const within = (fallback: string): Option => timeLimit('give up after this long', fallback)
const withWait = (fallback: string): Option => timeLimit('with --wait: give up after this long', fallback)

export const UNTIL_GONE: Option[] = [['--wait', 'wait until it is gone'], withWait('5m')]
export const UNTIL_RUNNING: Option[] = [
  ['--wait', 'wait until it is RUNNING; fails with the reason when it comes to FAILED'],
  withWait('10m'),
]

/** How a Kubernetes cluster is taken from a kubeconfig. */
export const KUBECONFIG: Option[] = [
  ['--kubeconfig <file>', 'a kubeconfig (default: $KUBECONFIG, else ~/.kube/config)'],
  ['--context <name>', 'the context of it (default: the current one)'],
]

export const RENAME: Option[] = [
  ['--name <name>', 'a new name'],
  ['--if-match <revision>', 'only if this is still its revision'],
]
export const CHANGES: Option[] = [
  ['-f, --file <file>', 'the fields to change: a JSON or YAML file, - for stdin'],
  ...RENAME,
]
