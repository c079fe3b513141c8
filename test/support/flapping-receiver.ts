import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** How a receiver treats a delivery. */
export type Manner = 'take' | 'overloaded' | 'hang' | 'reset'

/** A receiver of webhooks whose manners change; it remembers what it was brought, in order. */
export const openFlappingReceiver = async () => {
  const arrivals: { readonly id: string; readonly isTaken: boolean }[] = []
  const hanging = new Set<ServerResponse>()
  let manner: Manner = 'take'
  const server = createServer((request, response) => {
    request.resume()
    request.on('error', () => undefined)
    request.on('end', () => {
      arrivals.push({ id: String(request.headers['webhook-id']), isTaken: manner === 'take' })
      if (manner === 'take') response.end()
      else if (manner === 'overloaded') response.writeHead(503).end()
      else if (manner === 'hang') hanging.add(response)
      else response.socket?.resetAndDestroy()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = addressOf(server.address())
  return {
    url: `http://127.0.0.1:${port}/hook`,
    arrivals,
    behave: (next: Manner) => {
      manner = next
      if (next === 'hang') return
      for (const response of hanging) response.socket?.resetAndDestroy()
      hanging.clear()
    },
    close: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

const addressOf = (address: string | AddressInfo | null): AddressInfo => {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address
}
