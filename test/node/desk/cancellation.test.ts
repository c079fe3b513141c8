import { afterEach, describe, expect, test } from 'vitest'
import { closeBars, loadedCard, openedBar, pay, takings } from './bar.ts'
import { createMachine } from './machine.ts'
import { bar as barOf, openBar, startNode } from './solo-node.ts'

afterEach(closeBars)

describe('a cancellation', () => {
  test('of a payment that came first answers that it was applied', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const id = bar.node.newId()
    await pay(bar, bar.errand(), { id, amount: 650 })
    const answer = await bar.node.desk.cancel(id, bar.errand())
    expect(answer).toMatchObject({ replayed: true, state: { status: 'applied' } })
    expect(takings(bar)).toBe(650)
  })

  test('that came first uses the id up: the late payment is cancelled and charges nothing', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const id = bar.node.newId()
    const answer = await bar.node.desk.cancel(id, bar.errand())
    expect(answer).toMatchObject({ replayed: false, state: { status: 'cancelled' } })
    const late = await pay(bar, bar.errand(), { id, amount: 650 })
    expect(late).toMatchObject({ replayed: true, state: { status: 'cancelled' } })
    const again = await bar.node.desk.cancel(id, bar.errand())
    expect(again).toMatchObject({ replayed: true, state: { status: 'cancelled' } })
    expect(takings(bar)).toBe(0)
  })

  test('at the same time as the payment: both hear the same, and it is what happened', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const id = bar.node.newId()
    const [paid, cancelled] = await Promise.all([
      pay(bar, bar.errand(), { id, amount: 650 }),
      bar.node.desk.cancel(id, bar.errand()),
    ])
    if (paid.kind !== 'outcome' || cancelled.kind !== 'outcome') throw new Error('no outcome')
    expect(paid.state).toEqual(cancelled.state)
    expect(takings(bar)).toBe(paid.state.status === 'applied' ? 650 : 0)
  })

  test('of a refused payment answers the refusal', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const id = bar.node.newId()
    await pay(bar, bar.errand(), { id, amount: 650 })
    const answer = await bar.node.desk.cancel(id, bar.errand())
    expect(answer).toMatchObject({ state: { status: 'refused', code: 'insufficient_funds' } })
  })
})

describe('while no block is made', () => {
  test('a payment is pending once it is on disk, through a crash, and applied in the end', async () => {
    const machine = createMachine()
    const first = await startNode(machine)
    first.start()
    const { token, local, ...before } = await openBar(first)
    await loadedCard({ token, local, ...before }, 2_000)
    await first.recent.reachStored(first.recent.head().height, new AbortController().signal)
    first.stop()
    machine.kill()

    const second = await startNode(machine)
    const halted = await barOf(second, token, local)
    const order = { id: second.newId(), amount: 650 }
    const pending = await pay(halted, halted.errand(0), order)
    expect(pending).toMatchObject({ replayed: false, state: { status: 'pending' } })
    const open = { place: halted.place, limit: 10 }
    expect(await second.submissions.open(open)).toMatchObject([{ id: order.id, amount: 650 }])
    second.stop()
    machine.kill()

    const third = await startNode(machine)
    const woken = await barOf(third, token, local)
    const replay = pay(woken, woken.errand(), order)
    third.start()
    expect(await replay).toMatchObject({ replayed: true, state: { status: 'applied' } })
    expect(takings(woken)).toBe(650)
    expect(await third.submissions.open(open)).toEqual([])
    third.stop()
  })

  test('a payment expires with the block that passes its expiry, and stays expired', async () => {
    const machine = createMachine()
    const first = await startNode(machine)
    first.start()
    const { token, local, ...before } = await openBar(first)
    await loadedCard({ token, local, ...before }, 2_000)
    await first.recent.reachStored(first.recent.head().height, new AbortController().signal)
    first.stop()
    machine.kill()

    const second = await startNode(machine)
    const bar = await barOf(second, token, local)
    const order = { id: second.newId(), amount: 650 }
    const waiting = pay(bar, bar.errand(20_000), order)
    machine.advance(61_000)
    second.start()
    expect(await waiting).toMatchObject({ replayed: false, state: { status: 'expired' } })
    const again = await pay(bar, bar.errand(), order)
    expect(again).toMatchObject({ replayed: true, state: { status: 'expired' } })
    expect(takings(bar)).toBe(0)
    second.stop()
  }, 30_000)
})
