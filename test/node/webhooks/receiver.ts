import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { onTestFinished } from 'vitest'
import { createAddressGuard } from '#node/webhooks/address-guard.ts'

/** The loopback, on which all receivers of tests are. */
export const LOOPBACK = ['127.0.0.0/8', '::1/128']
export const toLoopback = createAddressGuard(LOOPBACK)

export type Received = {
  readonly id: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

type Respond = (received: Received, response: ServerResponse) => void

/** A receiver of webhooks on this machine, and what it got. */
export const openReceiver = async (respond: Respond = (_, response) => response.end()) => {
  const received: Received[] = []
  let answer = respond
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const { headers } = request
      const body = Buffer.concat(chunks).toString()
      const one = { id: String(headers['webhook-id']), headers, body }
      received.push(one)
      answer(one, response)
    })
    request.on('error', () => undefined)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    port: address.port,
    url: `http://127.0.0.1:${address.port}/hook`,
    received,
    ids: () => received.map(({ id }) => id),
    respond: (next: Respond) => {
      answer = next
    },
    cut: () => server.closeAllConnections(),
  }
}

export const status =
  (code: number): Respond =>
  (_, response) =>
    response.writeHead(code).end()
