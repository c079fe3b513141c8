import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createDueHeap, type DueEntry } from '#protocol/ledger/due-heap.ts'
import { createLedger } from '#protocol/ledger/ledger.ts'
import { DAY_MS, HOUR_MS } from '#protocol/ledger/period.ts'
import { createWorld } from '#test/support/ledger-builders.ts'
import { openVenue, saleBody, topUp, weakCard } from '#test/support/venue-builders.ts'
import { deed, signDeed } from './burst.ts'
import { gather } from './crowd.ts'
import { createRestlessNode } from './restless-node.ts'

const SHORT = {
  validityMs: { place: 60_000, wallet: 60_000, key: 60_000 },
  refundWindowMs: 50_000,
  forgetPerBlock: 2,
}

const step = fc.record({
  deeds: fc.array(deed, { maxLength: 4 }),
  passMs: fc.constantFrom(0, 0, 1000, 20_000, 61_000, HOUR_MS, DAY_MS),
  waver: fc.nat({ max: 4 }),
  restart: fc.boolean(),
})

describe('forgetting', () => {
  test('is the same in every block, whatever a node undid, redid or lost by a restart', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 3, maxLength: 12 }), (steps) => {
        const world = createWorld(SHORT)
        const node = createRestlessNode(createLedger(world.genesis))
        world.onBlock((input, { stateRoot }) => {
          expect(node.execute(input).stateRoot).toBe(stateRoot)
        })
        const crowd = gather(world)
        for (const { deeds, passMs, waver, restart } of steps) {
          world.advance(passMs)
          if (waver > 0) node.waver(waver)
          if (restart) node.restart()
          world.run(...deeds.map((each) => signDeed(crowd, each)))
        }
      }),
      { numRuns: 40 },
    )
  })

  test('takes no more than its share of a block, the earliest first, and in the end all', () => {
    const world = createWorld(SHORT)
    const bar = openVenue(world, 'Bar')
    const card = weakCard(world, bar, 'Tag')
    topUp(world, bar, { card: card.id, amount: 100 })
    for (let sale = 0; sale < 3; sale++) world.must(bar.till, saleBody(bar, [card], 10))
    const { state } = world.ledger
    const payments = () => [...state.entries('payment')].map(({ record }) => record.untilMs)
    const counts = () => state.count('payment')
    const before = counts()
    world.run()
    expect(counts()).toBe(before)
    world.advance(60_000)
    const ends = payments().sort((a, b) => a - b)
    world.run()
    expect(payments().sort((a, b) => a - b)).toEqual(ends.slice(2))
    for (let block = 0; block < before; block++) world.run()
    expect(counts()).toBe(0)
    expect(state.count('sale')).toBe(0)
    world.advance(DAY_MS)
    world.run()
    world.run()
    expect(state.count('counter')).toBe(0)
  })

  test('never lets a forgotten payment in again', () => {
    const world = createWorld(SHORT)
    const bar = openVenue(world, 'Bar')
    const card = weakCard(world, bar, 'Tag')
    topUp(world, bar, { card: card.id, amount: 100 })
    const sale = world.sign(bar.till, saleBody(bar, [card], 10))
    world.run(sale)
    world.advance(60_000)
    while (world.ledger.state.count('payment') > 0) world.run()
    expect(world.execute([sale])).toMatchObject({ fault: 'invalid', code: 'expired' })
  })

  test('a sale past its window cannot be refunded, forgotten or not', () => {
    const world = createWorld(SHORT)
    const bar = openVenue(world, 'Bar')
    const card = weakCard(world, bar, 'Tag')
    topUp(world, bar, { card: card.id, amount: 100 })
    const { id } = world.must(bar.till, saleBody(bar, [card], 10))
    const refund = { kind: 'refund', place: bar.place, sale: id } as const
    world.advance(SHORT.refundWindowMs)
    expect(world.apply(bar.owner, refund).outcome).toBe('refund_window_over')
    expect(world.ledger.state.count('sale')).toBe(0)
    expect(world.apply(bar.owner, refund).outcome).toBe('refund_window_over')
  })
})

describe('the heap of what is due', () => {
  test('gives entries back by time, then by key', () => {
    const entry = fc.record({ untilMs: fc.nat({ max: 20 }), key: fc.string({ maxLength: 2 }) })
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const heap = createDueHeap()
        for (const each of entries) heap.push(each)
        const out: DueEntry[] = []
        for (let next = heap.pop(); next !== undefined; next = heap.pop()) out.push(next)
        const sorted = entries.toSorted((a, b) =>
          a.untilMs === b.untilMs
            ? Number(a.key > b.key) - Number(a.key < b.key)
            : a.untilMs - b.untilMs,
        )
        expect(out).toEqual(sorted)
        expect(heap.size()).toBe(0)
      }),
    )
  })
})
