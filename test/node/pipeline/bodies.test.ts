import { describe, expect, test } from 'vitest'
import type { VerifyEffect } from '#consensus/effect.ts'
import { BODY_GRACE_MS, type BodyResult, createBodies } from '#node/pipeline/bodies.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import type { Ingress } from '#node/pipeline/ingress.ts'
import type { Fetcher, Found, Want } from '#node/sync/fetcher.ts'
import { BLOCK_BODY_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'
import { createForge } from './block-forge.ts'

/** A proposal of two transactions of which a node has none, and everything it waits for. */
const createBench = () => {
  const forge = createForge()
  const [leader, node] = [forge.node(), forge.node()]
  const [first, second] = [forge.transfer(1), forge.transfer(2)]
  const block = leader.build(leader.executor.final(), { of: [first, second] })
  const alarms = createAlarmClock()
  const fetches: { readonly want: Want; readonly done: (found?: Found) => void }[] = []
  const cancelled: Want[] = []
  const fetcher: Fetcher = {
    fetch: (want, _, done) => void fetches.push({ want, done }),
    cancel: (want) => void cancelled.push(want),
    onResponse: () => undefined,
  }
  let check: Parameters<Ingress['verify']>[1] | undefined
  const ingress: Ingress = {
    receive: () => undefined,
    verify: (_, done) => {
      check = done
    },
    trust: () => {
      throw new Error('not of use here')
    },
  }
  const bodies = createBodies({ ...alarms, ...node, ingress, fetcher, peersOf: () => ['leader'] })
  const results: BodyResult[] = []
  return {
    ...alarms,
    node,
    block,
    first,
    second,
    bodies,
    results,
    fetches,
    obtain: (of: HeldBlock = block, hashes = of.transactions.map(({ hash }) => hash)) =>
      bodies.obtain(effectOf(of, hashes), (result) => void results.push(result)),
    found: (transactions: readonly VerifiedTransaction[]) =>
      fetches.at(-1)?.done({
        type: 'transactions',
        transactions: transactions.map(({ text }) => text),
        from: 'leader',
      }),
    checked: (transactions: readonly VerifiedTransaction[] | undefined) => check?.(transactions),
  }
}

const effectOf = (
  { header, digest }: HeldBlock,
  transactionHashes: readonly VerifiedTransaction['hash'][],
): VerifyEffect => ({
  type: 'verify',
  epoch: 1,
  view: 1,
  header,
  digest,
  body: { from: 'proposal', transactionHashes },
  final: false,
  peers: [0],
})

describe('a body', () => {
  test('of transactions that are here is held at once', () => {
    const bench = createBench()
    for (const one of [bench.first, bench.second]) bench.node.mempool.add(one)
    bench.obtain()
    expect(bench.results).toEqual(['held'])
    expect(bench.armed()).toEqual([])
  })

  test('is complete when the last transaction comes, and nothing is asked for', () => {
    const bench = createBench()
    bench.obtain()
    for (const one of [bench.first, bench.second]) {
      bench.node.mempool.add(one)
      bench.bodies.onArrival()
    }
    bench.pass(BODY_GRACE_MS)
    expect(bench.results).toEqual(['held'])
    expect(bench.fetches).toEqual([])
  })

  test('asks for what is missing after the grace, and holds what was found and checked', () => {
    const bench = createBench()
    bench.node.mempool.add(bench.first)
    bench.obtain()
    bench.pass(BODY_GRACE_MS)
    expect(bench.fetches.map(({ want }) => want)).toEqual([
      { type: 'transactions', digest: bench.block.digest, hashes: [bench.second.hash] },
    ])
    bench.found([bench.second])
    bench.checked([bench.second])
    expect(bench.results).toEqual(['held'])
    expect(bench.node.executor.execute(bench.block.digest)).toEqual({ kind: 'valid' })
  })

  test('that is wanted twice is answered twice, once each', () => {
    const bench = createBench()
    bench.obtain()
    bench.obtain()
    bench.pass(BODY_GRACE_MS)
    bench.found([bench.first, bench.second])
    bench.checked([bench.first, bench.second])
    expect(bench.results).toEqual(['held', 'held'])
    expect(bench.fetches).toHaveLength(1)
  })

  test('is there when the whole block came another way', () => {
    const bench = createBench()
    bench.obtain()
    bench.node.executor.hold(bench.block)
    bench.bodies.onArrival()
    expect(bench.results).toEqual(['held'])
    expect(bench.armed()).toEqual([])
  })

  test('that nobody has is unavailable; with a bad signature it is bad', () => {
    const lost = createBench()
    lost.obtain()
    lost.pass(BODY_GRACE_MS)
    lost.fetches[0]?.done()
    expect(lost.results).toEqual(['unavailable'])
    const forged = createBench()
    forged.obtain()
    forged.pass(BODY_GRACE_MS)
    forged.found([forged.first, forged.second])
    forged.checked(undefined)
    expect(forged.results).toEqual(['bad'])
  })

  test('that names a transaction twice is bad', () => {
    const bench = createBench()
    bench.obtain(bench.block, [bench.first.hash, bench.first.hash])
    expect(bench.results).toEqual(['bad'])
  })

  test('longer than a block may be is bad: nobody could store or fetch it', () => {
    const bench = createBench()
    for (const one of [bench.first, bench.second]) {
      bench.node.mempool.add({ ...one, size: BLOCK_BODY_BYTES_MAX / 2 + 1 })
    }
    bench.obtain()
    expect(bench.results).toEqual(['bad'])
    expect(bench.node.executor.holds(bench.block.digest)).toBe(false)
  })

  test.each(['while it waits', 'while it is fetched', 'while its signatures are checked'])(
    'abandoned %s is never answered nor held',
    (when) => {
      const bench = createBench()
      bench.obtain()
      if (when !== 'while it waits') bench.pass(BODY_GRACE_MS)
      if (when === 'while its signatures are checked') bench.found([bench.first, bench.second])
      bench.bodies.abandon(bench.block.digest)
      bench.found([bench.first, bench.second])
      bench.checked([bench.first, bench.second])
      bench.pass(1_000)
      expect(bench.results).toEqual([])
      expect(bench.node.executor.holds(bench.block.digest)).toBe(false)
      expect(bench.armed()).toEqual([])
    },
  )
})
