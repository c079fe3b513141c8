import { join } from 'node:path'
import { v7 } from 'uuid'
import { sha256 } from '#digest'
import { PAIRING_LIFE_MS } from '#node/pairing/limits.ts'
import { createPairings } from '#node/pairing/pair-till.ts'
import { PairingStore } from '#node/pairing/pairing-store.ts'
import { blockSummaryAt } from '#node/reads/chain-pages.ts'
import { createHealth } from '#node/reads/health.ts'
import { LOCAL_PENDING_SPARED } from '#node/storage/limits.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import { HOUR_MS } from '#protocol/ledger/period.ts'
import { haltedBar, loadedCard, openedBar, pay, restarted, TAG } from '../../node/desk/bar.ts'
import { createMachine } from '../../node/desk/machine.ts'
import { consentOf, openedPayout } from '../../node/desk/open-payout.ts'
import { openStage } from '../../node/desk/signed-stage.ts'
import { type Bar, must, newKey } from '../../node/desk/solo-node.ts'
import { saleBody, signed } from '../../node/desk/till.ts'
import { BEGIN, begunStore } from '../../node/reads/begun-store.ts'
import { actor } from '../actors.ts'
import { type CodeRow, untilSaid } from './answers.ts'
import { doorOf, heldOf, saleOf, type Workshop } from './small-node.ts'

const FUNDS = 2_000
const SOON_MS = 20_000
const ASYNC = { prefer: 'respond-async' } as const

/** What asks for a stopped clock, a disk that fails or hangs, or a fault of ours: a node in this process. */
export const SMALL_NODE_CODES: readonly CodeRow<Workshop>[] = [
  {
    code: 'not_started',
    how: 'the health of a node whose ledger is not served yet',
    heard: async () => {
      const bar = await openedBar()
      const { get } = await doorOf(bar, { health: healthOf(bar, false) })
      return await get('/startupz')
    },
  },
  {
    code: 'before_copy',
    how: 'a block of before the snapshot that a copy began with',
    heard: async () => {
      const bar = await openedBar()
      const { ledger } = bar.node
      const at = bar.node.recent.head()
      const store = begunStore()
      const block = async (height: number) => ({ ...at, value: blockSummaryAt(store, height) })
      const { get } = await doorOf(bar, { ledger: { ...ledger, block } })
      return await get(`/v1/blocks/${BEGIN - 1}`)
    },
  },
  {
    code: 'internal',
    how: 'an API key whose signing key is gone from the key store',
    heard: async () => {
      const bar = await openedBar()
      const { place, caller } = bar
      const order = { place, grant: caller.grant, till: 'gone', secret: 'till/gone' }
      const { token } = await newKey(bar.node.apiKeys, order)
      return await (await doorOf({ ...bar, token })).post('/v1/payments', saleOf({ tag: TAG }, 100))
    },
  },
  {
    code: 'deadline_exceeded',
    how: 'a disk that ends nothing',
    heard: async () => {
      const machine = createMachine()
      const bar = await openedBar(machine)
      await loadedCard(bar, FUNDS)
      const { ask } = await doorOf(bar)
      machine.hold('batches')
      const body = saleOf({ tag: TAG }, 100)
      const answer = await ask({ path: '/v1/payments', body, headers: ASYNC })
      machine.letGo()
      return answer
    },
  },
  {
    code: 'node_overloaded',
    how: 'a disk that is behind by all that may wait for it',
    heard: async () => {
      const machine = createMachine()
      const bar = await openedBar(machine)
      const { post } = await doorOf(bar)
      machine.hold('batches')
      for (let index = 0; index < LOCAL_PENDING_SPARED; index += 1) {
        bar.node.storage.local.settings.put({ name: `s${index}`, value: index }, () => undefined)
      }
      const answer = await post('/v1/payments', saleOf({ tag: TAG }, 100))
      machine.letGo()
      return answer
    },
  },
  {
    code: 'quarantined',
    how: 'a transaction over which this node broke a rule before',
    heard: async () => {
      const bar = await openedBar()
      await loadedCard(bar, FUNDS)
      const text = signed(bar, saleBody(bar, 100))
      bar.node.setAside(hashOf(utf8(text)))
      return await (await doorOf(bar)).post('/v1/transactions', text)
    },
  },
  {
    code: 'refusals_exhausted',
    how: 'more refused sales of a till in an hour than its share',
    heard: async () => {
      const machine = createMachine({ refusedPerHour: 4 })
      machine.advance(HOUR_MS - (machine.clock.wallMs() % HOUR_MS))
      const bar = await openedBar(machine)
      await loadedCard(bar, 100)
      const { post } = await doorOf(bar)
      return await untilSaid('refusals_exhausted', SOON_MS, () =>
        post('/v1/transactions', signed(bar, saleBody(bar, FUNDS))),
      )
    },
  },
  {
    code: 'api_keys_exhausted',
    how: 'one API key more than a node may have, and all of them work',
    heard: async () => {
      const bar = await openedBar()
      const { place, caller, node } = bar
      const order = { place, grant: caller.grant, till: 'bar', secret: 'till/bar' }
      while ((await node.apiKeys.create(order)) !== 'exhausted');
      const { post } = await doorOf(bar)
      return await post('/v1/api-keys', { id: v7(), till: 'late', actions: ['read'] })
    },
  },
  {
    code: 'tags_not_supported',
    how: 'a tag at a node that joined without the key of its federation’s tags',
    heard: async () => {
      const bar = await openedBar({ ...createMachine(), hasTagKey: false })
      return await (await doorOf(bar)).post('/v1/cards', { tag: TAG })
    },
  },
  {
    code: 'place_key_missing',
    how: 'a payout settled by a node whose place has another key by now',
    heard: async () => {
      const bar = await openedBar()
      const { hold } = await openedPayout(bar)
      await rotateKey(bar)
      const order = { id: v7(), paid: true, reference: 'SEPA 1' }
      return await (await doorOf(bar)).post(`/v1/payouts/${hold}/settlements`, order)
    },
  },
  {
    code: 'pairing_expired',
    how: 'a pairing code ten minutes after it was made',
    heard: async ({ directory }) => {
      const stores: PairingStore[] = []
      const { machine, ask } = await openStage(async ({ node }) => {
        const { newId, clock, submit, origin } = node
        const file = join(directory, 'pairings.json')
        const store = await PairingStore.open({ file, newId, wallMs: clock.wallMs })
        stores.push(store)
        const secrets = { get: () => sha256(utf8('actor bar')) }
        const { networkId } = origin
        return { pairings: createPairings({ store, submit, secrets, networkId }) }
      })
      const made = await stores[0]?.create({ till: 'tablet', actions: ['read'], caps: {} })
      machine.advance(PAIRING_LIFE_MS + 1)
      const request = { method: 'POST', path: '/v1/pairings' } as const
      const body = JSON.stringify({ code: made?.code })
      const { status, headers, answer } = await ask(actor('tablet'), { ...request, body })
      const contentType = headers.get('content-type') ?? ''
      return {
        method: 'POST',
        url: request.path,
        status,
        contentType,
        body: JSON.stringify(answer),
      }
    },
  },
  {
    code: 'sale_pending',
    how: 'a refund of a sale that no block holds yet',
    heard: async () => {
      const { ask, post, sale } = await openHalted()
      await ask({ path: '/v1/payments', body: sale, headers: ASYNC })
      return await post(`/v1/payments/${sale.id}/refunds`, { id: v7() })
    },
  },
  {
    code: 'receipt_pending',
    how: 'the receipt of a sale that no block holds yet',
    heard: async () => {
      const { ask, get, sale } = await openHalted()
      await ask({ path: '/v1/payments', body: sale, headers: ASYNC })
      return await get(`/v1/transactions/${sale.id}/receipt`)
    },
  },
  {
    code: 'hold_elsewhere',
    how: 'a capture from a hold that another node’s key opened',
    heard: async () => {
      const bar = await openedBar()
      await loadedCard(bar, FUNDS)
      const hold = await heldOf(bar, TAG, { key: actor('another node').key })
      const capture = { id: v7(), amount: 100 }
      return await (await doorOf(bar)).post(`/v1/holds/${hold}/captures`, capture)
    },
  },
  {
    code: 'captures_pending',
    how: 'a hold released before what was captured while cut off is final',
    heard: async () => {
      const { bar, hold } = await openCutOff()
      const { post } = await doorOf(bar)
      await post(`/v1/holds/${hold}/captures`, { id: v7(), amount: 100 })
      bar.node.cutOff(false)
      return await post(`/v1/holds/${hold}/release`, { id: v7() })
    },
  },
  {
    code: 'capture_lost',
    how: 'a sale from a lease by a venue that came back after the lease had ended',
    heard: async () => {
      const { bar, machine } = await openCutOff()
      const { post } = await doorOf(bar)
      const sale = saleOf({ tag: TAG }, 100)
      await post('/v1/payments', sale)
      machine.advance(2 * HOUR_MS)
      bar.node.cutOff(false)
      bar.node.start()
      return await untilSaid('capture_lost', SOON_MS, async () => {
        await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 1 })
        bar.node.leases.tick()
        return await post('/v1/payments', sale)
      })
    },
  },
]

/** A bar that makes no block, with a sale by a card that has enough. */
const openHalted = async () => {
  const bar = await haltedBar(createMachine(), FUNDS)
  return { ...(await doorOf(bar)), sale: saleOf({ tag: TAG }, 100) }
}

/** A bar with a lease of a card, cut off; it makes no block before it is started. */
const openCutOff = async () => {
  const machine = createMachine()
  const before = await openedBar(machine)
  await loadedCard(before, FUNDS)
  const hold = await heldOf(before, TAG)
  const bar = await restarted(machine, before)
  bar.node.cutOff(true)
  return { bar, hold, machine }
}

/** The place's wallet goes to a key that this node lacks. */
const rotateKey = async (bar: Bar): Promise<void> => {
  const { node, place } = bar
  const wallet = node.view().get('place', place)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  const id = node.newId()
  const next = actor('next key')
  const consent = consentOf(bar, id, next, { kind: 'wallet.rotate', wallet })
  await must(node, id, 'place', { kind: 'wallet.rotate', wallet, key: next.key }, [consent])
}

/** The health that a node tells of itself. */
const healthOf = ({ node }: Bar, started: boolean) =>
  createHealth({
    seating: () => node.core.seating(),
    clock: node.clock,
    head: node.recent.head,
    peers: () => [],
    waiting: () => node.core.waitingCount(),
    started: () => started,
    haltedBy: () => undefined,
    hasLeases: () => node.book.hasAny(),
    clockOffsetMs: () => null,
    warnings: () => [],
  })
