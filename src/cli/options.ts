/** Options that several commands share. */
import type { Command } from 'commander'

export const sessionOption = (
  command: Command,
  what = 'the session it is in; without it, looked for in all',
): Command => command.option('-s, --session <id|name>', what)

/** How a cluster is taken from a kubeconfig. */
export const kubeconfigOptions = (command: Command): Command =>
  command
    .option('--kubeconfig <file>', 'a kubeconfig (default: $KUBECONFIG, else ~/.kube/config)')
    .option('--context <name>', 'the context of it (default: the current one)')

export const checkOptions = (command: Command): Command =>
  command.option('--timeout <time>', 'give up after this long: 90s, 5m, 1h', '60s')

export const deleteOptions = (command: Command): Command =>
  command
    .option('--force', 'do not wait for Flink: stop at once what there is')
    .option('--wait', 'wait until it is gone')
    .option('--timeout <time>', 'with --wait: give up after this long: 90s, 5m, 1h', '5m')
    .option('-y, --yes', 'do not ask')

export const createWaitOptions = (command: Command): Command =>
  command
    .option('--wait', 'wait until it is RUNNING; fails with the reason when it comes to FAILED')
    .option('--timeout <time>', 'with --wait: give up after this long: 90s, 5m, 1h', '10m')
