import { describe, expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import type { Block } from '#protocol/chain/block.ts'
import { createLoopBench } from './loop-bench.ts'

const START = { type: 'start' } as const

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
