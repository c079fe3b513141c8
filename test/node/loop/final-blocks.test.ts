import { describe, expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import { UNCOMMITTED_BLOCKS_MAX, UNCOMMITTED_BYTES_MAX } from '#node/loop/chain-effects.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import { voteIn } from '../storage/records.ts'
import { certificateFor, finaliseOf } from './final-effects.ts'
import { createLoopBench } from './loop-bench.ts'

const START = { type: 'start' } as const

function failed(): never {
  throw new Error('no block')
}

const VOTE = voteIn(1)

describe('fetched final blocks', () => {
  const fetching = (forged: boolean) => {
    let effects: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? effects : []), {
      slow: true,
      forged,
    })
    const blocks = [1, 2].map((amount) => {
      const parent = bench.leader.executor.tip()
      const held = bench.leader.build(parent, { of: [bench.forge.transfer(amount)] })
      return bench.leader.executor.executed(held.digest) ?? failed()
    })
    const segments = blocks.map((block) => ({
      blocks: [block],
      certificate: certificateFor(block.digest),
    }))
    effects = [{ type: 'fetch', what: 'segments', fromHeight: 1, peers: [0] }]
    bench.loop.dispatch(START)
    bench.fetches[0]?.done({ type: 'segments', segments, from: 'peer' })
    return { bench, segments }
  }

  test('have their signatures checked once the last certificate proves them', () => {
    const { bench, segments } = fetching(false)
    expect(bench.judged).toEqual([segments[1]?.certificate])
    expect(bench.checks).toHaveLength(1)
    bench.checked()
    expect(bench.types()).toContain('fetchedSegments')
  })

  test('that no quorum signed cost no signature check, and count against who sent them', () => {
    const { bench } = fetching(true)
    expect(bench.checks).toEqual([])
    expect(bench.log).toContain('score peer invalid_certificate')
    expect(bench.types()).toEqual(['start', 'fetchFailed'])
  })
})

describe('final blocks are fetched no faster than the store takes them', () => {
  type Bench = ReturnType<typeof createLoopBench>

  const many = ({ node }: Bench): readonly HeldBlock[] => {
    const chain: HeldBlock[] = []
    for (let at = 0; at <= UNCOMMITTED_BLOCKS_MAX; at++) {
      chain.push(node.build(chain.at(-1) ?? node.executor.final()))
    }
    return chain
  }

  const heavy = ({ node, leader, forge }: Bench): readonly HeldBlock[] => {
    const built = leader.build(leader.executor.final(), { of: [forge.transfer(1)] })
    const transactions = built.transactions.map((one) => ({
      ...one,
      size: UNCOMMITTED_BYTES_MAX + 1,
    }))
    const block = { ...built, transactions }
    node.executor.hold(block)
    node.executor.execute(block.digest)
    return [block]
  }

  test.each([
    ['many', many],
    ['heavy', heavy],
  ])('being %s', (_, make) => {
    let effects: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? effects : []))
    effects = [
      ...make(bench).map(finaliseOf),
      { type: 'fetch', what: 'segments', fromHeight: 9_999, peers: [0] },
    ]
    bench.loop.dispatch(START)
    expect(bench.log).not.toContain('fetch segments')
    bench.stored()
    expect(bench.log.filter((line) => line === 'fetch segments')).toHaveLength(1)
  })
})

test('while the store lags nothing more becomes final, and then everything goes on', () => {
  let next: HeldBlock | undefined
  const bench = createLoopBench(({ type }) =>
    type === 'message' && next !== undefined ? [finaliseOf(next)] : [],
  )
  bench.loop.dispatch(START)
  const message = { type: 'vote', vote: VOTE.type === 'vote' ? VOTE.vote : failed() } as const
  const finalised = (): number => bench.log.filter((line) => line === 'final').length
  const hear = (): void => {
    next = bench.node.build(bench.node.executor.final())
    bench.loop.dispatch({ type: 'message', from: 1, message })
  }
  for (let at = 0; at < UNCOMMITTED_BLOCKS_MAX + 50; at++) hear()
  expect(finalised()).toBe(UNCOMMITTED_BLOCKS_MAX)
  expect(bench.log.filter((line) => line.startsWith('report store_behind'))).toHaveLength(1)
  bench.stored()
  hear()
  expect(finalised()).toBe(UNCOMMITTED_BLOCKS_MAX + 1)
})
