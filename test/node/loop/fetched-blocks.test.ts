import { describe, expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import { UNCOMMITTED_BLOCKS_MAX } from '#node/loop/chain-effects.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import type { Block } from '#protocol/chain/block.ts'
import { voteIn } from '../storage/records.ts'
import { certificateFor, finaliseOf } from './final-effects.ts'
import { createLoopBench } from './loop-bench.ts'

const START = { type: 'start' } as const
const VOTE = voteIn(1)

function failed(): never {
  throw new Error('not there')
}

describe('a fetched block', () => {
  const fetching = () => {
    let effects: Effect[] = []
    const bench = createLoopBench((event) => (event.type === 'start' ? effects : []), {
      slow: true,
    })
    const held = bench.leader.build(bench.leader.executor.final(), {
      of: [bench.forge.transfer(1)],
    })
    const block: Block = bench.leader.executor.executed(held.digest) ?? failed()
    effects = [{ type: 'fetch', what: 'block', digest: held.digest, peers: [0] }]
    bench.loop.dispatch(START)
    const found = (): void => bench.fetches[0]?.done({ type: 'block', block, from: 'peer' })
    return { bench, block, found, stepWith: (next: Effect[]) => (effects = next) }
  }

  test('is held and answered once its signatures were checked', () => {
    const { bench, block, found } = fetching()
    found()
    expect(bench.types()).not.toContain('fetchedBlock')
    bench.checked()
    expect(bench.events).toContainEqual({
      type: 'fetchedBlock',
      header: block.header,
      digest: block.digest,
    })
    expect(bench.node.executor.holds(block.digest)).toBe(true)
  })

  test('abandoned while its signatures are checked is neither held nor answered', () => {
    const { bench, block, found, stepWith } = fetching()
    found()
    stepWith([{ type: 'abandon', digest: block.digest }])
    bench.loop.dispatch(START)
    bench.checked()
    expect(bench.types()).not.toContain('fetchedBlock')
    expect(bench.node.executor.holds(block.digest)).toBe(false)
  })
})

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

test('final blocks are fetched no faster than the store takes them', () => {
  let effects: Effect[] = []
  const bench = createLoopBench((event) => (event.type === 'start' ? effects : []))
  const chain: HeldBlock[] = []
  for (let at = 0; at <= UNCOMMITTED_BLOCKS_MAX; at++) {
    chain.push(bench.node.build(chain.at(-1) ?? bench.node.executor.final()))
  }
  effects = [
    ...chain.map(finaliseOf),
    { type: 'fetch', what: 'segments', fromHeight: 9_999, peers: [0] },
  ]
  bench.loop.dispatch(START)
  expect(bench.log).not.toContain('fetch segments')
  bench.stored()
  expect(bench.log.filter((line) => line === 'fetch segments')).toHaveLength(1)
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
