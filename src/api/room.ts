/** Nothing new is taken for a disk that is nearly full: what is left of it is for deletions. */
import type { FastifyInstance } from 'fastify'
import { ApiError } from './errors.ts'
import type { ApiPorts } from './ports.ts'

const MIB = 2 ** 20

/** Whatever these ask for is written down; what others ask for frees room, or needs none. */
const WRITING = ['POST', 'PUT', 'PATCH']

/** Runs when it is known who calls: strangers learn nothing of the disk. */
export function refuseWithoutRoom(scope: FastifyInstance, { room }: ApiPorts): void {
  if (!room) return
  scope.addHook('onRequest', async (request) => {
    if (!WRITING.includes(request.method)) return
    const shortage = await room(request.routeOptions.config.streams ? 'files' : 'store')
    if (shortage) throw tooLittleRoom(shortage)
  })
}

/** In whole MiB: what is free rounded down, what is needed rounded up. */
export function tooLittleRoom({ freeBytes, neededBytes }: { freeBytes: number; neededBytes: number }): ApiError {
  const free = `${Math.floor(freeBytes / MIB)} MiB`
  const needed = `${Math.ceil(neededBytes / MIB)} MiB`
  return new ApiError(
    'STORE_FULL',
    `The disk of the server's data folder has too little room: ${free} are free, ${needed} are needed. ` +
      'Delete what is not needed any more, which still works, or have room made there; then try again.',
  )
}
