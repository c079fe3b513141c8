import { afterEach, describe, expect, test } from 'vitest'
import type { HoldOrder } from '#api/ports/hold-desk.ts'
import { encodeId, HoldId } from '#protocol/id.ts'
import { closeBars, loadedCard, openedBar, pay, restarted, TAG, takings } from './bar.ts'
import { allowLeases, stateIn } from './leased-bar.ts'
import { createMachine } from './machine.ts'
import type { Bar } from './solo-node.ts'

afterEach(closeBars)

const HOUR_MS = 3_600_000
const FUNDS = 2_000
const HELD = 1_000

const orderAt = ({ node }: Bar, change: Partial<HoldOrder> = {}): HoldOrder => ({
  id: node.newId(),
  payer: { tag: TAG },
  amount: HELD,
  unit: 'EUR',
  scale: 2,
  purpose: 'tab',
  expiresAtMs: node.clock.wallMs() + 6 * HOUR_MS,
  ...change,
})

const holdOf = async (bar: Bar, change: Partial<HoldOrder> = {}): Promise<HoldId> => {
  const state = stateIn(await bar.node.desk.openHold(orderAt(bar, change), bar.errand()))
  if (state.status !== 'applied') throw new Error(JSON.stringify(state))
  return HoldId.parse(state.event.created[0])
}

const leasingBar = async (): Promise<Bar> => {
  const bar = await openedBar()
  await loadedCard(bar, FUNDS)
  await allowLeases(bar)
  return bar
}

const capture = ({ node, errand }: Bar, hold: HoldId, amount: number, id = node.newId()) =>
  node.desk.captureHold({ id, hold, amount }, errand())

const accountOf = async ({ node, place }: Bar, hold: HoldId) =>
  (await node.holds.one(place, hold)).value

describe('a hold', () => {
  test('is opened once, captured in parts, and what is left is given back', async () => {
    const bar = await leasingBar()
    const { node, errand, place } = bar
    const order = orderAt(bar)
    const opened = await node.desk.openHold(order, errand())
    expect(stateIn(opened)).toMatchObject({ status: 'applied', event: { kind: 'hold.open' } })
    expect(await node.desk.openHold(order, errand())).toMatchObject({ replayed: true })
    const other = { ...order, amount: HELD + 1 }
    expect(await node.desk.openHold(other, errand())).toMatchObject({ code: 'id_reused' })
    const { value } = await node.holds.list({ place, limit: 10 })
    const [hold] = value.items.map((each) => each.hold.id)
    if (hold === undefined || value.items.length > 1) throw new Error('no hold, or two')
    const first = node.newId()
    expect(stateIn(await capture(bar, hold, 300, first))).toMatchObject({ status: 'applied' })
    expect(await capture(bar, hold, 300, first)).toMatchObject({ replayed: true })
    expect(await capture(bar, hold, 301, first)).toMatchObject({ code: 'id_reused' })
    expect(stateIn(await capture(bar, hold, 200))).toMatchObject({ status: 'applied' })
    expect(await accountOf(bar, hold)).toMatchObject({ here: true, onTheWay: 0, left: 500 })
    const release = { id: node.newId(), hold }
    expect(stateIn(await node.desk.releaseHold(release, errand())).status).toBe('applied')
    expect(await node.desk.releaseHold(release, errand())).toMatchObject({ replayed: true })
    expect(await accountOf(bar, hold)).toMatchObject({ hold: { status: 'closed' }, left: 0 })
    expect(takings(bar)).toBe(500)
    expect(stateIn(await pay(bar, errand(), { id: node.newId(), amount: FUNDS - 500 }))).toEqual(
      expect.objectContaining({ status: 'applied' }),
    )
  })

  test('is refunded by the id of its capture', async () => {
    const bar = await leasingBar()
    const { node, errand } = bar
    const sale = node.newId()
    await capture(bar, await holdOf(bar), 300, sale)
    const refund = await node.desk.refund({ id: node.newId(), sale }, errand())
    expect(stateIn(refund)).toMatchObject({ status: 'applied', event: { kind: 'refund' } })
    expect(takings(bar)).toBe(0)
  })

  test('gives no more than it keeps: refused for good, under that id', async () => {
    const bar = await leasingBar()
    const { node, errand, local } = bar
    const hold = await holdOf(bar)
    const id = node.newId()
    const refused = { status: 'refused', code: 'hold_cap_exceeded' }
    const facts = { missingAmount: 1, asset: local }
    expect(stateIn(await capture(bar, hold, HELD + 1, id))).toMatchObject({ ...refused, facts })
    expect(await capture(bar, hold, HELD + 1, id)).toMatchObject({ replayed: true, state: refused })
    expect(await capture(bar, hold, HELD, id)).toMatchObject({ code: 'id_reused' })
    expect(await pay(bar, errand(), { id, amount: HELD })).toMatchObject({ code: 'id_reused' })
    expect(takings(bar)).toBe(0)
  })

  test.each([
    ['is unknown', 'hold_unknown'],
    ['has ended', 'hold_closed'],
  ] as const)('that %s gives nothing: %s', async (how, code) => {
    const bar = await leasingBar()
    const { node, errand } = bar
    const hold = await holdOf(bar)
    if (how === 'has ended') await node.desk.releaseHold({ id: node.newId(), hold }, errand())
    const named = how === 'has ended' ? hold : encodeId('hld', new Uint8Array(32))
    expect(stateIn(await capture(bar, named, 1))).toMatchObject({ status: 'refused', code })
    const release = await node.desk.releaseHold({ id: node.newId(), hold: named }, errand())
    expect(stateIn(release)).toMatchObject({ status: 'refused', code })
  })

  test('takes no id that something else has, nor one that is cancelled', async () => {
    const bar = await leasingBar()
    const { node, errand } = bar
    const hold = await holdOf(bar)
    const [sold, cancelled] = [node.newId(), node.newId()]
    await pay(bar, errand(), { id: sold, amount: 100 })
    await node.desk.cancel(cancelled, errand())
    expect(await capture(bar, hold, 100, sold)).toMatchObject({ code: 'id_reused' })
    expect(stateIn(await capture(bar, hold, 100, cancelled)).status).toBe('cancelled')
    expect(takings(bar)).toBe(100)
  })

  test('of a tab is for nothing else, though the payer has no more', async () => {
    const bar = await leasingBar()
    const { node, errand, place } = bar
    const hold = await holdOf(bar)
    const short = await pay(bar, errand(), { id: node.newId(), amount: FUNDS - HELD + 1 })
    expect(stateIn(short)).toMatchObject({ status: 'refused', code: 'insufficient_funds' })
    node.cutOff(true)
    const offline = await pay(bar, errand(), { id: node.newId(), amount: 100 })
    expect(offline).toMatchObject({ code: 'lease_missing' })
    expect((await node.holds.leases(place, { limit: 10 })).value.leases.items).toEqual([])
    node.cutOff(false)
    expect(await accountOf(bar, hold)).toMatchObject({ left: HELD })
  })

  test('is kept apart only with the terms of leases, where nobody agreed to it', async () => {
    const bar = await openedBar()
    await loadedCard(bar, FUNDS)
    const answer = await bar.node.desk.openHold(orderAt(bar), bar.errand())
    expect(stateIn(answer)).toMatchObject({ status: 'refused', code: 'lease_not_allowed' })
  })

  test('of a card that shows its secret is agreed to by the card, whose secret is forgotten', async () => {
    const bar = await openedBar()
    const { node, errand } = bar
    const secret = () => new Uint8Array(16).fill(7)
    await node.desk.registerCard({ card: { secret: secret() }, activate: true }, errand())
    const to = { secret: secret() }
    await node.desk.topUp({ id: node.newId(), to, amount: FUNDS }, errand())
    const shown = secret()
    const hold = await holdOf(bar, { payer: { secret: shown }, purpose: 'preauthorisation' })
    expect(shown).toEqual(new Uint8Array(16))
    expect(stateIn(await capture(bar, hold, HELD)).status).toBe('applied')
  })
})

describe('a venue that is cut off', () => {
  test('captures from any hold at once, reports it, and releases none meanwhile', async () => {
    const machine = createMachine()
    const before = await openedBar(machine)
    await loadedCard(before, FUNDS)
    await allowLeases(before)
    const hold = await holdOf(before)
    const bar = await restarted(machine, before)
    const { node, errand, place } = bar
    node.cutOff(true)
    const id = node.newId()
    const captured = { status: 'captured', hold, amount: 650, left: HELD - 650 }
    expect(stateIn(await capture(bar, hold, 650, id))).toMatchObject(captured)
    expect(await capture(bar, hold, 650, id)).toMatchObject({ replayed: true, state: captured })
    expect(await capture(bar, hold, 649, id)).toMatchObject({ code: 'id_reused' })
    expect(await accountOf(bar, hold)).toMatchObject({ onTheWay: 650, left: HELD - 650 })
    const report = async () => (await node.holds.captures({ place, limit: 10 })).value
    expect(await report()).toMatchObject({
      totals: [{ asset: bar.local, on_the_way: { captures: 1, amount: 650 } }],
      captures: { items: [{ id, state: 'on_the_way', hold, till: 'bar' }] },
    })
    const release = { id: node.newId(), hold }
    expect(await node.desk.releaseHold(release, errand())).toMatchObject({
      code: 'ledger_required',
    })
    node.cutOff(false)
    expect(await node.desk.releaseHold(release, errand())).toMatchObject({
      code: 'captures_pending',
    })
    node.start()
    await node.recent.reach(node.recent.head().height + 1, AbortSignal.timeout(10_000))
    expect(await report()).toMatchObject({
      totals: [{ on_the_way: { captures: 0 }, final: { captures: 1, amount: 650 } }],
    })
    expect(stateIn(await node.desk.releaseHold(release, errand())).status).toBe('applied')
    expect(takings(bar)).toBe(650)
  })

  test('keeps nothing where it cannot say what its holds are worth', async () => {
    const bar = await leasingBar()
    const hold = await holdOf(bar)
    bar.node.block(true)
    const id = bar.node.newId()
    expect(await capture(bar, hold, 100, id)).toMatchObject({ code: 'node_blocked' })
    bar.node.block(false)
    expect(stateIn(await capture(bar, hold, 100, id)).status).toBe('applied')
  })
})
