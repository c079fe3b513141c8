import { describe, expect, test } from 'vitest'
import { createHarness } from './harness.ts'

const DELTA = 10

describe('the happy path', () => {
  test.each([4, 7])(
    'with %i authorities a payment is final exactly 3 δ after the proposal',
    (size) => {
      const harness = createHarness({ size, latencyMs: DELTA })
      harness.start()
      const startedAt = harness.nowMs()
      harness.submit('payment')
      harness.advance(200)
      for (const node of harness.nodes) {
        const times = node.finalAt.map(({ height, atMs }) => [height, atMs])
        expect(times).toEqual([[1, startedAt + 3 * DELTA]])
      }
    },
  )

  test('blocks follow each other after exactly 2 δ under load', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    for (let tick = 0; tick < 40; tick++) {
      harness.submit(`payment ${tick}`)
      harness.advance(5)
    }
    const times = harness.nodes[0]?.finalAt.map(({ atMs }) => atMs) ?? []
    const gaps = times.slice(1).map((atMs, index) => atMs - (times[index] ?? 0))
    expect(gaps.length).toBeGreaterThan(5)
    expect(new Set(gaps)).toEqual(new Set([2 * DELTA]))
  })

  test('all authorities finalise the same blocks', () => {
    const harness = createHarness({ size: 7, latencyMs: DELTA })
    harness.start()
    for (let tick = 0; tick < 30; tick++) {
      harness.submit(`payment ${tick}`)
      harness.advance(7)
    }
    harness.advance(500)
    const chains = harness.nodes.map(({ finalAt }) => finalAt.map(({ digest }) => digest))
    expect(chains[0]?.length).toBeGreaterThan(3)
    for (const chain of chains) expect(chain).toEqual(chains[0])
  })

  test('an idle federation says nothing but beacons', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.submit('payment')
    harness.advance(300)
    const before = harness.nodes.map(({ sent }) => sent.length)
    harness.advance(60_000)
    harness.nodes.forEach((node, index) => {
      const said = node.sent.slice(before[index]).map(({ message }) => message.type)
      expect(new Set(said)).toEqual(new Set(['beacon']))
      expect(node.disk.journal.length).toBeLessThan(12)
    })
  })

  test('a solo venue decides alone and at once', () => {
    const harness = createHarness({ size: 1 })
    harness.start()
    harness.submit('one')
    harness.advance(1)
    harness.submit('two')
    harness.advance(1)
    expect(harness.nodes[0]?.finalAt.map(({ height }) => height)).toEqual([1, 2])
    expect(harness.nodes[0]?.sent).toEqual([])
  })

  test('a heartbeat block ends a long silence', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA, config: { heartbeatMs: 30_000 } })
    harness.start()
    harness.advance(95_000)
    for (const node of harness.nodes) expect(node.finalAt).toHaveLength(3)
  })
})
