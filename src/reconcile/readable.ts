/** Loading what may have a damaged record in the store. */
import { UnreadableRecord } from '../store/store.ts'

/**
 * Undefined also where a record can't be read: what runs goes on, and nothing is done about it until somebody mends or
 * deletes it. The store has told of it.
 */
export async function readable<T>(load: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await load()
  } catch (error) {
    if (error instanceof UnreadableRecord) return undefined
    throw error
  }
}
