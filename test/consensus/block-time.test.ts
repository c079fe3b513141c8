import { describe, expect, test } from 'vitest'
import { NO_WORK } from '#consensus/event.ts'
import { EMPTY_BLOCK_PAUSE_MS, EMPTY_RUN_MAX } from '#protocol/chain/chain-limits.ts'
import { createHarness } from './harness.ts'

const ASKED = { type: 'work', flags: { ...NO_WORK, blockTimeAsked: true } } as const

/** Everybody asks for block time over and over, as outboxes with an expired transaction do. */
const askFor = (harness: ReturnType<typeof createHarness>, ms: number): void => {
  for (let passed = 0; passed < ms; passed += 100) {
    for (const node of harness.nodes) harness.feed(node, ASKED)
    harness.advance(100)
  }
}

describe('block time that is asked for without end', () => {
  test('is told by a bounded run of empty blocks, and then by one in a while', () => {
    const harness = createHarness({ size: 4 })
    harness.start()
    askFor(harness, 10_000)
    const standings = () => harness.nodes.map(({ replica }) => replica.standing())
    for (const { finalisedHeight } of standings()) expect(finalisedHeight).toBe(EMPTY_RUN_MAX)
    askFor(harness, 3 * EMPTY_BLOCK_PAUSE_MS)
    for (const { finalisedHeight } of standings()) expect(finalisedHeight).toBe(EMPTY_RUN_MAX + 3)
  })

  test.each([1, 4])('is told once, and not by every leader until it is final: %i', (size) => {
    const harness = createHarness({ size })
    harness.start()
    for (const node of harness.nodes) harness.feed(node, ASKED)
    harness.advance(10_000)
    for (const { replica } of harness.nodes) {
      expect(replica.standing().finalisedHeight).toBe(1)
    }
  })

  test('ends no view in which no block could be made', () => {
    const harness = createHarness({ size: 4 })
    harness.start()
    askFor(harness, 3 * EMPTY_BLOCK_PAUSE_MS)
    for (const { replica } of harness.nodes) {
      const { finalisedHeight, view } = replica.standing()
      expect(view).toBe(finalisedHeight + 1)
    }
  })

  test('delays no payment', () => {
    const harness = createHarness({ size: 4 })
    harness.start()
    askFor(harness, 20_000)
    harness.submit('payment')
    harness.advance(100)
    for (const { replica } of harness.nodes) {
      expect(replica.standing().finalisedHeight).toBe(EMPTY_RUN_MAX + 1)
    }
  })

  test('of a run that a restarted member no longer knows ends again', () => {
    const harness = createHarness({ size: 4 })
    harness.start()
    askFor(harness, 5_000)
    for (const node of harness.nodes) {
      harness.crash(node)
      harness.restart(node)
      askFor(harness, 5_000)
    }
    for (const { replica } of harness.nodes) {
      const { finalisedHeight, view } = replica.standing()
      expect(finalisedHeight).toBeGreaterThanOrEqual(EMPTY_RUN_MAX)
      expect(view - finalisedHeight).toBeLessThan(3 * harness.nodes.length)
    }
  })
})
