import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import {
  CONNECTIONS_CROWDED,
  CONNECTIONS_MAX,
  CONNECTIONS_PER_ADDRESS_CROWDED,
  IDLE_SWEEP_PAUSE_MS,
} from './limits.ts'

/** How many connections a server has at most, from how many on it is crowded, and a share then. */
export type ConnectionBounds = {
  readonly max: number
  readonly crowded: number
  readonly perAddress: number
}
const BOUNDS: ConnectionBounds = {
  max: CONNECTIONS_MAX,
  crowded: CONNECTIONS_CROWDED,
  perAddress: CONNECTIONS_PER_ADDRESS_CROWDED,
}

/**
 * Bounds the connections of a server, so that nobody who holds many keeps all others out. While there are
 * few, each is welcome: a festival is one address. Once there are many, those that ask nothing are closed,
 * which costs their clients a new one, and an address that has its share gets no more.
 */
export const boundConnections = (
  server: Server,
  { max, crowded, perAddress }: ConnectionBounds = BOUNDS,
): void => {
  const byAddress = new Map<string, number>()
  let open = 0
  let sweptAtMs = Number.NEGATIVE_INFINITY
  server.maxConnections = max

  const sweepIdle = (): void => {
    const nowMs = performance.now()
    if (nowMs - sweptAtMs < IDLE_SWEEP_PAUSE_MS) return
    sweptAtMs = nowMs
    server.closeIdleConnections()
  }

  server.on('connection', (socket: Socket) => {
    const address = socket.remoteAddress ?? ''
    const own = byAddress.get(address) ?? 0
    if (open >= crowded) {
      sweepIdle()
      if (own >= perAddress) {
        socket.destroy()
        return
      }
    }
    open += 1
    byAddress.set(address, own + 1)
    socket.once('close', () => {
      open -= 1
      const left = (byAddress.get(address) ?? 1) - 1
      if (left === 0) byAddress.delete(address)
      else byAddress.set(address, left)
    })
  })
}
