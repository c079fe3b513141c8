import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createMempool, type Mempool } from '#node/pipeline/mempool.ts'
import { deriveId } from '#protocol/id.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { OPERATOR } from '../../support/ledger-builders.ts'
import { createForge } from './block-forge.ts'

const forge = createForge()
const { world } = forge
const some = (count: number): readonly VerifiedTransaction[] =>
  Array.from({ length: count }, (_, at) => forge.transfer(at + 1))
const mempoolOf = (limits: Partial<Parameters<typeof createMempool>[0]> = {}): Mempool =>
  createMempool({ transactionsMax: 100, perScopeMax: 100, settledMax: 100, ...limits })
const order = (mempool: Mempool) => [...mempool.waiting()].map(({ hash }) => hash)
const hashes = (transactions: readonly VerifiedTransaction[]) =>
  transactions.map(({ hash }) => hash)

describe('transactions of blocks that were taken back', () => {
  test('wait again in their first order, before younger ones', () => {
    const mempool = mempoolOf()
    const all = some(6)
    for (const one of all) mempool.add(one)
    const [lower, upper] = [all.slice(0, 2), all.slice(2, 4)]
    mempool.take(lower)
    mempool.take(upper)
    mempool.giveBack(upper)
    mempool.giveBack(lower)
    expect(order(mempool)).toEqual(hashes(all))
  })

  test('come back although they were never offered here, and not once they are final', () => {
    const mempool = mempoolOf()
    const [strange, final] = some(2)
    if (strange === undefined || final === undefined) throw new Error('two')
    mempool.take([strange, final])
    mempool.settle([final.hash])
    mempool.giveBack([strange, final])
    expect(order(mempool)).toEqual([strange.hash])
    expect(mempool.add(final)).toBe('known')
  })
})

describe('a bound', () => {
  test('of all holds for new ones; of a scope for one signer, not for others', () => {
    const all = some(3)
    const small = mempoolOf({ transactionsMax: 2 })
    expect(all.map((one) => small.add(one))).toEqual(['added', 'added', 'full'])
    const fair = mempoolOf({ perScopeMax: 1 })
    const other = world.sign(OPERATOR, all[0]?.body ?? failed())
    expect([...all, other].map((one) => fair.add(one))).toEqual([
      'added',
      'scope_full',
      'scope_full',
      'added',
    ])
  })

  test('of a scope is that of a signer at one place, and where no place acts, of the signer', () => {
    const mempool = mempoolOf({ perScopeMax: 1 })
    const [transfer] = some(1)
    const sign = (place: string, card: string) =>
      world.sign(OPERATOR, {
        kind: 'card.activate',
        place: deriveId('plc', place),
        card: deriveId('crd', card),
      })
    const here = sign('here', 'first')
    expect(mempool.add(here)).toBe('added')
    expect(mempool.add(sign('here', 'second'))).toBe('scope_full')
    expect(mempool.add(sign('there', 'third'))).toBe('added')
    expect(mempool.add(world.sign(OPERATOR, transfer?.body ?? failed()))).toBe('added')
    mempool.settle([here.hash])
    expect(mempool.add(sign('there', 'fourth'))).toBe('scope_full')
    expect(mempool.add(sign('here', 'fifth'))).toBe('added')
  })

  test('counts again what left: a scope is never locked', () => {
    const mempool = mempoolOf({ perScopeMax: 1 })
    const [first, second, third, fourth] = some(4)
    if (!(first && second && third && fourth)) throw new Error('four')
    expect(mempool.add(first)).toBe('added')
    mempool.take([first])
    expect(mempool.add(second)).toBe('added')
    mempool.settle([second.hash])
    expect(mempool.add(third)).toBe('added')
    mempool.forget([third.hash])
    expect(mempool.add(fourth)).toBe('added')
  })
})

describe('a transaction that left', () => {
  test('is known when settled, and new when only forgotten', () => {
    const mempool = mempoolOf()
    const [settled, forgotten] = some(2)
    if (settled === undefined || forgotten === undefined) throw new Error('two')
    for (const one of [settled, forgotten]) mempool.add(one)
    mempool.settle([settled.hash])
    mempool.forget([forgotten.hash])
    expect(mempool.waitingCount()).toBe(0)
    expect(mempool.add(settled)).toBe('known')
    expect(mempool.add(forgotten)).toBe('added')
  })

  test('goes when block time reaches its expiry, also after it was given back', () => {
    const mempool = mempoolOf()
    const soon = forge.transfer(1, { expMs: world.nowMs() + 2_000 })
    const late = forge.transfer(2, { expMs: world.nowMs() + 9_000 })
    for (const one of [soon, late]) mempool.add(one)
    mempool.dropExpired(soon.expMs - 1)
    expect(mempool.waitingCount()).toBe(2)
    mempool.take([soon])
    mempool.dropExpired(soon.expMs)
    mempool.giveBack([soon])
    mempool.dropExpired(soon.expMs)
    expect(order(mempool)).toEqual([late.hash])
    mempool.dropExpired(late.expMs)
    expect(mempool.waitingCount()).toBe(0)
  })

  test('is remembered by hash for a while only: memory stays bounded', () => {
    const mempool = mempoolOf({ settledMax: 4 })
    const all = some(8)
    for (const one of all) mempool.settle([one.hash])
    expect(hashes(all).map(mempool.knows).filter(Boolean).length).toBeLessThanOrEqual(4)
    expect(mempool.knows(all.at(-1)?.hash ?? failed())).toBe(true)
  })
})

const failed = (): never => {
  throw new Error('not there')
}

const ACTS: readonly ((mempool: Mempool, one: VerifiedTransaction) => unknown)[] = [
  (mempool, one) => mempool.add(one),
  (mempool, one) => mempool.take([one]),
  (mempool, one) => mempool.giveBack([one]),
  (mempool, one) => mempool.settle([one.hash]),
  (mempool, one) => mempool.forget([one.hash]),
]

test('whatever happens, nothing waits twice, and the share of a scope is exact', () => {
  const pool = some(8)
  const act = fc.tuple(fc.constantFrom(...ACTS), fc.constantFrom(...pool))
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const mempool = mempoolOf({ perScopeMax: 3 })
      for (const [run, one] of acts) {
        run(mempool, one)
        const waiting = order(mempool)
        expect(new Set(waiting).size).toBe(waiting.length)
        expect(waiting.length).toBe(mempool.waitingCount())
      }
      const hasRoom = mempool.waitingCount() < 3
      expect(mempool.add(forge.transfer(100))).toBe(hasRoom ? 'added' : 'scope_full')
    }),
  )
})
