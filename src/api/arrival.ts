/**
 * How long a body may take to come. Node has one limit for all requests of a server, and a file may take hours where
 * any other body has to be there in a minute; so the limits are here. Also says `100 Continue`, but only to a caller
 * who was let in: one who is refused need not send the body at all.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { FastifyInstance } from 'fastify'

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Its handler reads the body and bounds how long that takes. */
    streams?: boolean
  }
}

/** Whoever sends a byte a minute would hold a connection each. */
const BODY_MS = 60_000
/** After an answer that did not wait for the body: time for the caller to see it before the connection is cut. */
const LINGER_MS = 5_000

export function boundArrival(app: FastifyInstance): void {
  const expecting = new WeakSet<IncomingMessage>()
  app.server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
    expecting.add(request)
    app.routing(request, response)
  })
  app.addHook('onRequest', async (request, reply) => {
    if (request.routeOptions.config.streams) return
    const { raw } = request
    const timer = setTimeout(() => {
      if (isComing(raw))
        app.server.emit(
          'clientError',
          Object.assign(new Error('the body is late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }),
          raw.socket,
        )
    }, BODY_MS).unref()
    reply.raw.once('close', () => clearTimeout(timer))
  })
  app.addHook('preParsing', async (request, reply, payload) => {
    if (expecting.delete(request.raw)) reply.raw.writeContinue()
    return payload
  })
  app.addHook('onSend', async (request, reply) => {
    // Whether the body comes all the same nobody knows, so nothing else can come on this connection.
    if (expecting.has(request.raw)) reply.header('Connection', 'close')
  })
  app.addHook('onResponse', async ({ raw }) => {
    if (!isComing(raw)) return
    const timer = setTimeout(() => raw.socket.destroy(), LINGER_MS).unref()
    raw.once('close', () => clearTimeout(timer)).once('end', () => clearTimeout(timer))
  })
}

/** A request that came over no connection (tests inject some) is never on its way. */
const isComing = ({ complete, socket }: IncomingMessage): boolean => complete === false && !socket.destroyed
