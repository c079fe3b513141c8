import { setImmediate } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { closeBars, loadedCard, openedBar, pay, TAG, takings } from './bar.ts'
import { type Bar, must } from './solo-node.ts'
import { saleBody, signed, submitElsewhere } from './till.ts'

afterEach(closeBars)

describe('a payment at the desk', () => {
  test('takes the amount once, and a repeated order is told so', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const order = { id: bar.node.newId(), amount: 650 }
    const first = await pay(bar, bar.errand(), order)
    expect(first).toMatchObject({
      kind: 'outcome',
      id: order.id,
      replayed: false,
      state: { status: 'applied', event: { kind: 'sale', legs: [{ amount: 650 }] } },
    })
    const second = await pay(bar, bar.errand(), order)
    expect(second).toEqual({ ...first, replayed: true })
    expect(takings(bar)).toBe(650)
  })

  test('under a used id with other content is turned away and changes nothing', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const id = bar.node.newId()
    await pay(bar, bar.errand(), { id, amount: 650 })
    const other = await pay(bar, bar.errand(), { id, amount: 651 })
    expect(other).toEqual({ kind: 'turned_away', code: 'id_reused' })
    const refund = await bar.node.desk.refund({ id, sale: id }, bar.errand())
    expect(refund).toEqual({ kind: 'turned_away', code: 'id_reused' })
    expect(takings(bar)).toBe(650)
  })

  test('posted 50 times at once is one charge with 50 equal answers', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const order = { id: bar.node.newId(), amount: 100 }
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => pay(bar, bar.errand(), order)),
    )
    const states = answers.map((answer) => answer.kind === 'outcome' && answer.state)
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1)
    expect(states[0]).toMatchObject({ status: 'applied' })
    const first = answers.filter((answer) => answer.kind === 'outcome' && !answer.replayed)
    expect(first).toHaveLength(1)
    expect(takings(bar)).toBe(100)
  })

  test('that the cards cannot cover is refused for good, before anything is signed', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 400)
    const order = { id: bar.node.newId(), amount: 1_000 }
    const refused = await pay(bar, bar.errand(), order)
    expect(refused).toMatchObject({
      kind: 'outcome',
      replayed: false,
      state: {
        status: 'refused',
        code: 'insufficient_funds',
        facts: {
          missingAmount: 600,
          unit: 'EUR',
          scale: 2,
          legs: [{ asset: bar.local, amount: 400 }],
        },
      },
    })
    expect(refused).not.toHaveProperty('state.event')
    expect(bar.node.core.outbox.size()).toBe(0)
    const more = { id: bar.node.newId(), to: { tag: TAG }, amount: 5_000 }
    await bar.node.desk.topUp(more, bar.errand())
    expect(await pay(bar, bar.errand(), order)).toMatchObject({
      replayed: true,
      state: { status: 'refused', code: 'insufficient_funds' },
    })
    const other = await pay(bar, bar.errand(), { ...order, amount: 400 })
    expect(other).toEqual({ kind: 'turned_away', code: 'id_reused' })
    expect(takings(bar)).toBe(0)
  })

  test('of a card beyond its mandate is refused with that code', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 9_000)
    const order = { id: bar.node.newId(), amount: 5_001 }
    expect(await pay(bar, bar.errand(), order)).toMatchObject({
      state: { status: 'refused', code: 'mandate_cap_exceeded', facts: {} },
    })
  })

  test('with an id of the far future or past is turned away and leaves no tombstone', async () => {
    const bar = await openedBar()
    const { node } = bar
    const future = node.newId().replace(/^.{8}/, 'ffffffff')
    const order = { amount: 100 }
    const answer = await pay(bar, bar.errand(), { ...order, id: parse(future) })
    expect(answer).toEqual({ kind: 'turned_away', code: 'not_yet_valid' })
    const past = node.newId().replace(/^.{8}/, '01800000')
    const old = await pay(bar, bar.errand(), { ...order, id: parse(past) })
    expect(old).toEqual({ kind: 'turned_away', code: 'validity_too_long' })
    expect(node.outcomes.stateOf(bar.place, parse(past))).toBeUndefined()
  })

  test('is not taken by a node that is blocked; what was taken before is still told', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const order = { id: bar.node.newId(), amount: 650 }
    await pay(bar, bar.errand(), order)
    bar.node.block(true)
    expect(await pay(bar, bar.errand(), order)).toMatchObject({ replayed: true })
    const next = await pay(bar, bar.errand(), { id: bar.node.newId(), amount: 650 })
    expect(next).toMatchObject({ kind: 'unavailable', code: 'node_blocked' })
  })
})

describe('a refund', () => {
  test('gives a payment back once', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const sale = bar.node.newId()
    await pay(bar, bar.errand(), { id: sale, amount: 650 })
    const id = bar.node.newId()
    const back = await bar.node.desk.refund({ id, sale, amount: 50 }, bar.errand())
    expect(back).toMatchObject({ state: { status: 'applied', event: { legs: [{ amount: 50 }] } } })
    const rest = await bar.node.desk.refund({ id: bar.node.newId(), sale }, bar.errand())
    expect(rest).toMatchObject({ state: { event: { legs: [{ amount: 600 }] } } })
    const more = await bar.node.desk.refund({ id: bar.node.newId(), sale }, bar.errand())
    expect(more).toMatchObject({ state: { status: 'refused', code: 'already_refunded' } })
    expect(takings(bar)).toBe(0)
  })
})

describe('a refund of a sale that is not final yet', () => {
  const SALE_PENDING = { kind: 'unclear', code: 'sale_pending' }

  test('is open while the sale waits in the outbox, and its id with it', async () => {
    const bar = await openedBar()
    const { desk, outcomes, newId } = bar.node
    await loadedCard(bar, 2_000)
    const refund = { id: newId(), sale: newId() }
    const paid = pay(bar, bar.errand(), { id: refund.sale, amount: 650 })
    expect(await desk.refund(refund, bar.errand())).toEqual(SALE_PENDING)
    expect(outcomes.useOf(bar.place, refund.id)).toBeUndefined()
    await paid
    const back = await desk.refund(refund, bar.errand())
    expect(back).toMatchObject({ replayed: false, state: { status: 'applied' } })
    expect(takings(bar)).toBe(0)
  })

  test('is open while the sale is in a block that is not final', async () => {
    const bar = await openedBar()
    const { node, place } = bar
    await loadedCard(bar, 2_000)
    const refund = { id: node.newId(), sale: node.newId() }
    const sale = `${place}/${refund.sale}`
    submitElsewhere(bar, signed(bar, saleBody(bar, 650), { id: refund.sale }), refund.sale)
    while (node.core.executor.tipView().get('sale', sale) === undefined) await setImmediate()
    expect(node.view().get('sale', sale)).toBeUndefined()
    expect(await node.desk.refund(refund, bar.errand())).toEqual(SALE_PENDING)
    while (node.view().get('sale', sale) === undefined) await setImmediate()
    const back = await node.desk.refund(refund, bar.errand())
    expect(back).toMatchObject({ state: { status: 'applied' } })
  })

  test('is refused where nothing but a cancellation waits under the id of the sale', async () => {
    const bar = await openedBar()
    const { desk, newId } = bar.node
    const refund = { id: newId(), sale: newId() }
    const cancelled = desk.cancel(refund.sale, bar.errand())
    const refused = { state: { status: 'refused', code: 'sale_unknown' } }
    expect(await desk.refund(refund, bar.errand())).toMatchObject(refused)
    await cancelled
  })
})

describe('cash for card money', () => {
  test('burns what the card gives', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const order = { id: bar.node.newId(), payer: { tag: TAG }, amount: 500 }
    const answer = await bar.node.desk.cashOut(order, bar.errand())
    expect(answer).toMatchObject({ state: { status: 'applied', event: { kind: 'cashout' } } })
    expect(bar.node.view().get('asset', bar.local)?.supply).toBe(1_500)
  })
})

describe('a top-up', () => {
  test('needs an asset where the place has several local ones', async () => {
    const bar = await openedBar()
    const { node, errand } = bar
    await node.desk.registerCard({ card: { tag: TAG }, activate: true }, errand())
    await secondLocalAsset(bar)
    const order = { id: node.newId(), to: { tag: TAG }, amount: 500 }
    expect(await node.desk.topUp(order, errand())).toEqual({
      kind: 'unclear',
      code: 'asset_required',
    })
    const named = await node.desk.topUp({ ...order, asset: bar.local }, errand())
    expect(named).toMatchObject({ state: { status: 'applied' } })
  })

  test('or a cash-out without one is told its outcome when the place has several by now', async () => {
    const bar = await openedBar()
    const { desk } = bar.node
    await loadedCard(bar, 2_000)
    const topUp = { id: bar.node.newId(), to: { tag: TAG }, amount: 500 }
    const cashOut = { id: bar.node.newId(), payer: { tag: TAG }, amount: 300 }
    const tooMuch = { id: bar.node.newId(), payer: { tag: TAG }, amount: 9_000 }
    const first = [
      await desk.topUp(topUp, bar.errand()),
      await desk.cashOut(cashOut, bar.errand()),
      await desk.cashOut(tooMuch, bar.errand()),
    ]
    await secondLocalAsset(bar)
    const second = [
      await desk.topUp(topUp, bar.errand()),
      await desk.cashOut(cashOut, bar.errand()),
      await desk.cashOut(tooMuch, bar.errand()),
    ]
    expect(second).toEqual(first.map((answer) => ({ ...answer, replayed: true })))
    const other = await desk.topUp({ ...topUp, amount: 501 }, bar.errand())
    expect(other).toEqual({ kind: 'turned_away', code: 'id_reused' })
  })
})

const secondLocalAsset = ({ node, place, local }: Bar) =>
  must(node, node.newId(), 'place', {
    kind: 'asset.create',
    place,
    code: 'MUGS',
    name: 'Mugs',
    category: 'local',
    unit: 'EUR',
    scale: 2,
    transferable: true,
    cardLimits: node.view().get('asset', local)?.cardLimits ?? fail(),
  })

const parse = (text: string): PaymentId => PaymentId.parse(text)

const fail = (): never => {
  throw new Error('the asset is not there')
}
