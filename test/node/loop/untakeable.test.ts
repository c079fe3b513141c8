import { describe, expect, test } from 'vitest'
import type { TimerName } from '#consensus/effect.ts'
import { NO_WORK } from '#consensus/event.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { actor } from '../../support/actors.ts'
import { COLLECTOR } from '../../support/ledger-builders.ts'
import { createLoopBench } from './loop-bench.ts'

const START = { type: 'start' } as const

/** An authority whose view is given up after 200 ms. */
const startGivingUp = (timer: TimerName = 'leader') => {
  const alarm = { type: 'setTimer', timer, epoch: 1, view: 9, atMs: 200 } as const
  const bench = createLoopBench(({ type }) => (type === 'start' ? [alarm] : []))
  bench.loop.dispatch(START)
  return bench
}
type Bench = ReturnType<typeof startGivingUp>

/** Of somebody whom no block has made known. */
const unknown = ({ forge }: Bench) => forge.world.sign(actor('stranger'), forge.transfer(1).body)

/** Of a clock that is an hour ahead. */
const early = ({ forge: { world, transfer } }: Bench) => {
  const nowMs = world.nowMs()
  const jti = world.jti(nowMs + 3_600_000)
  return world.sign(COLLECTOR, transfer(1).body, { jti, expMs: nowMs + 3_700_000 })
}

const arrive = ({ node, loop }: Bench, ...transactions: readonly VerifiedTransaction[]) => {
  for (const one of transactions) expect(node.mempool.add(one)).toBe('added')
  loop.onTransactions(transactions)
}

const giveUp = (bench: Bench) => {
  bench.pass(200)
  return bench.events.slice(-2)
}

describe('what no leader could take when it proposed nothing', () => {
  test.each([
    ['a signer that nobody knows', [unknown]],
    ['a time that is yet to come', [early]],
    ['several of them', [early, unknown, unknown]],
  ])('gives no view up, and is new when it is offered again: %s', (_, kinds) => {
    const bench = startGivingUp()
    const all = kinds.map((kind) => kind(bench))
    arrive(bench, ...all)
    expect(giveUp(bench)).toEqual([
      { type: 'work', flags: NO_WORK },
      { type: 'timer', timer: 'leader', epoch: 1, view: 9 },
    ])
    for (const one of all) expect(bench.node.mempool.add(one)).toBe('added')
  })
})

describe('it waits on', () => {
  const waitsOn = (bench: Bench, count: number) => {
    expect(giveUp(bench).map(({ type }) => type)).toEqual(['work', 'timer'])
    expect(bench.events.at(-2)).toMatchObject({ flags: { transactions: count } })
    expect(bench.node.mempool.waitingCount()).toBe(count)
  }

  test.each([
    ['before', (bench: Bench, one: VerifiedTransaction) => [one, bench.forge.transfer(1)]],
    ['behind', (bench: Bench, one: VerifiedTransaction) => [bench.forge.transfer(1), one]],
  ])('%s one that may be taken, and may make its signer known', (_, order) => {
    const bench = startGivingUp()
    arrive(bench, ...order(bench, unknown(bench)))
    waitsOn(bench, 2)
  })

  test('above an open block, which may make it good', () => {
    const bench = startGivingUp()
    bench.node.build(bench.node.executor.final(), { of: [bench.forge.transfer(1)] })
    arrive(bench, unknown(bench))
    waitsOn(bench, 1)
  })

  test('when the leader proposed a block, which may make it good', () => {
    const bench = startGivingUp('advance')
    arrive(bench, unknown(bench))
    waitsOn(bench, 1)
  })
})
