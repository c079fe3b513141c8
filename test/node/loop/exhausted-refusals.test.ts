import { describe, expect, test, vi } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import { NO_WORK } from '#consensus/event.ts'
import { createSpentBudgets } from '#node/pipeline/spent-budgets.ts'
import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { hourEndMs, hourOf } from '#protocol/ledger/period.ts'
import { FIRST_RULES } from '#protocol/ledger/rules.ts'
import { actor } from '../../support/actors.ts'
import { COLLECTOR } from '../../support/ledger-builders.ts'
import { finaliseOf } from './final-effects.ts'
import { createLoopBench, type Script } from './loop-bench.ts'

const START = { type: 'start' } as const
const failed = (): never => {
  throw new Error('a rule of ours is wrong')
}

/** More medals than there are. */
const TOO_MANY = 200_000

/** A federation in which the collector may be refused once an hour. */
const createTightBench = (script: Script) =>
  createLoopBench(script, { parameters: { refusedPerHour: 1 } })
type Bench = ReturnType<typeof createTightBench>

const refusable = ({ forge }: Bench, amount = TOO_MANY) => forge.transfer(amount)

/** The guest hands medals back. */
const giveBack = ({ forge: { world } }: Bench, amount: number) => {
  const guest = actor('guest')
  const [from, to] = [walletIdOfKey(guest.key), walletIdOfKey(COLLECTOR.key)]
  const body = { kind: 'transfer', from, to, asset: world.medal, amount: units(amount) } as const
  return world.sign(guest, body)
}

/** An open block that uses up what the collector may be refused. */
const spend = ({ node, forge }: Bench) =>
  node.build(node.executor.final(), { of: [forge.transfer(TOO_MANY)] })

/** An authority that has started after a final block that used it up. */
const startSpent = (script: Script = () => []) => {
  const bench = createTightBench(script)
  bench.node.executor.finalise([spend(bench).digest])
  bench.loop.dispatch(START)
  return bench
}

const arrive = ({ node, loop }: Bench, ...transactions: ReturnType<typeof refusable>[]) => {
  const relayed: string[] = []
  for (const one of transactions) expect(node.mempool.add(one)).toBe('added')
  loop.onTransactions(transactions, (text) => relayed.push(text))
  return relayed
}

describe('a transaction that state refuses and that may not even be refused', () => {
  test('makes no work when it comes, is passed on to nobody, and is new when it comes again', () => {
    const bench = startSpent()
    const late = refusable(bench)
    expect(arrive(bench, late)).toEqual([])
    expect(bench.types()).toEqual(['start'])
    expect(bench.node.mempool.waitingCount()).toBe(0)
    expect(bench.node.mempool.add(late)).toBe('added')
  })

  test('makes no work from the block on that used the refusals up, whoever led', () => {
    let final: Effect[] = []
    const bench = createTightBench(({ type }) => (type === 'appCommitted' ? final : []))
    final = [finaliseOf(spend(bench))]
    bench.node.mempool.add(refusable(bench))
    bench.node.mempool.add(refusable(bench))
    bench.loop.dispatch(START)
    expect(bench.events.at(-1)).toMatchObject({ type: 'work', flags: { transactions: 2 } })
    bench.loop.dispatch({ type: 'appCommitted', height: 0 })
    expect(bench.events.at(-1)).toEqual({ type: 'work', flags: NO_WORK })
  })

  test.each(['leader', 'advance'] as const)('gives no view up on %s', (timer) => {
    const alarm = { type: 'setTimer', timer, epoch: 1, view: 9, atMs: 200 } as const
    const bench = createTightBench(({ type }) => (type === 'start' ? [alarm] : []))
    const block = spend(bench)
    bench.node.mempool.add(refusable(bench))
    bench.loop.dispatch(START)
    bench.node.executor.finalise([block.digest])
    bench.pass(200)
    expect(bench.events.slice(-2)).toEqual([
      { type: 'work', flags: NO_WORK },
      { type: 'timer', timer, epoch: 1, view: 9 },
    ])
  })

  test('is let go after a restart too: that refusals are spent is in the state', () => {
    const bench = createTightBench(() => [])
    bench.node.executor.finalise([spend(bench).digest])
    const { ledger, executor } = bench.node
    const { isExhausted } = createSpentBudgets(ledger)
    const timeMs = executor.final().header.timestampMs + 1
    expect(isExhausted(refusable(bench), timeMs, [executor.finalView()])).toBe(true)
    expect(isExhausted(refusable(bench, 1), timeMs, [executor.finalView()])).toBe(false)
  })
})

describe('work stays', () => {
  test('what state agrees to, though its signer may not be refused, and it alone is passed on', () => {
    const bench = startSpent()
    const good = refusable(bench, 1)
    expect(arrive(bench, refusable(bench), good, refusable(bench))).toEqual([good.text])
    expect(bench.events.at(-1)).toMatchObject({ type: 'work', flags: { transactions: 1 } })
    expect([...bench.node.mempool.waiting()]).toEqual([good])
  })

  test('what an open block makes good, until that block is taken back', () => {
    const alarm = { type: 'setTimer', timer: 'leader', epoch: 1, view: 9, atMs: 200 } as const
    const bench = startSpent(({ type }) => (type === 'appCommitted' ? [alarm] : []))
    const { node, forge } = bench
    const all = refusable(bench, 100_000)
    const back = node.build(node.executor.final(), { of: [forge.transfer(1)] })
    node.executor.finalise([back.digest])
    const gift = node.build(node.executor.final(), { of: [giveBack(bench, 1)] })
    arrive(bench, all)
    expect(bench.events.at(-1)).toMatchObject({ type: 'work', flags: { transactions: 1 } })
    node.executor.retreat(gift.digest)
    node.mempool.settle(gift.transactions.map(({ hash }) => hash))
    bench.loop.dispatch({ type: 'appCommitted', height: 0 })
    bench.pass(200)
    expect(bench.events).toContainEqual({ type: 'work', flags: NO_WORK })
  })

  test('what only an open block speaks against', () => {
    const bench = startSpent()
    const { node, forge } = bench
    node.build(node.executor.final(), { of: [forge.transfer(100_000)] })
    const good = refusable(bench, 1)
    expect(arrive(bench, good)).toEqual([good.text])
    expect(bench.events.at(-1)).toMatchObject({ type: 'work', flags: { transactions: 1 } })
  })

  test('what makes a rule throw: a block finds it out, and it is quarantined', () => {
    const bench = startSpent()
    const { node, forge } = bench
    const { ledger } = node
    const rules = { ...FIRST_RULES, transfer: () => failed() }
    const { isExhausted } = createSpentBudgets({ ...ledger, book: new Map([[1, rules]]) })
    const timeMs = forge.world.nowMs() + 1
    expect(isExhausted(refusable(bench), timeMs, [ledger.state])).toBe(false)
  })

  test('what came once the hour of the spent refusals is over', () => {
    const bench = startSpent()
    const { clock, forge } = bench
    const { body } = refusable(bench)
    bench.pass(hourEndMs(hourOf(clock.wallMs())) - clock.wallMs())
    const nowMs = clock.wallMs()
    const jti = forge.world.jti(nowMs)
    arrive(bench, forge.world.sign(COLLECTOR, body, { jti, expMs: nowMs + 60_000 }))
    expect(bench.events.at(-1)).toMatchObject({ type: 'work', flags: { transactions: 1 } })
  })
})

test('while nobody has used the refusals up, nothing is read of state to find that out', () => {
  const bench = createTightBench(() => [])
  bench.loop.dispatch(START)
  const reads = vi.spyOn(bench.node.ledger.state, 'get')
  arrive(bench, refusable(bench), refusable(bench))
  expect(reads).not.toHaveBeenCalled()
  expect(bench.node.mempool.waitingCount()).toBe(2)
})
