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
 */
import { isoTime } from '../domain/clock.ts'
import type { GenerationEnd } from '../domain/cluster.ts'
import { newUuid } from '../domain/ids.ts'
import type { Access, Tx } from './access.ts'
import { insertEvent } from './events.ts'
import type { Store } from './store.ts'

const COPIED: GenerationEnd = {
  kind: 'LOST',
  code: 'DATA_FOLDER_COPIED',
  message: 'the data folder was copied or restored',
  retryable: true,
}

/** Answers which installation a store is that is opened with the folder of that anchor, and since when. */
export const bindInstallation = (
  access: Access,
  anchor: string,
): Promise<Pick<Store, 'installation' | 'installedAt'>> =>
  access.write(async (tx) => {
    const known = await tx.db.selectFrom('installation').selectAll().executeTakeFirst()
    if (known?.anchor === anchor) return { installation: known.id, installedAt: known.created_at }
    const id = newUuid()
    const at = isoTime(access.clock.now())
    if (known) await disown(tx, at)
    await tx.db.deleteFrom('installation').execute()
    await tx.db.insertInto('installation').values({ id, anchor, created_at: at }).execute()
    return { installation: id, installedAt: at }
  })

async function disown(tx: Tx, at: string): Promise<void> {
  await tx.db.deleteFrom('processes').execute()
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
