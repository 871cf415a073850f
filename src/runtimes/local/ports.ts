/** Free ports on the loopback interface, chosen before a JVM starts so that its peers can be told at once. */
import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

import { Failure } from '../../domain/failure.ts'

/**
 * Below the range that the kernel hands out for outgoing connections, so that nobody takes one by chance in between.
 */
const LOWEST = 20_000
const HIGHEST = 32_700

/** Handed out by this program and maybe not bound yet. */
const recent = new Map<number, number>()
const RECENT_MS = 120_000

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** That many different ports. Throws Failure PORT_TAKEN when a hundred tries find too few. */
export async function freePorts(count: number, now: number): Promise<number[]> {
  for (const [port, at] of recent) if (now - at > RECENT_MS) recent.delete(port)
  const ports: number[] = []
  for (let tries = 0; tries < 100 && ports.length < count; tries++) {
    const port = randomInt(LOWEST, HIGHEST)
    if (recent.has(port)) continue
    recent.set(port, now)
    if (await canBind(port)) ports.push(port)
  }
  if (ports.length === count) return ports
  throw new Failure(
    'PORT_TAKEN',
    `No free port was found on 127.0.0.1 between ${LOWEST} and ${HIGHEST}: ` +
      'stop programs that listen there (ss -ltnp lists them)',
  )
}
