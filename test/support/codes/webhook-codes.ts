import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { z } from 'zod'
import { ENDPOINTS_PER_PLACE_MAX } from '#node/webhooks/limits.ts'
import { type CodeRow, codeIn } from './answers.ts'
import type { Office, Venues } from './venues.ts'

const Made = z.object({ webhook: z.object({ id: z.string() }) })

const made = ({ manager }: Office, url: string) => manager.post('/v1/webhooks', { url })

/** Endpoints of a venue. */
export const WEBHOOK_CODES: readonly CodeRow<Venues>[] = [
  {
    code: 'webhook_url_invalid',
    how: 'an endpoint with a password in its URL',
    heard: ({ blue }) => made(blue, 'https://till:secret@hooks.invalid/'),
  },
  {
    code: 'webhook_https_required',
    how: 'an endpoint without TLS',
    heard: ({ blue }) => made(blue, 'http://hooks.invalid/'),
  },
  {
    code: 'webhook_address_forbidden',
    how: 'an endpoint in a private network that nobody allowed',
    heard: ({ blue }) => made(blue, 'https://10.0.0.1/'),
  },
  {
    code: 'webhook_url_taken',
    how: 'an endpoint made twice',
    heard: async ({ blue }) => {
      await made(blue, 'https://hooks.invalid/taken')
      return await made(blue, 'https://hooks.invalid/taken')
    },
  },
  {
    code: 'webhook_test_running',
    how: 'two tests at once of an endpoint that accepts and says nothing',
    heard: async ({ blue }) => {
      const { url, close } = await openSilentReceiver()
      const { webhook } = Made.parse(await blue.manager.done('/v1/webhooks', { url }))
      const test = () => blue.manager.post(`/v1/webhooks/${webhook.id}/test`)
      const [first, second] = await Promise.all([test(), test()])
      close()
      return codeIn(first) === 'webhook_test_running' ? first : second
    },
  },
  {
    code: 'webhooks_exhausted',
    how: 'one endpoint more than a place may have',
    heard: async ({ green }) => {
      for (let count = 0; count < ENDPOINTS_PER_PLACE_MAX; count += 1) {
        await made(green, `https://hooks.invalid/${count}`)
      }
      return await made(green, 'https://hooks.invalid/more')
    },
  },
]

/** Takes connections and never agrees on TLS. */
const openSilentReceiver = async () => {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    socket.resume()
    ended.push(() => socket.destroy())
  })
  const ended: (() => void)[] = []
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `https://127.0.0.1:${portOf(server.address())}/hook`,
    close: () => {
      for (const end of ended) end()
      server.close()
    },
  }
}

const portOf = (address: ReturnType<Server['address']>): AddressInfo['port'] => {
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
