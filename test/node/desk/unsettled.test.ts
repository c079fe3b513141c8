import { afterEach, describe, expect, test, vi } from 'vitest'
import { createUnsettled } from '#node/desk/unsettled.ts'
import { hashOf } from '#protocol/hash.ts'
import { closeBars, loadedCard, openedBar, pay, takings } from './bar.ts'
import { createMachine } from './machine.ts'
import { bar as barOf, startNode } from './solo-node.ts'

afterEach(closeBars)

/** A bar that answered `applied` and was killed before its store had the block; not started yet. */
const answeredAndKilled = async () => {
  const machine = createMachine()
  const before = await openedBar(machine)
  await loadedCard(before, 2_000)
  const { node, token, local } = before
  await node.recent.reachStored(node.recent.head().height, new AbortController().signal)
  machine.hold('commits')
  const order = { id: node.newId(), amount: 650 }
  const answer = await pay(before, before.errand(), order)
  expect(answer).toMatchObject({ state: { status: 'applied' } })
  node.stop()
  machine.kill()
  const again = await startNode(machine)
  const bar = await barOf(again, token, local)
  // Without this the test would show nothing: the store lacks the block, the outbox has the payment.
  expect(takings(bar)).toBe(0)
  expect(again.core.outbox.entries()).toMatchObject([{ id: order.id }])
  return { bar, order }
}

describe('a payment that was answered as applied', () => {
  test('is not told to be pending by a node that was killed before its store had it', async () => {
    const { bar, order } = await answeredAndKilled()
    const { node, place } = bar
    const read = await node.ledger.transaction(place, order.id)
    expect(read.value).toBe('unsettled')
    expect((await node.ledger.receipt(place, order.id)).value).toBe('unsettled')
    expect(await node.submissions.open({ place, limit: 10 })).toBe('unsettled')
    expect(await pay(bar, bar.errand(0), order)).toMatchObject({
      kind: 'unavailable',
      code: 'node_starting',
    })
    node.stop()
  })

  test('is told to be applied again as soon as the node takes part', async () => {
    const { bar, order } = await answeredAndKilled()
    const { node, place } = bar
    const replay = pay(bar, bar.errand(), order)
    node.start()
    expect(await replay).toMatchObject({ replayed: true, state: { status: 'applied' } })
    expect(takings(bar)).toBe(650)
    expect((await node.ledger.transaction(place, order.id)).value).toMatchObject({
      status: 'applied',
    })
    expect(await node.submissions.open({ place, limit: 10 })).toEqual([])
    node.stop()
  })
})

describe('what an earlier run left open', () => {
  const hash = hashOf(Uint8Array.of(1))

  test('stays settled once the copy was current, also when it is cut off later', () => {
    const isCaughtUp = vi.fn(() => false)
    const unsettled = createUnsettled([{ hash }], isCaughtUp)
    expect(unsettled.has(hash)).toBe(true)
    isCaughtUp.mockReturnValue(true)
    unsettled.observe()
    isCaughtUp.mockReturnValue(false)
    expect(unsettled.has(hash)).toBe(false)
  })

  test('does not concern what came after the start', () => {
    const unsettled = createUnsettled([{ hash }], () => false)
    expect(unsettled.has(hashOf(Uint8Array.of(2)))).toBe(false)
  })
})
