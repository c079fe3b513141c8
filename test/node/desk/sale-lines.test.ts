import { afterEach, describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { createdAssetId } from '#protocol/derive.ts'
import type { AssetId } from '#protocol/id.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { closeBars, loadedCard, openedBar, TAG } from './bar.ts'
import { type Bar, must } from './solo-node.ts'

afterEach(closeBars)

/** A further asset of the bar. */
const created = async (
  { node, place }: Bar,
  terms: Pick<BodyOf<'asset.create'>, 'category' | 'unit' | 'scale' | 'periodMs'>,
): Promise<AssetId> => {
  const jti = node.newId()
  const code = terms.category.toUpperCase()
  const body: BodyOf<'asset.create'> = {
    kind: 'asset.create',
    place,
    code,
    name: code,
    transferable: false,
    cardLimits: ROOMY_LIMITS,
    ...terms,
  }
  await must(node, jti, 'place', body)
  return createdAssetId({ scope: place, jti, index: 0 })
}

const sale = { payers: [{ tag: TAG }], unit: 'EUR', scale: 2 }

describe('a payment with lines', () => {
  test('brings a membership and points for part of its amount, once', async () => {
    const bar = await openedBar()
    const club = await created(bar, {
      category: 'membership',
      unit: 'membership',
      scale: 0,
      periodMs: 30 * 86_400_000,
    })
    const points = await created(bar, { category: 'points', unit: 'point', scale: 0 })
    await loadedCard(bar, 2_000)
    const order = {
      ...sale,
      id: bar.node.newId(),
      amount: 1_500,
      lines: [
        { line: 'membership' as const, asset: club, amount: units(1_000) },
        { line: 'topup' as const, asset: points, amount: units(15), price: units(0) },
      ],
    }
    const first = await bar.node.desk.pay(order, bar.errand())
    expect(first).toMatchObject({ replayed: false, state: { status: 'applied' } })
    expect(await bar.node.desk.pay(order, bar.errand())).toEqual({ ...first, replayed: true })
    const other = { ...order, lines: order.lines.slice(0, 1) }
    expect(await bar.node.desk.pay(other, bar.errand())).toMatchObject({ code: 'id_reused' })
    const { value } = await bar.node.ledger.card({ tag: TAG }, { place: bar.place })
    expect(value).toMatchObject({
      memberships: [{ asset: club, contributions: 1_000 }],
      balances: [{ balance: { available: 500 } }, { balance: { available: 15 } }],
    })
  })
})

describe('a top-up as a present', () => {
  test('is in the only gift money of the place, and there must be one', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const order = { id: bar.node.newId(), to: { tag: TAG }, amount: 300, category: 'gift' as const }
    expect(await bar.node.desk.topUp(order, bar.errand())).toEqual({
      kind: 'unclear',
      code: 'asset_required',
    })
    const gift = await created(bar, { category: 'gift', unit: 'EUR', scale: 2 })
    expect(await bar.node.desk.topUp(order, bar.errand())).toMatchObject({
      state: { event: { movements: [{ asset: gift, change: 300 }] } },
    })
    const sold = { ...order, category: 'local' as const }
    expect(await bar.node.desk.topUp(sold, bar.errand())).toEqual({
      kind: 'turned_away',
      code: 'id_reused',
    })
  })
})
