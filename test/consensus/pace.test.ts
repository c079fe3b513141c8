import { describe, expect, test } from 'vitest'
import { BUSY_TRANSACTIONS, FILLING_GAPS, LOAD_FORGET_MS } from '#consensus/limits.ts'
import { createHarness, type Harness } from './harness.ts'

const DELTA = 5
const GAP_MS = 30
const BURST = 4 * BUSY_TRANSACTIONS

const started = (deltaMs = 200): Harness => {
  const harness = createHarness({
    size: 4,
    latencyMs: DELTA,
    config: { minBlockGapMs: GAP_MS, deltaMs },
  })
  harness.start()
  return harness
}

/** How many transactions the final blocks hold, oldest first. */
const blocksOf = ({ nodes }: Harness): readonly number[] =>
  nodes[0]?.disk.store.flatMap(({ blocks }) => blocks.map(({ hashes }) => hashes.length)) ?? []

const submit = (harness: Harness, name: string, count: number): void => {
  for (let index = 0; index < count; index++) harness.submit(`${name} ${index}`)
}

describe('pace of blocks', () => {
  test('a lone payment never waits', () => {
    const harness = started()
    for (let payment = 0; payment < 5; payment++) {
      harness.submit(`payment ${payment}`)
      harness.advance(3 * DELTA)
      expect(blocksOf(harness)).toHaveLength(payment + 1)
    }
  })

  test('while a block is open the next one waits for the least gap', () => {
    const harness = started()
    harness.submit('first')
    harness.advance(1)
    harness.submit('second')
    harness.advance(1)
    harness.submit('third')
    harness.advance(200)
    expect(blocksOf(harness)).toEqual([1, 2])
  })

  test('under load the first of a burst waits for the rest of it', () => {
    const harness = started()
    submit(harness, 'first burst', BURST)
    harness.advance(100)
    const before = blocksOf(harness).length
    harness.submit('the first one')
    harness.advance(10)
    submit(harness, 'second burst', BURST - 1)
    harness.advance(3 * DELTA)
    expect(blocksOf(harness).slice(before)).toEqual([BURST])
  })

  test('the rest of a burst that does not come is waited for so long and no longer', () => {
    const harness = started()
    submit(harness, 'burst', BURST)
    harness.advance(100)
    const before = blocksOf(harness).length
    harness.submit('alone')
    harness.advance(FILLING_GAPS * GAP_MS - 1)
    expect(blocksOf(harness)).toHaveLength(before)
    harness.advance(1 + 3 * DELTA)
    expect(blocksOf(harness).slice(before)).toEqual([1])
  })

  test('a leader that waits for the rest of a burst is not held to be silent', () => {
    // The whole wait is longer than 2Δ.
    const harness = started(FILLING_GAPS * GAP_MS * 0.4)
    submit(harness, 'burst', BURST)
    harness.advance(100)
    harness.submit('alone')
    harness.advance(FILLING_GAPS * GAP_MS + 3 * DELTA)
    const standing = harness.nodes[0]?.replica.standing()
    expect(standing?.finalisedHeight).toBeGreaterThan(1)
    expect(standing?.settledView).toBe(standing?.finalisedHeight)
    expect(blocksOf(harness).at(-1)).toBe(1)
  })

  test('after a pause nobody waits for a burst of long ago', () => {
    const harness = started()
    submit(harness, 'burst', BURST)
    harness.advance(LOAD_FORGET_MS + 100)
    const before = blocksOf(harness).length
    harness.submit('alone')
    harness.advance(3 * DELTA)
    expect(blocksOf(harness).slice(before)).toEqual([1])
  })
})
