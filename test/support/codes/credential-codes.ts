import { randomBytes } from 'node:crypto'
import { v7 } from 'uuid'
import { z } from 'zod'
import { newTag } from '../federation-till.ts'
import { pairing, pairingOf } from '../paired-till.ts'
import { newKey } from '../signing-client.ts'
import { type CodeRow, standing, untilSaid } from './answers.ts'
import type { Venues } from './venues.ts'

const READ = { path: '/v1/assets' } as const
const SOON_MS = 30_000
/** When a key ends that is to be seen working, and then not. */
const SHORT_MS = 5_000
const DAY_MS = 86_400_000

const Registered = z.object({ card: z.object({ id: z.string() }) })

const at = (ms: number): string => new Date(Date.now() + ms).toISOString()
const nowSeconds = (): number => Math.floor(Date.now() / 1_000)

/** A sale by that card, as a request that is signed by whoever asks. */
const sale = () => ({
  path: '/v1/payments',
  body: JSON.stringify({ id: v7(), payers: [{ tag: newTag() }], amount: 100 }),
})

/** Credentials of every kind, at the nodes of two venues. */
export const CREDENTIAL_CODES: readonly CodeRow<Venues>[] = [
  {
    code: 'credential_missing',
    how: 'a read without one',
    heard: ({ blue }) => blue.stranger.get(READ.path),
  },
  {
    code: 'credential_unknown',
    how: 'an API key of that node that was never made',
    heard: ({ blue }) => {
      const [start = ''] = /^krm_live_[0-9a-f]{8}_/.exec(blue.manager.token) ?? []
      return blue.as(start + randomBytes(24).toString('base64url')).get(READ.path)
    },
  },
  {
    code: 'credential_not_yet_valid',
    how: 'a request signed under a grant that begins tomorrow',
    heard: async ({ blue }) => {
      const by = await blue.newGrantee(['read'], { notBefore: at(DAY_MS) })
      return await blue.signed(by, READ)()
    },
  },
  {
    code: 'credential_expired',
    how: 'an API key after its end',
    heard: async ({ blue }) => {
      const { token } = await blue.newApiKey(['read'], { notAfter: at(SHORT_MS) })
      return await untilSaid('credential_expired', SOON_MS, () => blue.as(token).get(READ.path))
    },
  },
  {
    code: 'credential_revoked',
    how: 'an API key that was revoked',
    heard: async ({ blue }) => {
      const { apiKey, token } = await blue.newApiKey(['read'])
      await blue.manager.done(`/v1/api-keys/${apiKey.id}/revoke`, {})
      return await blue.as(token).get(READ.path)
    },
  },
  {
    code: 'credential_elsewhere',
    how: 'the API key of one node at another',
    heard: ({ blue, green }) => green.as(blue.manager.token).get(READ.path),
  },
  {
    code: 'request_signature_invalid',
    how: 'a request signed for another address',
    heard: async ({ blue }) => {
      const by = await blue.newGrantee(['read'])
      return await blue.signed(by, READ, { path: '/v1/places' })()
    },
  },
  {
    code: 'request_signature_expired',
    how: 'a request signed two minutes ago',
    heard: async ({ blue }) => {
      const by = await blue.newGrantee(['read'])
      const iat = nowSeconds() - 120
      return await blue.signed(by, READ, { iat, exp: iat + 30 })()
    },
  },
  {
    code: 'request_replayed',
    how: 'a signed request sent twice',
    heard: async ({ blue }) => {
      const send = blue.signed(await blue.newGrantee(['read']), READ)
      await send()
      return await send()
    },
  },
  {
    code: 'action_not_granted',
    how: 'a sale by an API key that may only read',
    heard: async ({ blue }) => {
      const { token } = await blue.newApiKey(['read'])
      return await blue
        .as(token)
        .ask({ ...sale(), headers: { 'content-type': 'application/json' } })
    },
  },
  {
    code: 'api_key_required',
    how: 'a sale in a request that a key of its own signs',
    heard: async ({ blue }) => await blue.signed(await blue.newGrantee(['sale']), sale())(),
  },
  {
    code: 'api_key_exists',
    how: 'a second API key for one till',
    heard: async ({ blue }) => {
      const order = { id: v7(), till: 'cloakroom', actions: ['read'] }
      await blue.manager.done('/v1/api-keys', order)
      return await blue.manager.post('/v1/api-keys', { ...order, id: v7() })
    },
  },
  {
    code: 'grant_not_yours',
    how: 'the manager’s API key revoked by one that the manager made',
    heard: async ({ blue }) => {
      const { token } = await blue.newApiKey(['grant.issue', 'read'])
      return await blue.as(token).post(`/v1/api-keys/${blue.manager.keyId}/revoke`)
    },
  },
  {
    code: 'wallet_not_readable',
    how: 'the wallet of another place',
    heard: async ({ blue, green }) => {
      const place = await blue.manager.get(`/v1/places/${green.venue.placeId}`)
      const { wallet } = z.object({ wallet: z.string() }).parse(JSON.parse(place.body))
      return await blue.manager.get(`/v1/wallets/${wallet}`)
    },
  },
  {
    code: 'card_not_readable',
    how: 'a card that another place has and gave nobody yet',
    heard: async ({ blue, green }) => {
      const registered = await green.manager.done('/v1/cards', { tag: newTag() })
      const { card } = Registered.parse(registered)
      return await untilSaid('card_not_readable', SOON_MS, () =>
        blue.manager.get(`/v1/cards/${card.id}`),
      )
    },
  },
  {
    code: 'pairing_unknown',
    how: 'a pairing code that nobody made',
    heard: ({ blue }) => blue.signed(newKey(), pairing('AAAA-AAAA-AAAA-AAAA'))(),
  },
  {
    code: 'pairing_spent',
    how: 'a pairing code that another key has used',
    heard: async ({ blue }) => {
      const { code } = await pairingOf(blue.venue, 'tablet')
      await standing(blue.signed(newKey(), pairing(code)))
      return await blue.signed(newKey(), pairing(code))()
    },
  },
]
