import { describe, expect, test } from 'vitest'
import { createHarness } from './harness.ts'
import type { Node } from './harness-node.ts'

/** Final heights of the beacons that followers were told. */
const heightsTold = (node: Node): readonly number[] =>
  node.published.flatMap((message) =>
    message.type === 'beacon' ? [message.beacon.finalisedHeight] : [],
  )

describe('a beacon to followers', () => {
  test('after a power cut does not deny a block that was final', () => {
    const harness = createHarness({ size: 4 })
    harness.start()
    harness.submit('first')
    harness.advance(1_000)
    // The stores are late: what becomes final now is only in journals and block logs.
    harness.stores.lagMs = 60_000
    harness.submit('told')
    harness.advance(500)
    const final = Math.max(
      ...harness.nodes.flatMap(({ finalAt }) => finalAt.map((at) => at.height)),
    )
    harness.stores.lagMs = 0
    for (const node of harness.nodes) {
      harness.crash(node)
      node.disk.store.pop()
      node.published.length = 0
    }
    for (const node of harness.nodes) harness.restart(node)
    for (const node of harness.nodes) harness.feed(node, { type: 'followerConnected' })
    harness.advance(500)
    const told = harness.nodes.flatMap(heightsTold)
    expect(told.length).toBeGreaterThan(0)
    expect(Math.min(...told)).toBeGreaterThanOrEqual(final)
  })
})
