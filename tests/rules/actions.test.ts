import { expect, test } from 'vitest'
import { CLUSTER_ACTIONS } from '../../src/reconcile/controllers/cluster/actions.ts'
import { RUN_ACTIONS } from '../../src/reconcile/controllers/run/actions.ts'
import { TARGET_ACTIONS } from '../../src/reconcile/controllers/targets.ts'
import { read } from './files.ts'

const GUIDE = 'docs/concepts/controller-flow.md'

/** The actions that the guide tells of below a heading, one in each row of its table. */
function reportedOf(controller: string): string[] {
  const [, section = ''] = read(GUIDE).split(`\n### ${controller}\n`)
  const [own = ''] = section.split(/\n##/)
  return [...own.matchAll(/^\| ([A-Z_]+) \|/gm)].map((match) => match[1] ?? '')
}

test.for([
  ['The cluster controller', CLUSTER_ACTIONS],
  ['The run controller', RUN_ACTIONS],
  ['Targets', TARGET_ACTIONS],
] as const)('%s does what the guide tells, in the same order, and nothing else', ([controller, actions]) => {
  expect(reportedOf(controller)).toEqual(Object.keys(actions))
})
