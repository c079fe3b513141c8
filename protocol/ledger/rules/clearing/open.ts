import { createdHoldId } from '../../../derive.ts'
import type { PlaceRecord, WalletRecord } from '../../../state/record.ts'
import type { HoldRecord } from '../../../state/record-hold.ts'
import type { ClearingOpen, ClearingPart } from '../../../transaction/kinds/clearing.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { hasRoomForHolds } from '../../hold.ts'
import { availableOf } from '../../movement.ts'
import { earliest, freezeOf } from '../../payer.ts'
import { paymentKey } from '../../payment-key.ts'
import { allowsAsset, judgeGrantUse, rightsOf } from '../../rights.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  refuseForLackOf,
  writing,
} from '../../rule.ts'
import { openSettled, settledHold } from '../../settlement.ts'
import type { View } from '../../view.ts'
import { judgeOtherPlace } from './other-place.ts'

/**
 * Two places set apart what each has of the other's money: that is all there is of a debt between them.
 * Until it is settled neither can spend it.
 */
export const openClearing = (view: View, body: ClearingOpen, context: RuleContext): Judgement => {
  const other = view.get('place', body.other)
  if (other === undefined) return refuse('place_unknown')
  if (other.status === 'suspended') return refuse('place_not_active')
  const rights = rightsOf(view, { ...body, action: 'clearing.open' }, context.timeMs)
  if (!rights.ok) return rights
  const parts = [...body.gives, ...body.takes]
  if (parts.some(({ asset }) => !allowsAsset(rights, asset))) return refuse('grant_asset_missing')
  const sides: readonly Side[] = [
    { parts: body.gives, holder: rights.place, issuer: other },
    { parts: body.takes, holder: other, issuer: rights.place },
  ]
  const code =
    judgeOtherPlace(other, body, context) ??
    earliest(sides.map((side) => judgeSide(view, side, context)))
  if (code !== undefined) return refuse(code)
  const moved = sumOf(body.gives)
  const used = judgeGrantUse(rights, { moved, refunded: 0 }, context)
  if ('ok' in used) return used
  const missing = sides.reduce((sum, side) => sum + missingAt(view, side), 0)
  if (missing > 0) return refuseForLackOf(missing)
  const holds = holdsOf(sides, context)
  const opened = openSettled(view, holds)
  const record = writing('clearing', paymentKey(body.place, context.jti), {
    id: context.jti,
    place: body.place,
    other: body.other,
    holds: holds.slice(0, body.gives.length).map(({ id }) => id),
    otherHolds: holds.slice(body.gives.length).map(({ id }) => id),
  })
  return applied({
    ...opened,
    writes: [...used, ...opened.writes, record],
    created: holds.map(({ id }) => id),
  })
}

/** What one place has of the other's money. */
type Side = {
  readonly parts: readonly ClearingPart[]
  readonly holder: PlaceRecord
  readonly issuer: PlaceRecord
}

function judgeSide(
  view: View,
  { parts, holder, issuer }: Side,
  { timeMs }: RuleContext,
): RefusalCode | undefined {
  if (parts.length === 0) return undefined
  const wallet = walletOf(view, holder)
  return earliest([
    ...parts.map(({ asset }) => {
      const record = view.get('asset', asset)
      if (record === undefined) return 'asset_unknown'
      return record.issuer === issuer.id ? undefined : 'asset_not_issued_here'
    }),
    freezeOf(wallet, timeMs),
    hasRoomForHolds(wallet, parts.length) ? undefined : 'hold_limit_reached',
  ])
}

function walletOf(view: View, { wallet: id }: PlaceRecord): WalletRecord {
  const wallet = view.get('wallet', id)
  if (wallet === undefined) throw new Error(`a place without a wallet: ${id}`)
  return wallet
}

function missingAt(view: View, { parts, holder }: Side): number {
  return parts.reduce(
    (sum, { asset, amount }) => sum + Math.max(0, amount - availableOf(view, holder.wallet, asset)),
    0,
  )
}

/** A clearing is a transaction of its own: its holds are told apart by their places in it. */
function holdsOf(sides: readonly Side[], context: RuleContext): readonly HoldRecord[] {
  const all = sides.flatMap(({ parts, holder, issuer }) =>
    parts.map((part) => ({ ...part, holder, issuer })),
  )
  return all.map(({ asset, amount, holder, issuer }, index) =>
    settledHold({
      id: createdHoldId({ ...context, index }),
      purpose: 'clearing',
      owner: holder.wallet,
      beneficiary: issuer.id,
      key: issuer.key,
      asset,
      cap: amount,
    }),
  )
}

function sumOf(parts: readonly ClearingPart[]): number {
  return parts.reduce((sum, { amount }) => sum + amount, 0)
}
