import { afterEach, describe, expect, test } from 'vitest'
import type { PayoutEnd } from '#api/ports/settlement-desk.ts'
import { idLapsesAtMs } from '#node/desk/door.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { actor } from '../../support/actors.ts'
import { closeBars, loadedCard, openedBar, pay, restarted, takings } from './bar.ts'
import { createMachine } from './machine.ts'
import { consentOf, openedPayout } from './open-payout.ts'
import { type Bar, must } from './solo-node.ts'
import { saleBody, signed, submit, submitElsewhere } from './till.ts'

afterEach(closeBars)

const REUSED = { kind: 'turned_away', code: 'id_reused' }

/** A bar with a loaded card and a payout to settle. */
const withPayout = async (bar: Bar): Promise<PayoutEnd> => {
  await loadedCard(bar, 2_000)
  const { hold } = await openedPayout(bar)
  return { id: bar.node.newId(), hold, paid: true, reference: hashOf(utf8('SEPA 1')) }
}

const cancellation = (bar: Bar, id: PaymentId): string => {
  const { place, caller, node } = bar
  const body: TransactionBody = { kind: 'payment.cancel', place, grant: caller.grant }
  const lapsesMs = idLapsesAtMs(node.view(), { scope: place, id })
  return signed(bar, body, { id, lifeMs: lapsesMs - node.clock.wallMs() })
}

const told = async ({ node, place }: Bar, id: PaymentId) =>
  (await node.ledger.transaction(place, id)).value

describe('the id of a settled payout', () => {
  test('is used: no cancellation and no order under it has another outcome', async () => {
    const bar = await openedBar()
    const end = await withPayout(bar)
    const { desk } = bar.node
    const settled = await desk.endPayout(end, bar.errand())
    expect(settled).toMatchObject({
      state: { status: 'applied', event: { kind: 'payout.settle' } },
    })
    const same = { ...settled, replayed: true }
    expect(await desk.cancel(end.id, bar.errand())).toEqual(same)
    expect(await submit(bar, cancellation(bar, end.id))).toEqual(same)
    expect(await pay(bar, bar.errand(), { id: end.id, amount: 650 })).toEqual(REUSED)
    expect(await submit(bar, signed(bar, saleBody(bar, 650), { id: end.id }))).toEqual(REUSED)
    expect(await told(bar, end.id)).toMatchObject({ status: 'applied' })
    expect(takings(bar)).toBe(0)
  })

  test('is listed as open and used while it is pending', async () => {
    const machine = createMachine()
    const before = await openedBar(machine)
    const end = await withPayout(before)
    const bar = await restarted(machine, before)
    const { desk, submissions } = bar.node
    const pending = { kind: 'outcome', state: { status: 'pending' } }
    expect(await desk.endPayout(end, bar.errand(0))).toMatchObject(pending)
    const open = await submissions.open({ place: bar.place, limit: 10 })
    expect(open).toMatchObject([{ id: end.id, kind: 'payout.settle', till: 'bar' }])
    expect(await desk.cancel(end.id, bar.errand(0))).toMatchObject(pending)
    const waiting = [
      desk.cancel(end.id, bar.errand()),
      submit(bar, cancellation(bar, end.id)),
      desk.endPayout(end, bar.errand()),
    ]
    expect(await pay(bar, bar.errand(0), { id: end.id, amount: 650 })).toEqual(REUSED)
    const sale = signed(bar, saleBody(bar, 650), { id: end.id })
    expect(await submit(bar, sale, 0)).toEqual(REUSED)
    bar.node.start()
    const settled = { replayed: true, state: { event: { kind: 'payout.settle' } } }
    for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject(settled)
  })

  test('that was used in the name of the place settles nothing', async () => {
    const bar = await openedBar()
    const end = await withPayout(bar)
    const { node } = bar
    await node.desk.cancel(end.id, bar.errand())
    const cancelled = { replayed: true, state: { status: 'cancelled' } }
    expect(await node.desk.endPayout(end, bar.errand())).toMatchObject(cancelled)
    const sold = { id: node.newId(), amount: 650 }
    await pay(bar, bar.errand(), sold)
    expect(await node.desk.endPayout({ ...end, id: sold.id }, bar.errand())).toEqual(REUSED)
    expect(node.view().get('hold', end.hold)).toBeDefined()
  })

  test('is told by what was in a block first, whatever another node lets in after it', async () => {
    const bar = await openedBar()
    const end = await withPayout(bar)
    const { node } = bar
    const settled = await node.desk.endPayout(end, bar.errand())
    submitElsewhere(bar, cancellation(bar, end.id), end.id)
    const later = node.newId()
    await pay(bar, bar.errand(), { id: later, amount: 650 })
    const name = `${bar.place}/${end.id}`
    expect(node.view().get('payment', name)).toMatchObject({ kind: 'payment.cancel' })
    expect(await told(bar, end.id)).toMatchObject({ status: 'applied' })
    expect(await node.desk.cancel(end.id, bar.errand())).toEqual({ ...settled, replayed: true })
    expect(await node.desk.endPayout(end, bar.errand())).toEqual({ ...settled, replayed: true })
  })

  test('is told although the place has another key by now, which this node lacks', async () => {
    const bar = await openedBar()
    const end = await withPayout(bar)
    const { node, place } = bar
    const settled = await node.desk.endPayout(end, bar.errand())
    const wallet = node.view().get('place', place)?.wallet
    if (wallet === undefined) throw new Error('no wallet')
    const id = node.newId()
    const next = actor('next key')
    const consent = consentOf(bar, id, next, { kind: 'wallet.rotate', wallet })
    await must(node, id, 'place', { kind: 'wallet.rotate', wallet, key: next.key }, [consent])
    expect(await node.desk.endPayout(end, bar.errand())).toEqual({ ...settled, replayed: true })
    expect(await node.desk.endPayout({ ...end, id: node.newId() }, bar.errand())).toEqual({
      kind: 'unclear',
      code: 'place_key_missing',
    })
  })
})
