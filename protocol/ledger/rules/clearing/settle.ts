import type { AssetId, HoldId } from '../../../id.ts'
import type { PlaceRecord } from '../../../state/record.ts'
import type { ClearingRecord, HoldRecord } from '../../../state/record-hold.ts'
import type { ClearingPart, ClearingSettle } from '../../../transaction/kinds/clearing.ts'
import { remainderOf } from '../../hold.ts'
import { paymentKey } from '../../payment-key.ts'
import { allowsAsset, rightsOf } from '../../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import { type Ending, endSettled } from '../../settlement.ts'
import type { View } from '../../view.ts'
import { judgeOtherPlace } from './other-place.ts'

/**
 * Ends a clearing. What is set off ceases to be on both sides for the same amount of each unit, so that
 * neither owes the other more or less than before; what was paid outside ceases to be too; the rest
 * goes back to who has it. Either place ends it with the other's consent, whatever the status of the two:
 * else what the other has would wait for ever for one that is suspended or silent.
 */
export const settleClearing = (
  view: View,
  body: ClearingSettle,
  context: RuleContext,
): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'clearing.settle' }, context.timeMs)
  if (!rights.ok) return rights
  const key = paymentKey(body.opener, body.clearing)
  const clearing = view.get('clearing', key)
  const other = clearing && otherOf(view, clearing, body)
  if (clearing === undefined || other === undefined) return refuse('clearing_unknown')
  const holds = holdsOf(view, clearing.holds)
  const otherHolds = holdsOf(view, clearing.otherHolds)
  if (![...holds, ...otherHolds].every(({ asset }) => allowsAsset(rights, asset))) {
    return refuse('grant_asset_missing')
  }
  const endings = [
    ...endingsOf(holds, body.gives, body.paid),
    ...endingsOf(otherHolds, body.takes, body.paid),
  ]
  const code =
    judgeOtherPlace(other, body, context) ??
    (isReferenceUsed(view, body) ? 'reference_used' : undefined) ??
    judgeAmounts(view, body, { holds, otherHolds, endings })
  if (code !== undefined) return refuse(code)
  const ended = endSettled(view, endings)
  return applied({
    flows: ended.flows,
    writes: [...referencesOf(body, context), ...ended.writes],
    removes: [...ended.removes, { family: 'clearing', key }],
    legs: endings.flatMap(paidLegOf),
  })
}

/** Who has to agree: the other party than the one that settles; undefined for anybody else. */
function otherOf(
  view: View,
  { place: opener, other }: ClearingRecord,
  { place: by }: ClearingSettle,
): PlaceRecord | undefined {
  if (by !== opener && by !== other) return undefined
  const id = by === opener ? other : opener
  const record = view.get('place', id)
  if (record === undefined) throw new Error(`a clearing with no place: ${id}`)
  return record
}

type Settled = {
  readonly holds: readonly HoldRecord[]
  readonly otherHolds: readonly HoldRecord[]
  readonly endings: readonly Ending[]
}

function holdsOf(view: View, ids: readonly HoldId[]): readonly HoldRecord[] {
  return ids.map((id) => {
    const hold = view.get('hold', id)
    if (hold === undefined) throw new Error(`a clearing of no hold: ${id}`)
    return hold
  })
}

/** What ends each hold of one side. The two sides have no asset in common: each has the other's. */
function endingsOf(
  holds: readonly HoldRecord[],
  setOff: readonly ClearingPart[],
  paid: readonly ClearingPart[],
): readonly Ending[] {
  return holds.map((hold) => ({
    hold,
    setOff: amountIn(setOff, hold.asset),
    paid: amountIn(paid, hold.asset),
  }))
}

function amountIn(parts: readonly ClearingPart[], asset: AssetId): number {
  return parts.find((part) => part.asset === asset)?.amount ?? 0
}

function isReferenceUsed(view: View, { paid, reference }: ClearingSettle): boolean {
  return paid.some(({ asset }) => view.get('reference', `${asset}/${reference}`) !== undefined)
}

/** Both sides set off as much of each unit and scale, and nothing ends more than there is. */
function judgeAmounts(
  view: View,
  { gives, takes, paid }: ClearingSettle,
  { holds, otherHolds, endings }: Settled,
): 'clearing_unbalanced' | 'hold_cap_exceeded' | undefined {
  if (!isNothing(balanceOf(view, gives, takes))) return 'clearing_unbalanced'
  const isNamed =
    areAmong(gives, holds) &&
    areAmong(takes, otherHolds) &&
    areAmong(paid, [...holds, ...otherHolds])
  const fits = endings.every((end) => end.setOff + end.paid <= remainderOf(end.hold))
  return isNamed && fits ? undefined : 'hold_cap_exceeded'
}

function areAmong(parts: readonly ClearingPart[], holds: readonly HoldRecord[]): boolean {
  return parts.every(({ asset }) => holds.some((hold) => hold.asset === asset))
}

/** What one side sets off beyond the other, by unit and scale. */
function balanceOf(
  view: View,
  gives: readonly ClearingPart[],
  takes: readonly ClearingPart[],
): ReadonlyMap<string, number> {
  const balance = new Map<string, number>()
  const add = (parts: readonly ClearingPart[], sign: 1 | -1): void => {
    for (const { asset, amount } of parts) {
      const record = view.get('asset', asset)
      const unit = `${record?.unit ?? asset}/${record?.scale ?? 0}`
      balance.set(unit, (balance.get(unit) ?? 0) + sign * amount)
    }
  }
  add(gives, 1)
  add(takes, -1)
  return balance
}

function isNothing(balance: ReadonlyMap<string, number>): boolean {
  return [...balance.values()].every((amount) => amount === 0)
}

function referencesOf({ paid, reference }: ClearingSettle, { jti: id }: RuleContext) {
  if (reference === undefined) return []
  return paid.map(({ asset }) =>
    writing('reference', `${asset}/${reference}`, { asset, reference, id }),
  )
}

/** Tells what was paid outside: all else that ceased to be was set off. */
function paidLegOf({ hold, paid }: Ending) {
  return paid === 0 ? [] : [{ wallet: hold.owner, asset: hold.asset, amount: paid }]
}
