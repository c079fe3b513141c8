import Fastify, { type FastifyInstance } from 'fastify'
import { refuse } from './answer.ts'
import { onClientError } from './client-error.ts'
import { boundConnections } from './connections.ts'
import { REQUEST_TIMEOUT_MS } from './limits.ts'
import { openListener } from './listener.ts'

export type WaitingRoomOptions = {
  /** As the server that comes after it, so that who waits need not know. */
  readonly tls: { readonly key: string; readonly certificate: string } | undefined
  /** Slots of the state that are here, of how many, at which block. */
  readonly progress: () => { readonly height: number; readonly slots: number; readonly of: number }
}

/** Probes that ask whether the node can be used. */
const PROBES: ReadonlySet<string> = new Set(['/startupz', '/readyz'])

const shown = ({ height, slots, of }: ReturnType<WaitingRoomOptions['progress']>) => ({
  height,
  slots,
  of,
})

/**
 * The HTTP server of a node that has no copy of the ledger yet, in the place of the other one: it is
 * alive, not started, and everything else is to be asked again.
 */
export const createWaitingRoom = ({ tls, progress }: WaitingRoomOptions): FastifyInstance => {
  const app = Fastify({
    serverFactory: (handler) =>
      openListener(handler, { tls, requestTimeoutMs: REQUEST_TIMEOUT_MS }),
    return503OnClosing: false,
    clientErrorHandler: onClientError,
  })
  boundConnections(app.server)
  // Before a body is read: nobody needs it.
  app.addHook('onRequest', async (request, reply) => {
    const path = request.url.split('?', 1)[0] ?? ''
    if (path === '/livez') return reply.code(200).send({ alive: true })
    if (PROBES.has(path))
      return refuse(reply, 'not_started', { facts: { snapshot: shown(progress()) } })
    return refuse(reply, 'node_starting')
  })
  return app
}
