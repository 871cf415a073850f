/**
 * The installation: one ID per store, on every process and object that its server starts; only what carries it is
 * ever the server's to stop.
 *
 * A data folder can be copied: a backup that is restored beside the original, a virtual machine's disk, a colleague's
 * `cp -r`. The copy's store names the original's processes, and its server would take them for its own. So the store
 * remembers the identity of a file in its data folder. A *moved* folder keeps that file and stays the same
 * installation: its processes still run, and have to be adopted. In a copy the file is another one: the store gets a
 * new ID, forgets the processes (they are not its own to stop) and ends the generations that were live, so that the
 * clusters are launched anew under the new ID.
 *
 * With PostgreSQL the rule and the folder are the same: the processes belong to the machine with the folder, and a
 * database that was cloned for a second server meets another folder there.
 *
 * A folder that was used with one store is not begun anew with another one, or with one that was emptied: its keys,
 * its clusters and their checkpoints would be nobody's. So the folder says which store it belongs to, by the ID of the
 * store's first organization, which copies of the store keep.
 */
import { isoTime } from '../domain/clock.ts'
import type { GenerationEnd } from '../domain/cluster.ts'
import { newUuid } from '../domain/ids.ts'
import type { Access, Tx } from './access.ts'
import { StoreError } from './errors.ts'
import { insertEvent } from './events.ts'
import type { DataFolder } from './folder.ts'
import { USED } from './folder.ts'
import type { Store } from './store.ts'

const COPIED: GenerationEnd = {
  kind: 'LOST',
  code: 'DATA_FOLDER_COPIED',
  message: 'the data folder was copied or restored',
  retryable: true,
}

/**
 * Answers which installation a store is that is opened with that folder, and since when.
 * @throws StoreError OTHER_STORE
 */
export async function bindInstallation(
  access: Access,
  folder: Pick<DataFolder, 'anchor' | 'belongsTo'>,
  address: string,
): Promise<Pick<Store, 'installation' | 'installedAt'>> {
  const { store, ...bound } = await bind(access, folder, address)
  // After the commit: a crash in between leaves the folder without a word, which the next start writes.
  if (store !== undefined) folder.belongsTo.write(store)
  return bound
}

const bind = (
  access: Access,
  { anchor, belongsTo }: Pick<DataFolder, 'anchor' | 'belongsTo'>,
  address: string,
): Promise<Pick<Store, 'installation' | 'installedAt'> & { store: string | undefined }> =>
  access.write(async (tx) => {
    const known = await tx.db.selectFrom('installation').selectAll().executeTakeFirst()
    const oldest = await tx.db.selectFrom('organizations').select('id').orderBy('sequence').limit(1).executeTakeFirst()
    const store = oldest?.id
    if (known?.anchor !== anchor) refuseOthers(belongsTo, store, address)
    if (known?.anchor === anchor) return { store, installation: known.id, installedAt: known.created_at }
    const id = newUuid()
    const at = isoTime(access.clock.now())
    if (known) await disown(tx, at)
    await tx.db.deleteFrom('installation').execute()
    await tx.db.insertInto('installation').values({ id, anchor, created_at: at }).execute()
    return { store, installation: id, installedAt: at }
  })

function refuseOthers({ read, dataDir }: DataFolder['belongsTo'], store: string | undefined, address: string): void {
  const wanted = read()
  if (wanted === undefined || wanted === store || (wanted === USED && store !== undefined)) return
  const is = store === undefined ? 'is empty: it was deleted or emptied, or it is a new one' : 'is the store of another'
  throw new StoreError(
    'OTHER_STORE',
    `The data folder ${dataDir} has keys and clusters of a store, but ${address} ${is}. Nothing was changed. ` +
      'Give the database that it was used with (--database, or weir.db from a backup). To begin anew instead, use ' +
      'another data folder (--data-dir); what still runs from this one has to be stopped by hand.',
  )
}

async function disown(tx: Tx, at: string): Promise<void> {
  await tx.db.deleteFrom('processes').execute()
  await tx.db.deleteFrom('spares').execute()
  await tx.db.deleteFrom('kube_launches').execute()
  const ended = await tx.db
    .updateTable('generations')
    .set({ ended_at: at, ending: JSON.stringify(COPIED) })
    .where('ended_at', 'is', null)
    .returning('resource')
    .execute()
  for (const { resource } of ended) {
    await insertEvent(tx, resource, at, {
      severity: 'WARNING',
      reason: 'DataFolderCopied',
      message:
        'The data folder was copied or restored: what still runs belongs to the original; the cluster starts anew here',
    })
  }
}
