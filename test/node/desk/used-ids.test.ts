import { afterEach, describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { createdGrantId } from '#protocol/derive.ts'
import { hashOf } from '#protocol/hash.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { type PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { closeBars, haltedBar, loadedCard, openedBar, pay, restarted, TAG, takings } from './bar.ts'
import { createMachine } from './machine.ts'
import { type Bar, must, TILL } from './solo-node.ts'
import { saleBody, signed, submit, submitElsewhere } from './till.ts'

afterEach(closeBars)

const REUSED = { kind: 'turned_away', code: 'id_reused' }

const openedWith = async (amount: number): Promise<Bar> => {
  const bar = await openedBar()
  await loadedCard(bar, amount)
  return bar
}

const refundBody = ({ place, caller: { grant } }: Bar, sale: PaymentId): TransactionBody => ({
  kind: 'refund',
  place,
  grant,
  sale,
})

const cancelBody = ({ place, caller: { grant } }: Bar): TransactionBody => ({
  kind: 'payment.cancel',
  place,
  grant,
})

/** As a till signs it: for as long as its id lasts. */
const cancellation = (bar: Bar, id: PaymentId): string => {
  const { clock, view } = bar.node
  const lapsesMs = paymentIdTimeMs(id) + parametersOf(view()).validityMs.place
  return signed(bar, cancelBody(bar), { id, lifeMs: lapsesMs - clock.wallMs() })
}

describe('an id that a till used for something of another kind', () => {
  test('is turned away while that is pending, and once it is final', async () => {
    const bar = await openedWith(2_000)
    const id = bar.node.newId()
    const refund = signed(bar, refundBody(bar, id), { id })
    const [sold, back] = await Promise.all([
      submit(bar, signed(bar, saleBody(bar, 650), { id })),
      submit(bar, refund),
    ])
    expect(sold).toMatchObject({ state: { status: 'applied', event: { kind: 'sale' } } })
    expect(back).toEqual(REUSED)
    expect(await submit(bar, refund)).toEqual(REUSED)
    expect(takings(bar)).toBe(650)
  })

  test('is open to its cancellation, which is told what became of it', async () => {
    const bar = await openedWith(2_000)
    const id = bar.node.newId()
    await submit(bar, signed(bar, saleBody(bar, 650), { id }))
    const cancel = await submit(bar, signed(bar, cancelBody(bar), { id, lifeMs: 50_000 }))
    expect(cancel).toMatchObject({ replayed: true, state: { status: 'applied' } })
    const other = bar.node.newId()
    await submit(bar, cancellation(bar, other))
    const late = await submit(bar, signed(bar, saleBody(bar, 650), { id: other }))
    expect(late).toMatchObject({ replayed: true, state: { status: 'cancelled' } })
    expect(takings(bar)).toBe(650)
  })
})

describe('an id that another node brought into a block first', () => {
  test('with other content turns away what waits here under it, and says so again', async () => {
    const bar = await openedWith(2_000)
    const { node } = bar
    const [first, second, third] = [node.newId(), node.newId(), node.newId()]
    for (const id of [first, second, third]) {
      submitElsewhere(bar, signed(bar, saleBody(bar, 300), { id }), id)
    }
    const refund = signed(bar, refundBody(bar, second), { id: second })
    const topUp = { id: third, to: { tag: TAG }, amount: 300 }
    const answers = await Promise.all([
      pay(bar, bar.errand(), { id: first, amount: 650 }),
      submit(bar, refund),
      node.desk.topUp(topUp, bar.errand()),
    ])
    expect(answers).toEqual([REUSED, REUSED, REUSED])
    expect(await pay(bar, bar.errand(), { id: first, amount: 650 })).toEqual(REUSED)
    expect(await submit(bar, refund)).toEqual(REUSED)
    expect(await node.desk.topUp(topUp, bar.errand())).toEqual(REUSED)
    expect(takings(bar)).toBe(900)
  })

  test('with the same content answers the same', async () => {
    const bar = await openedWith(2_000)
    const id = bar.node.newId()
    submitElsewhere(bar, signed(bar, saleBody(bar, 650), { id, lifeMs: 50_000 }), id)
    const answer = await pay(bar, bar.errand(), { id, amount: 650 })
    expect(answer).toMatchObject({ state: { status: 'applied' } })
    expect(takings(bar)).toBe(650)
  })
})

describe('an id that expired here', () => {
  test('is told so to the same content alone, also after a restart', async () => {
    const machine = createMachine()
    const bar = await haltedBar(machine, 2_000)
    const order = { id: bar.node.newId(), amount: 650 }
    const paid = pay(bar, bar.errand(), order)
    machine.advance(61_000)
    bar.node.start()
    expect(await paid).toMatchObject({ state: { status: 'expired' } })
    const ask = async (woken: Bar): Promise<void> => {
      const { node, errand } = woken
      expect(await pay(woken, errand(), { ...order, amount: 651 })).toEqual(REUSED)
      const topUp = { id: order.id, to: { tag: TAG }, amount: 650 }
      expect(await node.desk.topUp(topUp, errand())).toEqual(REUSED)
      const same = { replayed: true, state: { status: 'expired' } }
      expect(await pay(woken, errand(), order)).toMatchObject(same)
      expect(await node.desk.cancel(order.id, errand())).toMatchObject(same)
    }
    await ask(bar)
    const woken = await restarted(machine, bar)
    woken.node.start()
    await ask(woken)
  })

  test('with its cancellation is told so to both', async () => {
    const machine = createMachine()
    const bar = await haltedBar(machine, 2_000)
    const id = bar.node.newId()
    const texts = [signed(bar, saleBody(bar, 650), { id }), cancellation(bar, id)]
    for (const text of texts) {
      expect(await submit(bar, text, 0)).toMatchObject({ state: { status: 'pending' } })
    }
    const waiting = [
      pay(bar, bar.errand(), { id, amount: 650 }),
      ...texts.map((text) => submit(bar, text)),
    ]
    machine.advance(parametersOf(bar.node.view()).validityMs.place)
    bar.node.start()
    const expired = { state: { status: 'expired' } }
    for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject(expired)
    for (const text of texts) expect(await submit(bar, text)).toMatchObject(expired)
    expect(await pay(bar, bar.errand(), { id, amount: 651 })).toEqual(REUSED)
  })
})

describe('a cancellation that ends before its id', () => {
  const TOO_SHORT = { kind: 'turned_away', code: 'cancellation_too_short' }

  test('is turned away, over or not, and its end is never told as that of the payment', async () => {
    const bar = await haltedBar(createMachine(), 2_000)
    const id = bar.node.newId()
    const sale = signed(bar, saleBody(bar, 650), { id })
    expect(await submit(bar, sale, 0)).toMatchObject({ state: { status: 'pending' } })
    const texts = [20_000, -30_000].map((lifeMs) => signed(bar, cancelBody(bar), { id, lifeMs }))
    for (const text of texts) expect(await submit(bar, text, 0)).toEqual(TOO_SHORT)
    bar.node.start()
    const applied = { replayed: true, state: { status: 'applied' } }
    expect(await submit(bar, sale)).toMatchObject(applied)
    for (const text of texts) expect(await submit(bar, text)).toMatchObject(applied)
    expect(takings(bar)).toBe(650)
  })

  test('and was kept by a former run is told as no outcome, and the id stays free', async () => {
    const machine = createMachine()
    const bar = await haltedBar(machine, 2_000)
    const { node, place } = bar
    const id = node.newId()
    const text = signed(bar, cancelBody(bar), { id, lifeMs: 20_000 })
    const [expMs, sinceMs] = [node.clock.wallMs() + 20_000, node.clock.wallMs()]
    const kept = { hash: hashOf(utf8(text)), text, id, scope: place, kind: 'payment.cancel' }
    node.core.outbox.submit({ ...kept, expMs, sinceMs }, () => undefined)
    const waiting = node.desk.cancel(id, bar.errand(20_000))
    machine.advance(21_000)
    node.start()
    expect(await waiting).toMatchObject({ kind: 'unavailable', code: 'node_starting' })
    expect((await node.ledger.transaction(place, id)).value).toBeUndefined()
    expect(await pay(bar, bar.errand(), { id, amount: 650 })).toMatchObject({
      replayed: false,
      state: { status: 'applied' },
    })
  })
})

test('an id that state has forgotten is known from the index on disk', async () => {
  const machine = createMachine()
  const bar = await openedBar(machine)
  await loadedCard(bar, 2_000)
  const { node, errand, place } = bar
  const id = node.newId()
  const sold = await pay(bar, errand(), { id, amount: 650 })
  machine.advance(parametersOf(node.view()).validityMs.place)
  await node.desk.blockCard({ card: { tag: TAG } }, errand())
  expect(node.view().get('payment', `${place}/${id}`)).toBeUndefined()
  expect(await pay(bar, errand(), { id, amount: 650 })).toEqual({ ...sold, replayed: true })
  expect(takings(bar)).toBe(650)
})

test('an id is known to every till of its place, by whatever grant it was used', async () => {
  const bar = await openedWith(2_000)
  const { node, place } = bar
  const issued = node.newId()
  await must(node, issued, 'place', {
    kind: 'grant.issue',
    place,
    grantee: TILL.key,
    actions: ['sale', 'card.register', 'card.activate'],
    caps: {},
  })
  const grant = createdGrantId({ scope: place, jti: issued, index: 0 })
  const errand = { ...bar.errand(), caller: { ...bar.caller, grant } }
  const order = { id: node.newId(), amount: 650 }
  const first = await pay(bar, bar.errand(), order)
  expect(await pay(bar, errand, order)).toEqual({ ...first, replayed: true })
  expect(await pay(bar, errand, { ...order, amount: 651 })).toEqual(REUSED)
  const refused = { id: node.newId(), amount: 4_000 }
  const second = await pay(bar, bar.errand(), refused)
  expect(await pay(bar, errand, refused)).toEqual({ ...second, replayed: true })
  const card = { id: node.newId(), card: { tag: '04A1B2C4' }, activate: true }
  await node.desk.registerCard(card, bar.errand())
  expect(await node.desk.registerCard(card, errand)).toMatchObject({ kind: 'card', replayed: true })
})
