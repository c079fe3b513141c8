import { afterEach, describe, expect, test, vi } from 'vitest'
import type { DeskAnswer, SubmissionAnswer } from '#api/ports/outcome.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { closeBars, pay, restarted, TAG, takings } from './bar.ts'
import { cardId, cutOffBar, FREE, heal, LEASED, leasedBar, stateIn } from './leased-bar.ts'
import type { Bar } from './solo-node.ts'

afterEach(closeBars)

const OTHER_TAG = '04D4E5F6'

const stateOf = ({ node, place }: Bar, id: PaymentId) => node.outcomes.stateOf(place, id)

describe('a venue that is cut off', () => {
  test('takes a payment from the lease, once, and it is on the ledger when the link is back', async () => {
    const { bar, hold } = await cutOffBar()
    const { node, errand, place } = bar
    const order = { id: node.newId(), amount: 650 }
    const answer = await pay(bar, errand(), order)
    expect(answer).toMatchObject({
      kind: 'outcome',
      replayed: false,
      state: { status: 'captured', hold, amount: 650, left: LEASED - 650 },
    })
    expect(stateIn(answer)).toMatchObject({ from: { card: cardId(TAG) } })
    expect(await pay(bar, errand(), order)).toEqual({ ...answer, replayed: true })
    expect(stateOf(bar, order.id)).toEqual(stateIn(answer))
    const query = { place, limit: 10 }
    const open = { id: order.id, status: 'captured', till: 'bar', amount: 650 }
    expect(await node.submissions.open(query)).toMatchObject([open])
    expect(await node.submissions.open({ ...query, till: 'cloakroom' })).toEqual([])
    await heal(bar)
    expect(stateOf(bar, order.id)).toMatchObject({
      status: 'applied',
      event: { kind: 'hold.capture' },
    })
    expect(await pay(bar, errand(), order)).toMatchObject({ replayed: true })
    expect(await node.submissions.open(query)).toEqual([])
    expect(takings(bar)).toBe(650)
  })

  test('takes the same id for nothing else, whether it waits or is final', async () => {
    const { bar } = await cutOffBar()
    const { node, errand } = bar
    const id = node.newId()
    await pay(bar, errand(), { id, amount: 650 })
    const reused = { kind: 'turned_away', code: 'id_reused' }
    expect(await pay(bar, errand(), { id, amount: 651 })).toEqual(reused)
    await heal(bar)
    node.leases.tick()
    expect(await pay(bar, errand(), { id, amount: 651 })).toEqual(reused)
    expect(await pay(bar, errand(), { id, amount: 650 })).toMatchObject({ replayed: true })
  })

  test('takes two taps at one moment as one payment', async () => {
    const { bar } = await cutOffBar()
    const { node, errand } = bar
    const order = { id: node.newId(), amount: 650 }
    const answers = await Promise.all([pay(bar, errand(), order), pay(bar, errand(), order)])
    expect(answers.map((each) => stateIn(each).status)).toEqual(['captured', 'captured'])
    expect(node.leases.size()).toBe(1)
  })

  test('says what is left when it is not enough, and keeps nothing', async () => {
    const { bar } = await cutOffBar()
    const { node, errand, local } = bar
    const order = { id: node.newId(), amount: LEASED + 1 }
    const facts = { missingAmount: 1, asset: local, left: LEASED }
    expect(await pay(bar, errand(), order)).toMatchObject({ code: 'lease_insufficient', facts })
    expect(stateOf(bar, order.id)).toBeUndefined()
    node.cutOff(false)
    node.start()
    expect(stateIn(await pay(bar, errand(), order)).status).toBe('applied')
  })

  test('can do nothing else than that', async () => {
    const { bar } = await cutOffBar()
    const { node, errand, local } = bar
    const { desk } = node
    const sold = node.newId()
    await pay(bar, errand(), { id: sold, amount: 100 })
    const two = [{ tag: TAG }, { tag: OTHER_TAG }]
    const money = { amount: 100, asset: local }
    const answers: readonly DeskAnswer[] = [
      await desk.refund({ id: node.newId(), sale: sold }, errand()),
      await desk.topUp({ id: node.newId(), to: { tag: TAG }, ...money }, errand()),
      await desk.cashOut({ id: node.newId(), payer: { tag: TAG }, ...money }, errand()),
      await desk.cancel(node.newId(), errand()),
      await desk.pay(
        { id: node.newId(), payers: two, amount: 100, unit: 'EUR', scale: 2 },
        errand(),
      ),
    ]
    for (const answer of answers) {
      expect(answer).toMatchObject({ kind: 'unavailable', code: 'ledger_required' })
    }
    const none = await desk.pay(
      { id: node.newId(), payers: [{ tag: OTHER_TAG }], amount: 100, unit: 'EUR', scale: 2 },
      errand(),
    )
    expect(none).toMatchObject({ kind: 'unavailable', code: 'lease_missing' })
    expect(await desk.cancel(sold, errand())).toMatchObject({ state: { status: 'captured' } })
  })

  test('refuses a card that it knows to be blocked, and says how old that knowledge is', async () => {
    const { machine, bar: before } = await leasedBar()
    await before.node.desk.blockCard({ card: { tag: TAG } }, before.errand())
    const bar = await restarted(machine, before)
    const { node, errand } = bar
    node.cutOff(true)
    const order = { id: node.newId(), amount: 650 }
    const refused = await pay(bar, errand(), order)
    const facts = { stateMs: node.recent.head().timeMs }
    expect(refused).toMatchObject({ state: { status: 'refused', code: 'card_blocked', facts } })
    expect(await pay(bar, errand(), order)).toMatchObject({ replayed: true, state: { facts } })
    expect(node.leases.size()).toBe(0)
  })

  test('knows what it took after it died, and goes on from there', async () => {
    const { machine, bar: before, hold } = await cutOffBar()
    const order = { id: before.node.newId(), amount: 650 }
    const answer = await pay(before, before.errand(), order)
    before.node.stop()
    machine.kill()
    const bar = await restarted(machine, before)
    bar.node.cutOff(true)
    expect(await pay(bar, bar.errand(), order)).toEqual({ ...answer, replayed: true })
    const more = { id: bar.node.newId(), amount: LEASED - 650 }
    expect(await pay(bar, bar.errand(), more)).toMatchObject({
      state: { status: 'captured', hold, left: 0 },
    })
    const late = { id: bar.node.newId(), amount: 1 }
    expect(await pay(bar, bar.errand(), late)).toMatchObject({
      code: 'lease_insufficient',
      facts: { left: 0 },
    })
    await heal(bar)
    await vi.waitFor(() => expect(takings(bar)).toBe(LEASED))
  })
})

describe('a payment that was on its way when the link went', () => {
  test('is taken from the lease under its id, and charged once', async () => {
    const { machine, bar: before } = await leasedBar()
    const bar = await restarted(machine, before)
    const { node, errand } = bar
    const order = { id: node.newId(), amount: 450 }
    expect(stateIn(await pay(bar, errand(0), order)).status).toBe('pending')
    node.cutOff(true)
    expect(stateIn(await pay(bar, errand(0), order)).status).toBe('captured')
    await heal(bar)
    expect(stateOf(bar, order.id)).toMatchObject({ status: 'applied' })
    expect(takings(bar)).toBe(450)
    expect(node.leases.size()).toBe(0)
  })

  test('is answered from the lease as soon as the node knows that it is cut off', async () => {
    const { machine, bar: before } = await leasedBar()
    const bar = await restarted(machine, before)
    const { node, errand } = bar
    const paying = pay(bar, errand(60_000), { id: node.newId(), amount: 450 })
    node.cutOff(true)
    expect(stateIn(await paying).status).toBe('captured')
  })

  test('is told as the capture that it became, though its sale was refused meanwhile', async () => {
    const { machine, bar: before } = await leasedBar()
    const bar = await restarted(machine, before)
    const { node, errand } = bar
    await pay(bar, errand(0), { id: node.newId(), amount: FREE })
    const order = { id: node.newId(), amount: FREE - 1 }
    const waiting = pay(bar, errand(60_000), order)
    node.cutOffUnheard()
    expect(stateIn(await pay(bar, errand(0), order)).status).toBe('captured')
    await heal(bar)
    expect(['captured', 'applied']).toContain(stateIn(await waiting).status)
    await vi.waitFor(() => expect(takings(bar)).toBe(2 * FREE - 1))
    expect(stateOf(bar, order.id)).toMatchObject({ status: 'applied' })
  })

  test('stays on its way when it was cancelled, or when there is no lease', async () => {
    const { machine, bar: before } = await leasedBar()
    const bar = await restarted(machine, before)
    const { node, errand } = bar
    const order = { id: node.newId(), amount: 450 }
    await pay(bar, errand(0), order)
    await node.desk.cancel(order.id, errand(0))
    node.cutOff(true)
    expect(stateIn(await pay(bar, errand(0), order)).status).toBe('pending')
    expect(node.leases.size()).toBe(0)
  })
})

describe('a venue in touch lets nobody be poorer for its lease', () => {
  test('what is free pays first', async () => {
    const { bar, hold } = await leasedBar()
    const { node, errand } = bar
    const sold = await pay(bar, errand(), { id: node.newId(), amount: FREE })
    expect(sold).toMatchObject({ state: { status: 'applied', event: { kind: 'sale' } } })
    expect(node.view().get('hold', hold)?.captured).toBe(0)
  })

  test('then what the lease keeps', async () => {
    const { bar, hold } = await leasedBar()
    const { node, errand } = bar
    const order = { id: node.newId(), amount: FREE + 1 }
    const taken = await pay(bar, errand(), order)
    expect(taken).toMatchObject({
      replayed: false,
      state: { status: 'applied', event: { kind: 'hold.capture' } },
    })
    expect(node.view().get('hold', hold)?.captured).toBe(FREE + 1)
    expect(await pay(bar, errand(), order)).toMatchObject({ replayed: true })
    const refund = await node.desk.refund({ id: node.newId(), sale: order.id }, errand())
    expect(stateIn(refund).status).toBe('applied')
  })

  test('and both together, after the lease was given back', async () => {
    const { bar, hold } = await leasedBar()
    const { node, errand } = bar
    const order = { id: node.newId(), amount: LEASED + FREE }
    expect(await pay(bar, errand(), order)).toMatchObject({
      state: { status: 'applied', event: { kind: 'sale' } },
    })
    expect(node.view().get('hold', hold)?.status).toBe('closed')
    expect(takings(bar)).toBe(LEASED + FREE)
  })

  test('and no more than there is', async () => {
    const { bar, hold } = await leasedBar()
    const { node, errand } = bar
    const answer: SubmissionAnswer | DeskAnswer = await pay(bar, errand(), {
      id: node.newId(),
      amount: LEASED + FREE + 1,
    })
    expect(answer).toMatchObject({ state: { status: 'refused', code: 'insufficient_funds' } })
    expect(node.view().get('hold', hold)?.status).toBe('open')
  })
})
