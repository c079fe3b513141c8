import { units, ZERO } from '../../amount.ts'
import type { PlaceId } from '../../id.ts'
import type { AssetRecord } from '../../state/record.ts'
import type { PresenceRecord } from '../../state/record-money.ts'
import type { Badge } from '../../transaction/kinds/presence.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { bringingProblem } from '../bringing.ts'
import { payerOf, ready } from '../payer.ts'
import { allowsAsset, rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import { listService, presenceKey } from '../services.ts'
import type { View } from '../view.ts'

/** Somebody comes or goes; the record adds up how often and how long they were there. */
export const setBadge = (view: View, body: Badge, context: RuleContext): Judgement => {
  const { timeMs } = context
  const rights = rightsOf(view, { ...body, action: 'badge' }, timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const who = payerOf(view, body.who)
  const bringing = { place: rights.place, asset: body.asset, list: 'services', timeMs } as const
  const code =
    judgeAsset(view.get('asset', body.asset), body.place) ?? bringingProblem(view, who, bringing)
  if (code !== undefined) return refuse(code)
  const { asset, place } = body
  const wallet = ready(who).wallet.id
  const key = presenceKey({ wallet, asset, place })
  const before = view.get('presence', key) ?? { wallet, asset, place, totalMs: ZERO, visits: ZERO }
  return body.direction === 'in' ? comeIn(view, before, timeMs) : goOut(key, before, timeMs)
}

function judgeAsset(asset: AssetRecord | undefined, place: PlaceId): RefusalCode | undefined {
  if (asset === undefined) return 'asset_unknown'
  if (asset.archived) return 'asset_archived'
  if (asset.category !== 'badge') return 'asset_category_not_allowed'
  return asset.issuer === place ? undefined : 'asset_not_issued_here'
}

function comeIn(view: View, before: PresenceRecord, timeMs: number): Judgement {
  if (before.inSinceMs !== undefined) return refuse('badge_already_in')
  const listed = listService(view, before.wallet, before.asset)
  if ('ok' in listed) return listed
  const visits = units(before.visits + 1)
  const record = { ...before, inSinceMs: timeMs, visits }
  const writes = [writing('presence', presenceKey(record), record), ...listed]
  return applied({ writes, facts: { visits } })
}

function goOut(key: string, before: PresenceRecord, timeMs: number): Judgement {
  const { inSinceMs, ...rest } = before
  if (inSinceMs === undefined) return refuse('badge_not_in')
  const stayedMs = timeMs - inSinceMs
  const record = { ...rest, totalMs: units(before.totalMs + stayedMs) }
  return applied({ writes: [writing('presence', key, record)], facts: { stayedMs } })
}
