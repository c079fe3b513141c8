import { AMOUNT_MAX, units } from '../amount.ts'
import type { AssetId, WalletId } from '../id.ts'
import { ASSETS_PER_CARD_MAX } from '../limits.ts'
import type { WalletRecord } from '../state/record.ts'
import type { MembershipRecord, PresenceRecord } from '../state/record-money.ts'
import { type Refusal, type Removal, refuse, type Write, writing } from './rule.ts'
import type { View } from './view.ts'
import { walletKey } from './wallet-key.ts'

/** Key of the record of presence by a badge of a place. */
export const presenceKey = ({
  wallet,
  asset,
  place,
}: Pick<PresenceRecord, 'wallet' | 'asset' | 'place'>): string => `${wallet}/${asset}/${place}`

/**
 * A card's wallet lists its memberships and badges, so that a link finds them. Any other wallet keeps
 * what it has.
 */
export const listService = (
  view: View,
  id: WalletId,
  asset: AssetId,
): readonly Write<'wallet'>[] | Refusal => {
  const wallet = view.get('wallet', id)
  const { services = [] } = wallet ?? {}
  if (wallet?.kind !== 'card' || services.includes(asset)) return []
  if (services.length >= ASSETS_PER_CARD_MAX) return refuse('card_asset_limit_reached')
  return [writing('wallet', id, { ...wallet, services: [...services, asset] })]
}

/** What becomes of the memberships and the presence of a card whose wallet somebody takes over. */
export type MovedServices = {
  readonly writes: readonly Write[]
  readonly removes: readonly Removal[]
}

export const moveServices = (
  view: View,
  { id: from, services = [] }: Pick<WalletRecord, 'id' | 'services'>,
  { to, timeMs }: { readonly to: WalletId; readonly timeMs: number },
): MovedServices => {
  const writes: Write[] = []
  const removes: Removal[] = []
  for (const asset of services) {
    const membership = view.get('membership', walletKey(from, asset))
    if (membership !== undefined) {
      const key = walletKey(to, asset)
      const known = view.get('membership', key)
      writes.push(writing('membership', key, joined({ ...membership, wallet: to }, known, timeMs)))
      removes.push({ family: 'membership', key: walletKey(from, asset) })
    }
    const place = view.get('asset', asset)?.issuer
    const presence = place && view.get('presence', presenceKey({ wallet: from, asset, place }))
    if (presence !== undefined) {
      const moved = { ...presence, wallet: to }
      const key = presenceKey(moved)
      writes.push(writing('presence', key, together(moved, view.get('presence', key))))
      removes.push({ family: 'presence', key: presenceKey(presence) })
    }
  }
  return { writes, removes }
}

/** What is left of one membership comes after what is left of the other. */
function joined(
  card: MembershipRecord,
  own: MembershipRecord | undefined,
  timeMs: number,
): MembershipRecord {
  if (own === undefined) return card
  const left = Math.max(0, card.untilMs - timeMs)
  return {
    ...card,
    sinceMs: Math.min(own.sinceMs, card.sinceMs),
    untilMs: Math.min(AMOUNT_MAX, Math.max(own.untilMs, timeMs) + left),
    contributions: units(Math.min(AMOUNT_MAX, own.contributions + card.contributions)),
  }
}

/** Who was there with the card and without it was there; in by either, since the earlier. */
function together(card: PresenceRecord, own: PresenceRecord | undefined): PresenceRecord {
  if (own === undefined) return card
  const { inSinceMs: _, ...rest } = own
  const since = [card.inSinceMs, own.inSinceMs].flatMap((each) => each ?? [])
  return {
    ...rest,
    ...(since.length > 0 && { inSinceMs: Math.min(...since) }),
    totalMs: units(own.totalMs + card.totalMs),
    visits: units(own.visits + card.visits),
  }
}
