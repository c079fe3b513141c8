import { expect, test } from 'vitest'
import { createGrantWatch } from '#node/leases/grant-watch.ts'
import { createLeaseKeeper } from '#node/leases/lease-keeper.ts'
import { OpeningsUnderWay } from '#node/leases/openings-under-way.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { verifySignature } from '#signature'
import { issueGrant, saleBody, topUp } from '../../support/venue-builders.ts'
import { createLeaseBench, LEASE_KEY, MONEY } from './lease-bench.ts'

const AMOUNT = 1_000

/** A keeper whose orders are blocks of their own, at once. */
const createKeeper = ({ isGranted = true } = {}) => {
  const bench = createLeaseBench()
  const { world, bar, book, view } = bench
  const actions = ['hold.open', 'hold.release'] as const
  const allow = () => issueGrant(world, bar, { grantee: LEASE_KEY.key, actions: [...actions] })
  if (isGranted) allow()
  const reported: string[] = []
  const grantWatch = createGrantWatch(({ code }) => void reported.push(code))
  const given: HoldRecord[] = []
  const submitted: TransactionBody[] = []
  let online = true
  const clock = { wallMs: world.nowMs, monotonicMs: world.nowMs }
  const head = () => ({ height: world.height(), timeMs: world.nowMs() })
  const keeper = createLeaseKeeper({
    clock,
    head,
    view: () => view,
    networkId: networkIdOf(world.genesis),
    verify: verifySignature,
    settings: { enabled: true, amount: AMOUNT, minutes: 360 },
    book,
    leases: { retire: () => () => undefined, underWay: new OpeningsUnderWay() },
    orders: {
      place: async ({ id, draft }) => {
        const body = TransactionBody.parse(draft())
        submitted.push(body)
        const event = world.apply(LEASE_KEY, body, { jti: id })
        if (event.outcome !== 'applied') throw new Error(event.outcome)
        return { kind: 'outcome', id, state: { status: 'applied', event }, replayed: false }
      },
    },
    giveBack: async (leases) => {
      given.push(...leases)
      const { place } = bar
      for (const { id: hold } of leases)
        world.must(LEASE_KEY, { kind: 'hold.release', place, hold })
      return leases.length
    },
    signer: () => ({ signerKey: LEASE_KEY.key, sign: LEASE_KEY.sign }),
    place: () => bar.place,
    isOnline: () => online,
    noteGrant: grantWatch.note,
    newId: () => world.jti(),
  })
  world.onBlock(({ transactions }, { events }) => keeper.onFinal([{ transactions, events }]))
  const link = (isUp: boolean): void => {
    online = isUp
  }
  return { ...bench, keeper, given, submitted, link, allow, grantWatch, reported }
}

test('cards that were topped up are leased from together, by one transaction', async () => {
  const { keeper, card, book, submitted } = createKeeper()
  const cards = ['ann', 'bob', 'cat'].map(card)
  await keeper.tick()
  expect(submitted).toMatchObject([{ kind: 'batch', operations: { length: 3 } }])
  for (const { id } of cards) expect(book.of(id)).toMatchObject([{ cap: AMOUNT }])
  await keeper.tick()
  expect(submitted).toHaveLength(1)
})

test('one whose money is gone does not cost the others their leases', async () => {
  const { keeper, card, book, world, bar } = createKeeper()
  const [ann, bob] = [card('ann'), card('bob')]
  world.must(bar.till, { ...saleBody(bar, [ann], MONEY), assets: [bar.local] })
  await keeper.tick()
  expect(book.of(ann.id)).toEqual([])
  expect(book.of(bob.id)).toHaveLength(1)
})

test('a card that pays elsewhere, or is refused there for lack of money, has its lease back', async () => {
  const { keeper, card, book, world, club, given } = createKeeper()
  const [ann, bob] = [card('ann'), card('bob')]
  topUp(world, club, { card: ann.id, amount: 500 })
  await keeper.tick()
  expect(book.of(ann.id)).toHaveLength(1)
  const sale = (amount: number, who: typeof ann) => ({
    ...saleBody(club, [who], amount),
    assets: [club.local],
  })
  world.must(club.till, sale(100, ann))
  expect(world.apply(club.till, sale(100, bob)).outcome).toBe('insufficient_funds')
  await keeper.tick()
  expect(given.map(({ card: name }) => name)).toEqual([ann.id, bob.id])
  expect(book.hasAny()).toBe(false)
})

test('after closing time all is given back, and nothing opened until it is opened again', async () => {
  const { keeper, card, book, world, bar } = createKeeper()
  const ann = card('ann')
  await keeper.tick()
  keeper.close()
  topUp(world, bar, { card: ann.id, amount: 1 })
  await keeper.tick()
  await keeper.tick()
  expect(book.hasAny()).toBe(false)
  expect(keeper.isClosed()).toBe(true)
  keeper.reopen()
  topUp(world, bar, { card: ann.id, amount: 1 })
  await keeper.tick()
  expect(book.of(ann.id)).toHaveLength(1)
})

test('a venue that is cut off opens nothing and gives nothing back, until it is in touch', async () => {
  const { keeper, card, submitted, link } = createKeeper()
  link(false)
  card('ann')
  await keeper.tick()
  expect(submitted).toEqual([])
  link(true)
  await keeper.tick()
  expect(submitted).toHaveLength(1)
})

test('says so once, and in its health, when leases are on and nobody granted them', async () => {
  const { keeper, card, submitted, allow, grantWatch, reported } = createKeeper({
    isGranted: false,
  })
  card('ann')
  await keeper.tick()
  await keeper.tick()
  expect(submitted).toEqual([])
  expect(reported).toEqual(['lease_grant_missing'])
  expect(grantWatch.warnings()).toEqual([{ code: 'lease_grant_missing', count: 1 }])
  allow()
  await keeper.tick()
  expect(grantWatch.warnings()).toEqual([])
  expect(submitted).toHaveLength(1)
})
