import { describe, expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import { NO_WORK } from '#consensus/event.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import { COLLECTOR as collector } from '../../support/ledger-builders.ts'
import { digestOf, EPOCH, voteIn } from '../storage/records.ts'
import { certificateFor, finaliseOf } from './final-effects.ts'
import { createLoopBench, type Script } from './loop-bench.ts'

const START = { type: 'start' } as const
const VOTE = voteIn(1)
const BEACON: Effect = {
  type: 'publish',
  message: { type: 'vote', vote: VOTE.type === 'vote' ? VOTE.vote : failed() },
}
const PERSIST: Effect = { type: 'persist', record: VOTE }
const FATAL: Effect = {
  type: 'report',
  report: { kind: 'fatal', code: 'state_diverged', detail: 'here', proof: [] },
}

function failed(): never {
  throw new Error('not a vote')
}

const on =
  (effects: Partial<Record<string, readonly Effect[]>>): Script =>
  ({ type }) =>
    effects[type] ?? []

type From = 'proposal' | 'held'

const verifyOf = (
  { header, digest, transactions }: HeldBlock,
  { from, final }: { readonly from: From; readonly final: boolean },
): Effect => ({
  type: 'verify',
  epoch: 1,
  view: header.view,
  header,
  digest,
  body:
    from === 'held' ? { from } : { from, transactionHashes: transactions.map(({ hash }) => hash) },
  final,
  peers: [0],
})

describe('what a step says', () => {
  test('leaves once what it and every step before it persisted is on disk, in its order', () => {
    const bench = createLoopBench(on({ start: [PERSIST, BEACON], appCommitted: [BEACON] }))
    bench.loop.dispatch(START)
    bench.loop.dispatch({ type: 'appCommitted', height: 1 })
    expect(bench.log).toEqual(['write vote'])
    bench.synced()
    expect(bench.log).toEqual(['write vote', 'publish votes', 'publish votes'])
  })

  test('is one write for all events of a turn, and later ones wait for their own', () => {
    const bench = createLoopBench(on({ start: [PERSIST, BEACON], notBuilt: [PERSIST, BEACON] }))
    bench.loop.dispatch(START)
    bench.loop.dispatch({ type: 'notBuilt', epoch: 1, view: 1 })
    expect(bench.log).toEqual(['write vote', 'write vote'])
    bench.synced()
    expect(bench.log).toEqual(['write vote', 'write vote', 'publish votes', 'publish votes'])
  })

  test('about a final block is said to nobody before the votes that made it are on disk', () => {
    let final: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? [PERSIST, ...final] : []))
    const block = bench.node.build(bench.node.executor.final(), { of: [bench.forge.transfer(1)] })
    final = [finaliseOf(block)]
    bench.loop.dispatch(START)
    expect(bench.log).toEqual(['write vote'])
    expect(bench.node.executor.final().digest).not.toBe(block.digest)
    bench.synced()
    expect(bench.log).toEqual(['write vote', 'final'])
    expect(bench.types()).not.toContain('appCommitted')
    bench.stored()
    expect(bench.events).toContainEqual({ type: 'appCommitted', height: block.header.height })
  })
})

describe('a node that cannot go on', () => {
  test('takes no step more, writes nothing more and says nothing more', () => {
    const bench = createLoopBench(
      on({ start: [PERSIST, BEACON], notBuilt: [FATAL, PERSIST, BEACON] }),
    )
    bench.loop.dispatch(START)
    bench.loop.dispatch({ type: 'notBuilt', epoch: 1, view: 1 })
    expect(bench.log).toEqual(['write vote', 'fatal state_diverged here'])
    bench.synced()
    bench.node.mempool.add(bench.forge.transfer(1))
    bench.loop.onTransactions([])
    bench.loop.dispatch({ type: 'appCommitted', height: 1 })
    expect(bench.log).toHaveLength(2)
    expect(bench.types()).toEqual(['start', 'notBuilt'])
  })

  test('tells with its reason the certificates that prove it', () => {
    const proof = certificateFor(digestOf('fork'))
    const report = {
      kind: 'fatal',
      code: 'conflicting_certificates',
      detail: 'two',
      proof: [proof, proof],
    } as const
    const bench = createLoopBench(on({ start: [{ type: 'report', report }] }))
    bench.loop.dispatch(START)
    expect(bench.log[0]).toMatch(
      /^fatal conflicting_certificates two; proof [0-9a-f]{200,}; proof [0-9a-f]{200,}$/,
    )
  })
})

test('evidence is reported with both votes, byte by byte', () => {
  if (VOTE.type !== 'vote') throw new Error('not a vote')
  const evidence = { a: VOTE.vote, b: { ...VOTE.vote, digest: digestOf('other') } }
  const bench = createLoopBench(
    on({ start: [{ type: 'report', report: { kind: 'evidence', evidence } }] }),
  )
  bench.loop.dispatch(START)
  expect(bench.log[0]).toMatch(
    /^report consensus_evidence .*"first":"[0-9a-f]{200,}","second":"[0-9a-f]{200,}"/,
  )
})

describe('work', () => {
  test('is not told before the start', () => {
    const bench = createLoopBench(on({}))
    bench.node.mempool.add(bench.forge.transfer(1))
    bench.loop.onTransactions([])
    bench.loop.askBlockTime()
    expect(bench.events).toEqual([])
    bench.loop.dispatch(START)
    expect(bench.types()).toEqual(['start', 'work'])
  })

  test('is told again when other transactions wait, though as many as before', () => {
    const bench = createLoopBench(on({}))
    bench.loop.dispatch(START)
    const [first, second] = [bench.forge.transfer(1), bench.forge.transfer(2)]
    bench.node.mempool.add(first)
    bench.loop.onTransactions([])
    bench.node.mempool.settle([first.hash])
    bench.node.mempool.add(second)
    bench.loop.onTransactions([])
    expect(bench.types()).toEqual(['start', 'work', 'work'])
  })

  test('is told again when a block becomes final under what waits', () => {
    let final: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'appCommitted' ? final : []))
    const block = bench.node.build(bench.node.executor.final(), { of: [bench.forge.transfer(1)] })
    final = [PERSIST, finaliseOf(block)]
    bench.node.mempool.add(bench.forge.transfer(2))
    bench.loop.dispatch(START)
    bench.loop.dispatch({ type: 'appCommitted', height: 0 })
    expect(bench.types()).toEqual(['start', 'work', 'appCommitted'])
    bench.synced()
    expect(bench.types()).toEqual(['start', 'work', 'appCommitted', 'work'])
  })
})

describe('a transaction that no block can hold now', () => {
  const buildOn = (parent: Pick<HeldBlock, 'header' | 'digest'>): Effect => ({
    type: 'build',
    epoch: 1,
    view: 9,
    parentView: parent.header.view,
    parentDigest: parent.digest,
    template: {
      ...parent.header,
      view: 9,
      height: parent.header.height + 1,
      parentDigest: parent.digest,
      timestampMs: parent.header.timestampMs + 1,
    },
    allowTransactions: true,
    allowEmpty: false,
  })

  test('waits on while only an open block speaks against it, and is settled by a final one', () => {
    let effects: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? effects : []))
    const { world } = bench.forge
    const sale = bench.forge.transfer(1)
    const twin = world.sign(
      collector,
      { ...sale.body },
      { jti: sale.jti, expMs: sale.expMs + 1_000 },
    )
    const open = bench.node.build(bench.node.executor.final(), { of: [sale] })
    bench.node.mempool.add(twin)
    effects = [buildOn(open)]
    bench.loop.dispatch(START)
    expect(bench.types()).toContain('notBuilt')
    expect(bench.node.mempool.waitingCount()).toBe(1)
    bench.node.executor.finalise([open.digest])
    effects = [buildOn(open)]
    bench.loop.dispatch(START)
    expect(bench.node.mempool.waitingCount()).toBe(0)
    expect(bench.node.mempool.add(twin)).toBe('known')
  })

  test('because its time has not come makes no work meanwhile, and is taken when offered again', () => {
    let effects: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? effects : []))
    const { world } = bench.forge
    const jti = world.jti(world.nowMs() + 3_600_000)
    const early = world.sign(collector, bench.forge.transfer(1).body, {
      jti,
      expMs: world.nowMs() + 3_700_000,
    })
    bench.node.mempool.add(early)
    effects = [buildOn(bench.node.executor.final())]
    bench.loop.dispatch(START)
    expect(bench.node.mempool.waitingCount()).toBe(0)
    expect(bench.node.mempool.add(early)).toBe('added')
  })
})

/** A sale in an open block, and another one of the same id that waits. */
const withTwin = (script: Script) => {
  const bench = createLoopBench(script)
  const { world } = bench.forge
  const sale = bench.forge.transfer(1)
  const { jti, expMs, body } = sale
  const twin = world.sign(collector, { ...body }, { jti, expMs: expMs + 1_000 })
  const block = bench.node.build(bench.node.executor.final(), { of: [sale] })
  bench.node.mempool.add(twin)
  return { bench, twin, block }
}

describe('a transaction that a final block speaks against for good', () => {
  test('makes no work from that block on', () => {
    let final: Effect[] = []
    const { bench, twin, block } = withTwin(({ type }) => (type === 'appCommitted' ? final : []))
    final = [finaliseOf(block)]
    bench.loop.dispatch(START)
    expect(bench.types()).toEqual(['start', 'work'])
    bench.loop.dispatch({ type: 'appCommitted', height: 0 })
    expect(bench.events.at(-1)).toEqual({ type: 'work', flags: NO_WORK })
    expect(bench.node.mempool.add(twin)).toBe('known')
  })

  test.each(['leader', 'advance'] as const)('gives no view up on %s', (timer) => {
    const alarm = { type: 'setTimer', timer, epoch: 1, view: 9, atMs: 200 } as const
    const { bench, twin, block } = withTwin(on({ start: [alarm] }))
    bench.loop.dispatch(START)
    bench.pass(100)
    expect(bench.node.mempool.waitingCount()).toBe(1)
    bench.node.executor.finalise([block.digest])
    bench.pass(100)
    expect(bench.events.slice(-2)).toEqual([
      { type: 'work', flags: NO_WORK },
      { type: 'timer', timer, epoch: 1, view: 9 },
    ])
    expect(bench.node.mempool.add(twin)).toBe('known')
  })
})

describe('a block that is to be verified', () => {
  const prepared = (
    { from = 'proposal', final }: { readonly from?: From; readonly final: boolean },
    changed: (block: HeldBlock) => HeldBlock = (block) => block,
  ) => {
    let effects: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? effects : []))
    const block = changed(
      bench.leader.build(bench.leader.executor.final(), { of: [bench.forge.transfer(1)] }),
    )
    if (from === 'held') bench.node.executor.hold(block)
    effects = [verifyOf(block, { from, final })]
    const { digest, header } = block
    return { bench, block, answer: { type: 'verified', epoch: 1, view: header.view, digest } }
  }

  test('is answered once it was executed', () => {
    const { bench, block, answer } = prepared({ final: false })
    for (const one of block.transactions) bench.node.mempool.add(one)
    bench.loop.dispatch(START)
    expect(bench.events).toContainEqual({ ...answer, ok: true })
  })

  test.each<[string, From, boolean, string]>([
    ['of its whole body', 'held', false, 'invalid'],
    ['of its whole body and final', 'held', true, 'diverged'],
    ['of a list that nothing binds to it', 'proposal', false, 'invalid'],
    ['of a list that nothing binds to it, and final,', 'proposal', true, 'invalid'],
  ])('and gives other roots here is, %s %s', (_, from, final, reason) => {
    const wrong = (block: HeldBlock): HeldBlock => ({
      ...block,
      header: { ...block.header, stateRoot: digestOf('other') },
    })
    const { bench, block, answer } = prepared({ from, final }, wrong)
    for (const one of block.transactions) bench.node.mempool.add(one)
    bench.loop.dispatch(START)
    expect(bench.events).toContainEqual({ ...answer, ok: false, reason })
    expect(bench.node.executor.holds(block.digest)).toBe(from === 'held')
  })

  test.each([false, true])('and whose list is bad is invalid, being final: %s', (final) => {
    const twice = (block: HeldBlock): HeldBlock => ({
      ...block,
      transactions: [...block.transactions, ...block.transactions],
    })
    const { bench, answer } = prepared({ final }, twice)
    bench.loop.dispatch(START)
    expect(bench.events).toContainEqual({ ...answer, ok: false, reason: 'invalid' })
  })
})

test('a record that names a block takes its bytes along', () => {
  let effects: Effect[] = []
  const bench = createLoopBench((event) => (event.type === 'start' ? effects : []))
  const { digest, header } = bench.node.build(bench.node.executor.final())
  effects = [
    { type: 'persist', record: EPOCH },
    { type: 'persist', record: { type: 'block', view: 1, height: header.height, digest } },
  ]
  bench.loop.dispatch(START)
  expect(bench.log).toEqual(['write epoch block1'])
})
