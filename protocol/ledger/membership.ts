import { AMOUNT_MAX, units } from '../amount.ts'
import type { WalletId } from '../id.ts'
import type { AssetRecord, PlaceRecord } from '../state/record.ts'
import type { MembershipRecord } from '../state/record-money.ts'
import type { RefusalCode } from '../transaction/outcome.ts'
import { type Refusal, refuse, type Write, writing } from './rule.ts'
import { accepts } from './rules/sale-assets.ts'
import { listService } from './services.ts'
import type { View } from './view.ts'
import { walletKey } from './wallet-key.ts'

/** Why a place cannot set memberships of an asset: it is its own, or one that it accepts. */
export const membershipProblem = (
  view: View,
  asset: AssetRecord | undefined,
  place: PlaceRecord,
): RefusalCode | undefined => {
  if (asset === undefined) return 'asset_unknown'
  if (asset.archived) return 'asset_archived'
  if (asset.category !== 'membership') return 'asset_category_not_allowed'
  return accepts(view, place, asset) ? undefined : 'asset_not_accepted'
}

/** One more period of a membership, after what is there of it; `amount` counts as contributed. */
export const extendMembership = (
  view: View,
  asset: AssetRecord,
  { wallet, amount, timeMs }: Extension,
): Extended | Refusal => {
  const key = walletKey(wallet, asset.id)
  const before = view.get('membership', key)
  const isRunning = before !== undefined && before.untilMs > timeMs
  const untilMs = (isRunning ? before.untilMs : timeMs) + periodOf(asset)
  const contributions = (before?.contributions ?? 0) + amount
  if (untilMs > AMOUNT_MAX || contributions > AMOUNT_MAX) return refuse('total_limit_reached')
  const listed = listService(view, wallet, asset.id)
  if ('ok' in listed) return listed
  const record: MembershipRecord = {
    wallet,
    asset: asset.id,
    sinceMs: isRunning ? before.sinceMs : timeMs,
    untilMs,
    contributions: units(contributions),
  }
  return { untilMs, writes: [writing('membership', key, record), ...listed] }
}

/** A membership until then, and what is written for it. */
type Extended = { readonly untilMs: number; readonly writes: readonly Write[] }

type Extension = {
  readonly wallet: WalletId
  readonly amount: number
  readonly timeMs: number
}

function periodOf({ id, periodMs }: AssetRecord): number {
  if (periodMs === undefined) throw new Error(`a membership without a period: ${id}`)
  return periodMs
}
