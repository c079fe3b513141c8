import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import {
  type AssetId,
  type CardId,
  type FederationId,
  HoldId,
  type PlaceId,
  type WalletId,
} from '#protocol/id.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { commitmentOf, TagUid } from '#protocol/transaction/tag.ts'
import { WEBHOOK_ID } from '../../api/fake-webhooks.ts'
import { closeBars, loadedCard, openedBar, pay, TAG } from '../desk/bar.ts'
import { allowLeases, stateIn } from '../desk/leased-bar.ts'
import { closeDoors, type OpenDoor, openDoor } from '../desk/open-door.ts'
import { type Bar, TAG_KEY } from '../desk/solo-node.ts'

/** What a bar has after an evening: a card with money, a lease of it, a payment, and two that are not final. */
type Evening = {
  readonly asset: AssetId
  readonly card: CardId
  readonly federation: FederationId
  readonly hold: HoldId
  readonly id: PaymentId
  readonly open: PaymentId
  readonly captured: PaymentId
  readonly place: PlaceId
  readonly wallet: WalletId
}

type Read = {
  readonly url: (evening: Evening) => string
  readonly shows: (evening: Evening) => unknown
}

/** Of what the card has, kept apart by a lease; and what was taken of that. */
const HELD = 350
const CAPTURED = 50
const HOUR_MS = 3_600_000

const some = expect.anything()
const atLeast = (item: unknown) => ({ items: expect.arrayContaining([item]) })

/** Every path that the document says can be read: an address of something that is there. */
const READS: Readonly<Record<string, Read>> = {
  '/v1/payments': {
    url: () => '/v1/payments?state=open',
    shows: ({ open }) => atLeast(expect.objectContaining({ id: open, status: 'pending' })),
  },
  '/v1/cards/{tag}': {
    url: () => `/v1/cards/${TAG}`,
    shows: ({ card, asset }) => ({
      card: expect.objectContaining({ id: card, state: 'active' }),
      balances: [expect.objectContaining({ asset, available: 1_000 })],
    }),
  },
  '/v1/transactions/{id}': {
    url: ({ id }) => `/v1/transactions/${id}`,
    shows: ({ id }) => ({ id, status: 'applied', amount: 650 }),
  },
  '/v1/transactions/{id}/receipt': {
    url: ({ id }) => `/v1/transactions/${id}/receipt`,
    shows: () => ({ transaction: some }),
  },
  '/v1/wallets/{id}': {
    url: ({ wallet }) => `/v1/wallets/${wallet}`,
    shows: ({ wallet }) => ({ id: wallet, kind: 'card' }),
  },
  '/v1/wallets/{id}/balances': {
    url: ({ wallet }) => `/v1/wallets/${wallet}/balances`,
    shows: ({ asset }) => atLeast(expect.objectContaining({ asset, available: 1_000 })),
  },
  '/v1/wallets/{id}/history': {
    url: ({ wallet }) => `/v1/wallets/${wallet}/history`,
    shows: ({ id }) => atLeast(expect.objectContaining({ id, kind: 'sale' })),
  },
  '/v1/wallets/{id}/proof': {
    url: ({ wallet, asset }) => `/v1/wallets/${wallet}/proof?asset=${asset}`,
    shows: ({ wallet }) => ({ record: expect.stringContaining(wallet) }),
  },
  '/v1/assets': {
    url: () => '/v1/assets',
    shows: ({ asset }) => atLeast(expect.objectContaining({ id: asset, code: 'CUPS' })),
  },
  '/v1/assets/{id}': {
    url: ({ asset }) => `/v1/assets/${asset}`,
    shows: ({ asset }) => ({ id: asset, supply: 2_000 }),
  },
  '/v1/places': {
    url: () => '/v1/places',
    shows: ({ place }) => atLeast(expect.objectContaining({ id: place, name: 'bar' })),
  },
  '/v1/places/{id}': {
    url: ({ place }) => `/v1/places/${place}`,
    shows: ({ place }) => ({ id: place, status: 'active' }),
  },
  '/v1/holds': {
    url: () => '/v1/holds?purpose=lease',
    shows: ({ hold }) => atLeast(expect.objectContaining({ id: hold, cap: HELD, here: true })),
  },
  '/v1/holds/{id}': {
    url: ({ hold }) => `/v1/holds/${hold}`,
    shows: ({ hold }) => ({ id: hold, onTheWay: CAPTURED, left: HELD - CAPTURED }),
  },
  '/v1/leases': {
    url: () => '/v1/leases',
    shows: ({ hold }) => atLeast(expect.objectContaining({ id: hold, purpose: 'lease' })),
  },
  '/v1/leases/captures': {
    url: () => '/v1/leases/captures',
    shows: ({ captured }) =>
      atLeast(expect.objectContaining({ id: captured, state: 'on_the_way', amount: CAPTURED })),
  },
  '/v1/wallets/{id}/holds': {
    url: ({ wallet }) => `/v1/wallets/${wallet}/holds`,
    shows: ({ hold, place }) => atLeast(expect.objectContaining({ id: hold, place, cap: HELD })),
  },
  '/v1/payouts': { url: () => '/v1/payouts', shows: () => ({ items: [] }) },
  '/v1/clearing': { url: () => '/v1/clearing', shows: () => ({ items: [] }) },
  '/v1/clearing/open': { url: () => '/v1/clearing/open', shows: () => ({ items: [] }) },
  '/v1/reserves': {
    url: () => '/v1/reserves',
    shows: ({ asset, place }) =>
      atLeast(
        expect.objectContaining({
          asset,
          supply: 2_000,
          inWallets: 1_350,
          atPlaces: 650,
          places: [{ place, available: 650, held: 0 }],
        }),
      ),
  },
  '/v1/closings': {
    url: () => '/v1/closings',
    shows: () => atLeast(expect.objectContaining({ complete: false })),
  },
  '/v1/exports': {
    url: () => '/v1/exports?format=csv',
    shows: ({ id }) => expect.stringContaining(id),
  },
  '/v1/federations': {
    url: () => '/v1/federations',
    shows: ({ federation }) => atLeast(expect.objectContaining({ id: federation })),
  },
  '/v1/federations/{id}': {
    url: ({ federation }) => `/v1/federations/${federation}`,
    shows: ({ federation }) => ({ id: federation, places: [] }),
  },
  '/v1/network': { url: () => '/v1/network', shows: () => ({ authorities: 1, quorum: 1 }) },
  '/v1/authorities': {
    url: () => '/v1/authorities',
    shows: () => ({ members: [expect.objectContaining({ index: 0, peerId: some })] }),
  },
  '/v1/blocks': {
    url: () => '/v1/blocks',
    shows: () => atLeast(expect.objectContaining({ height: 0 })),
  },
  '/v1/blocks/{height}': { url: () => '/v1/blocks/1', shows: () => ({ height: 1 }) },
  '/v1/events': {
    url: () => '/v1/events?after=0-0',
    shows: ({ id }) => expect.stringContaining(`"id":"${id}"`),
  },
  '/v1/grants': {
    url: () => '/v1/grants',
    shows: ({ place }) => atLeast(expect.objectContaining({ place, actions: some })),
  },
  '/v1/api-keys': {
    url: () => '/v1/api-keys',
    shows: () => atLeast(expect.objectContaining({ till: some })),
  },
  '/v1/webhooks': {
    url: () => '/v1/webhooks',
    shows: () => atLeast(expect.objectContaining({ id: WEBHOOK_ID, state: 'enabled' })),
  },
  '/v1/webhooks/{id}': {
    url: () => `/v1/webhooks/${WEBHOOK_ID}`,
    shows: () => ({ id: WEBHOOK_ID, filter: {} }),
  },
  '/v1/webhooks/{id}/dead-letters': {
    url: () => `/v1/webhooks/${WEBHOOK_ID}/dead-letters`,
    shows: () => ({ items: [] }),
  },
  '/livez': { url: () => '/livez', shows: () => ({ alive: true }) },
  '/startupz': { url: () => '/startupz', shows: () => ({ height: some }) },
  '/readyz': { url: () => '/readyz', shows: () => ({ mode: 'online' }) },
  '/metrics': {
    url: () => '/metrics',
    shows: () => expect.stringContaining('kermesse_final_height '),
  },
  '/openapi.json': { url: () => '/openapi.json', shows: () => ({ openapi: '3.1.0' }) },
}

const Document = z.object({
  paths: z.record(z.string(), z.object({ get: z.unknown().optional() })),
})
const { paths } = Document.parse(
  JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')),
)
const readable = Object.keys(paths).filter((path) => paths[path]?.get !== undefined)

const openedLease = async ({ node, errand }: Bar): Promise<HoldId> => {
  const terms = { amount: HELD, unit: 'EUR', scale: 2, purpose: 'lease' } as const
  const expiresAtMs = node.clock.wallMs() + HOUR_MS
  const order = { id: node.newId(), payer: { tag: TAG }, ...terms, expiresAtMs }
  const state = stateIn(await node.desk.openHold(order, errand()))
  if (state.status !== 'applied') throw new Error(JSON.stringify(state))
  return HoldId.parse(state.event.created[0])
}

let door: OpenDoor
let evening: Evening

beforeAll(async () => {
  const bar = await openedBar()
  await loadedCard(bar, 2_000)
  const { node, place, local: asset } = bar
  const [id, open, captured] = [node.newId(), node.newId(), node.newId()]
  await pay(bar, bar.errand(), { id, amount: 650 })
  await allowLeases(bar)
  const hold = await openedLease(bar)
  await node.recent.reachStored(node.recent.head().height, new AbortController().signal)
  // Nothing becomes final any more, so that the next payment stays open.
  node.core.stop()
  await pay(bar, bar.errand(0), { id: open, amount: 100 })
  await node.desk.captureHold({ id: captured, hold, amount: CAPTURED }, bar.errand(0))
  const card = commitmentOf(TAG_KEY, TagUid.parse(TAG))
  const wallet = node.view().get('card', card)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  const [federation] = [...node.view().records('federation')]
  if (federation === undefined) throw new Error('no federation')
  const parts = { asset, card, federation: federation.id, hold, place, wallet }
  evening = { ...parts, id, open, captured }
  door = await openDoor(bar)
})

afterAll(async () => {
  await closeDoors()
  closeBars()
})

/** An answer of JSON as it is, one of text as its text, a stream as far as it has come. */
const contentOf = async (response: Response): Promise<unknown> => {
  if (response.headers.get('content-type')?.startsWith('application/json')) return response.json()
  const decoder = new TextDecoder()
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.includes('"kind":"sale"')) break
  }
  return text
}

test.each(readable)('GET %s answers what its schema says', async (path) => {
  const read = READS[path]
  if (read === undefined) throw new Error(`no row for ${path}`)
  const leaving = new AbortController()
  const response = await door.get(read.url(evening), leaving.signal)
  const content = await contentOf(response)
  leaving.abort()
  expect(response.status, JSON.stringify(content)).toBe(200)
  expect({ content }).toMatchObject({ content: read.shows(evening) })
})
