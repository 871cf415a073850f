/** The end of the logs of a session's processes. */
import { data, type Weir } from './weir.ts'

export async function logsOf(weir: Weir, id: string, process?: string) {
  const query = { tail: 1_000, ...(process !== undefined && { process }) }
  return data(await weir.client.getFlinkSessionLogs({ path: { ws: weir.workspace, session: id }, query })).items
}
