import { v7 } from 'uuid'
import { z } from 'zod'
import { encodeId, PlaceId } from '#protocol/id.ts'
import { newTag } from '../federation-till.ts'
import type { CodeRow } from './answers.ts'
import type { Office, Venues } from './venues.ts'

const MINUTE_MS = 60_000
const DAY_MS = 86_400_000
const Proposed = z.object({ proposal: z.looseObject({ id: z.string() }) })
const Agreed = z.object({ consent: z.string() })

const inSeconds = (ms: number): number => Math.floor((Date.now() + ms) / 1_000)
const idAt = (ms: number): string => v7({ msecs: Date.now() + ms })

/** A sale by a card that nobody has: enough where the door looks no further. */
const STRANGE_SALE = { card: encodeId('crd', new Uint8Array(32)), amount: 100 }

const submitted = ({ stranger }: Office, text: string) => stranger.post('/v1/transactions', text)

/** A clearing of one cent each, as one venue proposes it to the other. */
const proposal = async (from: Office, to: Office) => {
  const terms = {
    id: v7(),
    kind: 'clearing.open',
    other: to.venue.placeId,
    gives: [{ asset: to.venue.assetId, amount: 1 }],
    takes: [{ asset: from.venue.assetId, amount: 1 }],
  }
  return Proposed.parse(await from.manager.done('/v1/clearing/proposals', terms)).proposal
}

/** What a client signed. */
export const TRANSACTION_CODES: readonly CodeRow<Venues>[] = [
  {
    code: 'malformed',
    how: 'a text that is no transaction',
    heard: ({ blue }) => submitted(blue, 'not.a.transaction'),
  },
  {
    code: 'wrong_network',
    how: 'a transaction of another network',
    heard: ({ blue }) => {
      const network = encodeId('net', new Uint8Array(32).fill(9))
      return submitted(blue, blue.signer.sale({ ...STRANGE_SALE, network }))
    },
  },
  {
    code: 'signature_invalid',
    how: 'a transaction with other bytes in its signature',
    heard: ({ blue }) => {
      const text = blue.signer.sale(STRANGE_SALE)
      return submitted(blue, text.replace(/\.[^.]{4}([^.]*)$/, '.AAAA$1'))
    },
  },
  {
    code: 'signer_unknown',
    how: 'a transaction in the name of a place, under no grant of it',
    heard: ({ blue }) => {
      const place = PlaceId.parse(blue.venue.placeId)
      return submitted(
        blue,
        blue.signer.sign(() => ({ kind: 'payment.cancel', place })),
      )
    },
  },
  {
    code: 'not_yet_valid',
    how: 'a payment id of in ten minutes',
    heard: ({ blue }) => {
      const id = idAt(10 * MINUTE_MS)
      return submitted(
        blue,
        blue.signer.sale({ ...STRANGE_SALE, id, exp: inSeconds(11 * MINUTE_MS) }),
      )
    },
  },
  {
    code: 'validity_too_long',
    how: 'a transaction that would be valid for a year',
    heard: ({ blue }) =>
      submitted(blue, blue.signer.sale({ ...STRANGE_SALE, exp: inSeconds(365 * DAY_MS) })),
  },
  {
    code: 'expired',
    how: 'a transaction that ended an hour ago',
    heard: ({ blue }) => {
      const id = idAt(-61 * MINUTE_MS)
      return submitted(
        blue,
        blue.signer.sale({ ...STRANGE_SALE, id, exp: inSeconds(-60 * MINUTE_MS) }),
      )
    },
  },
  {
    code: 'cancellation_too_short',
    how: 'a cancellation that ends while its payment may still come',
    heard: ({ blue }) =>
      submitted(
        blue,
        blue.signer.sign((acting) => ({ kind: 'payment.cancel', ...acting })),
      ),
  },
]

/** What a node is to sign for a till. */
export const ORDER_CODES: readonly CodeRow<Venues>[] = [
  {
    code: 'id_reused',
    how: 'another amount under the id of a sale',
    heard: async ({ blue: { till, manager } }) => {
      const { face } = await till.newCard('weak', 1_000)
      const order = { id: v7(), payers: [face], amount: 300 }
      await manager.done('/v1/payments', order)
      return await manager.post('/v1/payments', { ...order, amount: 301 })
    },
  },
  {
    code: 'cancelled',
    how: 'a sale under an id that was cancelled before',
    heard: async ({ blue: { manager } }) => {
      const id = v7()
      await manager.done(`/v1/payments/${id}/cancel`, {})
      return await manager.post('/v1/payments', { id, payers: [{ tag: newTag() }], amount: 100 })
    },
  },
  {
    code: 'already_applied',
    how: 'the cancellation of a sale that took effect',
    heard: async ({ blue: { till, manager } }) => {
      const { face } = await till.newCard('weak', 1_000)
      const id = v7()
      await manager.done('/v1/payments', { id, payers: [face], amount: 100 })
      return await manager.post(`/v1/payments/${id}/cancel`)
    },
  },
  {
    code: 'receipt_absent',
    how: 'the receipt of a sale that the node itself refused',
    heard: async ({ blue: { manager } }) => {
      const id = v7()
      await manager.post('/v1/payments', { id, payers: [{ tag: newTag() }], amount: 100 })
      return await manager.get(`/v1/transactions/${id}/receipt`)
    },
  },
  {
    code: 'asset_required',
    how: 'somebody badges in where there is no badge',
    heard: async ({ blue: { till, manager } }) => {
      const { face } = await till.newCard('weak', 0)
      return await manager.post('/v1/badges', { id: v7(), ...face, direction: 'in' })
    },
  },
  {
    code: 'order_mismatch',
    how: 'a place that agrees to its own proposal',
    heard: async ({ blue, green }) =>
      await blue.manager.post('/v1/clearing/consents', { proposal: await proposal(blue, green) }),
  },
  {
    code: 'consent_invalid',
    how: 'a clearing with the consent to another one',
    heard: async ({ blue, green }) => {
      const other = await proposal(blue, green)
      const agreed = await green.manager.done('/v1/clearing/consents', { proposal: other })
      const order = { proposal: await proposal(blue, green), ...Agreed.parse(agreed) }
      return await blue.manager.post('/v1/clearing', order)
    },
  },
  {
    code: 'grant_bounded',
    how: 'the place’s own key asked for by a grant with a cap',
    heard: async ({ blue, green }) => {
      const actions = ['clearing.open', 'clearing.settle'] as const
      const { token } = await blue.newApiKey(actions, { caps: { day: 1_000 } })
      const given = await proposal(green, blue)
      return await blue.as(token).post('/v1/clearing/consents', { proposal: given })
    },
  },
]
