import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { checkEverything } from '#protocol/ledger/invariants/full.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { type Deed, deed, STOCK, signDeed } from './burst.ts'
import { type Crowd, gather } from './crowd.ts'
import { dump } from './dump.ts'

const evening = fc.array(fc.array(deed, { minLength: 1, maxLength: 6 }), {
  minLength: 1,
  maxLength: 12,
})

/** One block after the other, each of some deeds, once everybody has something. */
const live = (crowd: Crowd, blocks: readonly (readonly Deed[])[]): readonly LedgerEvent[] =>
  [...STOCK, ...blocks].flatMap((deeds) =>
    crowd.world.run(...deeds.map((each) => signDeed(crowd, each))),
  )

/** Balances that events alone tell of. */
const balancesTold = (events: readonly LedgerEvent[]): Map<string, number> => {
  const balances = new Map<string, number>()
  for (const { movements } of events) {
    for (const { wallet, asset, change } of movements) {
      const key = `${wallet}/${asset}`
      balances.set(key, (balances.get(key) ?? 0) + change)
    }
  }
  return balances
}

const supplyOf = ({ ledger }: World): Map<string, number> => {
  const supplies = new Map<string, number>()
  for (const { record } of ledger.state.entries('balance')) {
    supplies.set(record.asset, (supplies.get(record.asset) ?? 0) + record.available + record.held)
  }
  return supplies
}

/** What the legs of a sale gave came to others. */
const expectGivenIsTaken = ({ legs, kind, movements }: LedgerEvent): void => {
  if (kind !== 'sale' || legs === undefined) return
  const paid = legs.reduce((sum, { amount }) => sum + amount, 0)
  const taken = movements
    .filter(({ asset }) => legs.some((leg) => leg.asset === asset))
    .reduce((sum, { change }) => sum + Math.max(0, change), 0)
  expect(taken).toBe(paid)
}

describe('a busy evening', () => {
  test('neither makes nor loses money, and its events tell every balance', () => {
    fc.assert(
      fc.property(evening, (blocks) => {
        const crowd = gather(createWorld())
        const { state } = crowd.world.ledger
        const events = live(crowd, blocks)
        expect(checkEverything(state)).toBeUndefined()
        const supplies = supplyOf(crowd.world)
        for (const { key, record } of state.entries('asset')) {
          expect(supplies.get(key) ?? 0).toBe(record.supply)
          expect(record.supply).toBe(record.issued - record.burned)
        }
        for (const [key, told] of balancesTold(events)) {
          const [wallet = '', asset = ''] = key.split('/')
          const { available = 0, held = 0 } = state.get('balance', `${wallet}/${asset}`) ?? {}
          expect(available + held).toBe(told)
        }
        for (const event of events) expectGivenIsTaken(event)
      }),
      { numRuns: 40 },
    )
  })

  test('no sale is ever refunded more than in full', () => {
    fc.assert(
      fc.property(evening, (blocks) => {
        const crowd = gather(createWorld())
        const events = live(crowd, blocks)
        const sold = new Map<string, number>()
        for (const { kind, id, legs = [] } of events) {
          if (kind === 'sale')
            sold.set(
              id,
              legs.reduce((sum, { amount }) => sum + amount, 0),
            )
        }
        for (const { record } of crowd.world.ledger.state.entries('sale')) {
          expect(record.refunded).toBeLessThanOrEqual(sold.get(record.id) ?? 0)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('taken back block by block leaves every byte as it was', () => {
    fc.assert(
      fc.property(evening, (blocks) => {
        const crowd = gather(createWorld())
        const { world } = crowd
        const before: (readonly string[])[] = []
        for (const deeds of [...STOCK, ...blocks]) {
          before.push(dump(world.ledger))
          world.run(...deeds.map((each) => signDeed(crowd, each)))
        }
        for (const expected of before.toReversed()) {
          world.undo()
          expect(dump(world.ledger)).toEqual(expected)
        }
      }),
      { numRuns: 20 },
    )
  })

  test('gives the same roots and events on two ledgers', () => {
    fc.assert(
      fc.property(evening, (blocks) => {
        const crowd = gather(createWorld())
        const twin = gather(createWorld()).world
        for (const deeds of [...STOCK, ...blocks]) {
          const transactions: VerifiedTransaction[] = deeds.map((each) => signDeed(crowd, each))
          const here = crowd.world.execute(transactions)
          const there = twin.execute(transactions)
          if (!here.ok || !there.ok) throw new Error('an invalid block')
          expect([there.txRoot, there.stateRoot]).toEqual([here.txRoot, here.stateRoot])
          expect(there.events).toEqual(here.events)
          expect(there.changes.writes).toEqual(here.changes.writes)
        }
      }),
      { numRuns: 20 },
    )
  })
})
