/** The key files of the data folder, and their renewal when a key was revoked. */
import { ensureKeyFiles } from '../auth/key-files.ts'
import type { Store } from '../store/store.ts'
import type { ServerConfig } from './config.ts'
import type { Logger } from './log.ts'

/** One renewal at a time: two that write a new key into one file would leave one of them without any. */
export async function openKeys({ config, log, store }: { config: ServerConfig; log: Logger; store: Store }) {
  const ensure = async (): Promise<string> => {
    const { adminKeyFile, warnings } = await ensureKeyFiles({ dataDir: config.dataDir, store })
    for (const warning of warnings) log.warn(warning)
    return adminKeyFile
  }
  const adminKeyFile = await ensure()
  let last = Promise.resolve()
  return {
    adminKeyFile,
    /** A file that can't be written now gets its new key at the next start; the old one is revoked all the same. */
    renew(): Promise<void> {
      const failed = (error: unknown) => log.error({ err: error }, 'no new key was made in place of a revoked one')
      last = last.then(async () => void (await ensure())).catch(failed)
      return last
    },
  }
}
