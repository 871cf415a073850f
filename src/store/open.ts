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
import type { StoreError } from './errors.ts'
import { eventsOf } from './events.ts'
import { ANCHOR_FILE, openDataFolder } from './folder.ts'
import { holdFolder, watchFolder } from './folder-hold.ts'
import { generationsOf } from './generations.ts'
import { bindInstallation } from './installation.ts'
import { kubeClustersOf } from './kube-clusters.ts'
import { kubeLaunchesOf } from './kube-launches.ts'
import { LOCK_FILE, lockDataFolder } from './lock.ts'
import { migrate } from './migrations/migrator.ts'
import { openPostgres } from './postgres.ts'
import { processesOf } from './processes.ts'
import { resourcesOf } from './resources.ts'
import { keepPruned, prune } from './retention.ts'
import type { Secrets } from './secrets.ts'
import { secretsIn } from './secrets.ts'
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

/**
 * Opens the store, for this process alone.
 * @throws StoreError IN_USE when another server has the folder or the database, SCHEMA_NEWER when a newer one wrote
 *   it, UNAVAILABLE when it cannot be opened, DISK_FULL
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const dataDir = resolve(options.dataDir)
  const folder = openDataFolder(dataDir)
  if (folder.warning !== undefined) options.log?.warn(folder.warning)
  const unlock = lockDataFolder(dataDir)
  try {
    const onLost = options.onLost ?? ((reason) => options.log?.warn(reason.message))
    const backend =
      options.database === undefined
        ? openSqlite(join(dataDir, 'weir.db'))
        : await openPostgres(options.database, onLost)
    const secrets = secretsIn(options.secretsKeyFile ?? join(dataDir, 'secrets.key'))
    const written = { failed: () => {} }
    const store = await storeOn(backend, {
      clock: options.clock,
      anchor: folder.anchor,
      secrets,
      released: unlock,
      written,
    })
    return watched(store, dataDir, options, written)
  } catch (error) {
    unlock()
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
  /** See folder.ts. */
  anchor: string
  secrets: Secrets
  /** Called once the database is closed. */
  released(): void
  /** Told of every write that failed. */
  written?: { failed(): void }
}

/** The store on an open database, which it closes when it can't be used. */
export async function storeOn(
  backend: Backend,
  { clock, anchor, secrets, released, written }: StoreParts,
): Promise<Store> {
  const callbacks = new Set<() => void>()
  // Later, so that whatever a callback throws does not look like a write that failed.
  const committed = () => {
    for (const callback of callbacks) queueMicrotask(callback)
  }
  const access = accessTo(backend, clock, { committed, failed: () => written?.failed() })
  try {
    await migrate(backend.kysely, backend.database, backend.address)
    const bound = await bindInstallation(access, anchor)
    await prune(access)
    backend.onAnnounced(committed)
    const stopPruning = keepPruned(access)
    return {
      ...bound,
      ...groupsOn(access, secrets),
      changes: changesOf(access, callbacks),
      transaction: (work) => access.write((tx) => work(groupsOn(accessWithin(tx, clock), secrets))),
      ready: () => answers(backend, clock),
      ...defined({ reserve: backend.reserve }),
      async close() {
        stopPruning()
        callbacks.clear()
        await backend.close()
        released()
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
  kubeLaunches: kubeLaunchesOf(access),
  artifacts: artifactsOf(access),
})

/** A database behind a dead network says neither yes nor no. */
const READY_WITHIN_MS = 5000

function answers(backend: Backend, clock: Clock): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.after(READY_WITHIN_MS, () => resolve(false))
    backend.kysely
      .selectFrom('installation')
      .select('id')
      .executeTakeFirstOrThrow()
      .then(
        () => resolve(true),
        () => resolve(false),
      )
      .finally(cancel)
  })
}
