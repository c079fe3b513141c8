import { afterEach, describe, expect, test, vi } from 'vitest'
import { units } from '#protocol/amount.ts'
import { HoldId } from '#protocol/id.ts'
import { ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { closeBars, pay, restarted, TAG, takings } from './bar.ts'
import { cutOffBar, FREE, heal, LEASED, leasedBar, stateIn } from './leased-bar.ts'
import { type Bar, must } from './solo-node.ts'

afterEach(closeBars)

/** What the till has issued to the card, which the ledger counts. */
const ISSUED = LEASED + FREE
/** What its cap leaves. */
const LEFT = 400
const CAP = units(ISSUED + LEFT)
const PAST = { status: 'refused', code: 'grant_cap_exceeded' }

const payNow = async (bar: Bar, amount: number, id = bar.node.newId()) =>
  stateIn(await pay(bar, bar.errand(), { id, amount }))

const grantOf = ({ node, caller }: Bar) => {
  const grant = node.view().get('grant', caller.grant)
  if (grant === undefined) throw new Error('no grant')
  return grant
}

describe('a till whose grant has a cap', () => {
  test.each(['day', 'total'] as const)(
    'of the %s takes no more than that from leases, also after a kill',
    async (cap) => {
      const { machine, bar: before } = await cutOffBar({ [cap]: CAP })
      const id = before.node.newId()
      expect((await payNow(before, LEFT - 50, id)).status).toBe('captured')
      expect((await payNow(before, LEFT - 50, id)).status).toBe('captured')
      expect(await payNow(before, 51)).toMatchObject(PAST)
      before.node.stop()
      machine.kill()
      const bar = await restarted(machine, before)
      bar.node.cutOff(true)
      expect((await payNow(bar, LEFT - 50, id)).status).toBe('captured')
      expect(await payNow(bar, 51)).toMatchObject(PAST)
      expect((await payNow(bar, 50)).status).toBe('captured')
      expect(await payNow(bar, 1)).toMatchObject(PAST)
      await heal(bar)
      await vi.waitFor(() => expect(takings(bar)).toBe(LEFT))
      const again = await restarted(machine, bar)
      again.node.start()
      expect(await payNow(again, 1)).toMatchObject(PAST)
      expect(grantOf(again).total).toBe(ISSUED)
    },
  )

  test('is refused ahead in touch, and a refund gives nothing of the cap back', async () => {
    const { bar } = await leasedBar({ day: CAP })
    const { node, errand, place, local } = bar
    const limits = { weak: { charge: units(1), day: units(1) } }
    const terms = { name: 'Cups', transferable: true, cardLimits: { ...ROOMY_LIMITS, ...limits } }
    const lease = { cap: units(5_000), durationMs: 24 * 3_600_000 }
    const body = { kind: 'asset.update', place, asset: local, ...terms, lease } as const
    await must(node, node.newId(), 'place', body)
    const sale = node.newId()
    const taken = await payNow(bar, LEFT - 100, sale)
    expect(taken).toMatchObject({ status: 'applied', event: { kind: 'hold.capture' } })
    const beyond = await payNow(bar, 101)
    expect(beyond).toMatchObject(PAST)
    expect(beyond).not.toHaveProperty('event')
    const refund = await node.desk.refund({ id: node.newId(), sale, amount: 100 }, errand())
    expect(stateIn(refund).status).toBe('applied')
    expect(await payNow(bar, 1)).toMatchObject(PAST)
    node.cutOff(true)
    // Past the card's limit too, which a lease was counted in.
    expect(await payNow(bar, 2)).toMatchObject(PAST)
  })

  test('takes no more of a hold that others opened, and all of one that it opened itself', async () => {
    const { machine, bar: before, hold } = await leasedBar({ day: CAP })
    const capture = async ({ node, errand }: Bar, from: HoldId, amount: number) =>
      stateIn(await node.desk.captureHold({ id: node.newId(), hold: from, amount }, errand()))
    const opened = await before.node.desk.openHold(
      {
        ...{ id: before.node.newId(), payer: { tag: TAG }, amount: LEFT - 100 },
        ...{ unit: 'EUR', scale: 2, purpose: 'tab' },
        expiresAtMs: before.node.clock.wallMs() + 3_600_000,
      },
      before.errand(),
    )
    const state = stateIn(opened)
    if (state.status !== 'applied') throw new Error(JSON.stringify(state))
    const tab = HoldId.parse(state.event.created[0])
    expect(await capture(before, tab, 200)).toMatchObject({ status: 'applied' })
    const bar = await restarted(machine, before)
    bar.node.start()
    expect(await capture(bar, hold, 101)).toMatchObject(PAST)
    expect(await capture(bar, hold, 100)).toMatchObject({ status: 'applied' })
    expect(await capture(bar, hold, 1)).toMatchObject(PAST)
    expect(await capture(bar, tab, 100)).toMatchObject({ status: 'applied' })
  })
})
