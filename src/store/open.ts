/** Opening a store: lock the folder, open the database, bring the schema up, find out which installation it is. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Clock } from '../domain/clock.ts'
import { defined } from '../domain/defined.ts'
import type { Access } from './access.ts'
import { accessTo, accessWithin } from './access.ts'
import { accountsOf } from './accounts.ts'
import { artifactsOf } from './artifacts.ts'
import { attemptsOf } from './attempts.ts'
import type { Backend } from './backend.ts'
import { changesOf } from './changes.ts'
import type { StoreError, StoreErrorCode } from './errors.ts'
import { codeOf } from './errors.ts'
import { eventsOf } from './events.ts'
import type { DataFolder } from './folder.ts'
import { ANCHOR_FILE, openDataFolder } from './folder.ts'
import { holdFolder, watchFolder } from './folder-hold.ts'
import { generationsOf } from './generations.ts'
import { bindInstallation } from './installation.ts'
import { kubeClustersOf } from './kube-clusters.ts'
import { kubeLaunchesOf } from './kube-launches.ts'
import { listedResources } from './listed.ts'
import { LOCK_FILE, lockDataFolder } from './lock.ts'
import { migrate } from './migrations/migrator.ts'
import { keepTimesWritten, keptTimes } from './observed-times.ts'
import { openPostgres } from './postgres.ts'
import { processesOf } from './processes.ts'
import { resourcesOf } from './resources.ts'
import { keepPruned, prune } from './retention.ts'
import type { Secrets } from './secrets.ts'
import { secretsIn } from './secrets.ts'
import { sparesOf } from './spares.ts'
import { openSqlite } from './sqlite.ts'
import type { Store, StoreGroups } from './store.ts'
import { workspacesOf } from './workspaces.ts'

export interface StoreOptions {
  /** Made if need be, for its owner only. Locked also when the store itself is in PostgreSQL. */
  dataDir: string
  /** A `postgres://` address; without one the store is `weir.db` in the data folder. */
  database?: string
  /**
   * Holds the key that clusters' credentials are encrypted with; made when it is first needed. `secrets.key` in the
   * data folder.
   */
  secretsKeyFile?: string
  clock: Clock
  log?: { warn(message: string): void }
  /**
   * PostgreSQL only: the hold on the database is lost, nothing is written from now on, and another server may take
   * over. The process should end.
   */
  onLost?: (reason: StoreError) => void
  /**
   * The data folder is no longer the one that was locked: what is acknowledged from now on may be gone with the
   * process, which should end at once and write nothing more.
   */
  onFolderLost?: (lost: FolderLost) => void
}

export interface FolderLost {
  /** For people. */
  reason: string
  installation: string
}

/** A data folder that is locked for this process, with its database still to be opened. */
export interface OpenFolder {
  /**
   * Opens the database; may be tried again when it fails, or when the store is closed again.
   * @throws StoreError what errors.ts has for databases
   */
  open(): Promise<Store>
  /** Gives the folder back, after the store. */
  release(): void
}

/** @throws StoreError IN_USE when another server has the folder, UNUSABLE, DISK_FULL */
export function openFolder(options: StoreOptions): OpenFolder {
  const dataDir = resolve(options.dataDir)
  const folder = openDataFolder(dataDir)
  if (folder.warning !== undefined) options.log?.warn(folder.warning)
  const release = lockDataFolder(dataDir)
  const onLost = options.onLost ?? ((reason) => options.log?.warn(reason.message))
  const secrets = secretsIn(options.secretsKeyFile ?? join(dataDir, 'secrets.key'))
  return {
    release,
    async open() {
      const backend =
        options.database === undefined
          ? openSqlite(join(dataDir, 'weir.db'))
          : await openPostgres(options.database, onLost)
      const written = { failed: () => {} }
      const store = await storeOn(backend, { clock: options.clock, folder, secrets, written })
      return watched(store, dataDir, options, written)
    },
  }
}

/**
 * Opens the store, for this process alone.
 * @throws StoreError IN_USE when another server has the folder or the database, SCHEMA_NEWER when a newer one wrote
 *   it, OTHER_STORE when the folder belongs to another database, and what errors.ts has for databases
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const folder = openFolder(options)
  try {
    const store = await folder.open()
    return {
      ...store,
      async close() {
        await store.close()
        folder.release()
      },
    }
  } catch (error) {
    folder.release()
    throw error
  }
}

/** Ends the use of a folder that is no longer the locked one. */
function watched(store: Store, dataDir: string, options: StoreOptions, written: { failed: () => void }): Store {
  const files = [LOCK_FILE, ANCHOR_FILE, ...(options.database === undefined ? ['weir.db', 'weir.db-wal'] : [])]
  const hold = holdFolder(
    dataDir,
    files.map((name) => join(dataDir, name)).filter((path) => existsSync(path)),
  )
  const watch = watchFolder(hold, options.clock, (fate) => {
    const reason = `The data folder ${dataDir} is no longer the one that this server has locked: ${fate}.`
    const lost = options.onFolderLost ?? (() => options.log?.warn(reason))
    lost({ reason, installation: store.installation })
  })
  written.failed = watch.inspect
  return {
    ...store,
    async close() {
      watch.stop()
      await store.close()
    },
  }
}

interface StoreParts {
  clock: Clock
  folder: Pick<DataFolder, 'anchor' | 'belongsTo'>
  secrets: Secrets
  /** Told of every write that failed. */
  written?: { failed(): void }
}

/** The store on an open database, which it closes when it can't be used. */
export async function storeOn(backend: Backend, { clock, folder, secrets, written }: StoreParts): Promise<Store> {
  const callbacks = new Set<() => void>()
  // Later, so that whatever a callback throws does not look like a write that failed.
  const committed = () => {
    for (const callback of callbacks) queueMicrotask(callback)
  }
  const [times, listed] = [keptTimes(), listedResources()]
  const access = accessTo(backend, clock, { committed, failed: () => written?.failed() }, { times, listed })
  try {
    await migrate(backend.kysely, backend.database, backend.address)
    const bound = await bindInstallation(access, folder, backend.address)
    backend.bind(bound.installation)
    await prune(access)
    await times.load(access.db)
    backend.onAnnounced(() => {
      listed.forget()
      committed()
    })
    const stopPruning = keepPruned(access)
    const lastTimes = keepTimesWritten(access, times)
    const groups = groupsOn(access, secrets)
    return {
      ...bound,
      ...groups,
      accounts: { ...groups.accounts, bootstrap: bootstrapping(groups, folder) },
      changes: changesOf(access, callbacks),
      unreadable: access.unreadable,
      transaction: (work) => access.write((tx) => work(groupsOn(accessWithin(tx, access), secrets))),
      problem: () => problemOf(backend, clock),
      ...defined({ reserve: backend.reserve }),
      async close() {
        stopPruning()
        callbacks.clear()
        await lastTimes()
        await backend.close()
      },
    }
  } catch (error) {
    await backend.close()
    throw error
  }
}

const groupsOn = (access: Access, secrets: Secrets): StoreGroups => ({
  resources: resourcesOf(access),
  generations: generationsOf(access),
  attempts: attemptsOf(access),
  events: eventsOf(access),
  accounts: accountsOf(access),
  workspaces: workspacesOf(access),
  kubeClusters: kubeClustersOf(access, secrets),
  processes: processesOf(access),
  spares: sparesOf(access),
  kubeLaunches: kubeLaunchesOf(access),
  artifacts: artifactsOf(access),
})

/** The first start makes the store that the folder belongs to from then on. */
const bootstrapping =
  ({ accounts }: StoreGroups, { belongsTo }: StoreParts['folder']): StoreGroups['accounts']['bootstrap'] =>
  async () => {
    const made = await accounts.bootstrap()
    belongsTo.write(made.organization.id)
    return made
  }

/** A database behind a dead network says neither yes nor no. */
const ANSWER_WITHIN_MS = 5000

/** In words that anybody may read: addresses and what drivers say are not among them. */
const PROBLEMS: Partial<Record<StoreErrorCode, string>> = {
  LOCKED: 'another process has locked the database',
  READ_ONLY: 'the database is read-only',
  DISK_FULL: 'the disk of the database is full',
  DAMAGED: 'the database is damaged',
  REFUSED: 'the database refuses this server',
  LOST: 'another server has the database',
}

/** Why the database can't be used, in words for anybody. */
export const problemIn = (error: unknown): string => PROBLEMS[codeOf(error) ?? 'UNAVAILABLE'] ?? NO_ANSWER

const NO_ANSWER = 'the database does not answer'

function problemOf(backend: Backend, clock: Clock): Promise<string | undefined> {
  return new Promise((resolve) => {
    const cancel = clock.after(ANSWER_WITHIN_MS, () => resolve(NO_ANSWER))
    backend
      .probe()
      .then(
        () => resolve(undefined),
        (error: unknown) => resolve(problemIn(error)),
      )
      .finally(cancel)
  })
}
