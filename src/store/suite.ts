/** What the store promises, on whichever database. */
import { describe } from 'vitest'
import { accounts } from './guarantees/accounts.ts'
import { artifacts } from './guarantees/artifacts.ts'
import { changing } from './guarantees/changing.ts'
import { clusters } from './guarantees/clusters.ts'
import { creating } from './guarantees/creating.ts'
import { feed } from './guarantees/feed.ts'
import { kubeClusters } from './guarantees/kube-clusters.ts'
import { lists } from './guarantees/lists.ts'
import { observing } from './guarantees/observing.ts'
import { opening } from './guarantees/opening.ts'
import { orders } from './guarantees/orders.ts'
import { sharedCommits } from './guarantees/shared-commits.ts'
import type { DatabaseUnderTest } from './guarantees/test-store.ts'
import { unreadable } from './guarantees/unreadable.ts'
import { workspaces } from './guarantees/workspaces.ts'

const GUARANTEES = [
  opening,
  creating,
  sharedCommits,
  lists,
  orders,
  changing,
  observing,
  feed,
  clusters,
  accounts,
  workspaces,
  kubeClusters,
  artifacts,
  unreadable,
]

export const storeGuarantees = (under: DatabaseUnderTest) =>
  describe(`the store on ${under.name}`, () => {
    for (const guarantees of GUARANTEES) guarantees(under)
  })
