import type { CardName } from '#api/ports/desk.ts'
import type { CardAccount, WalletAccess, WalletBalance } from '#api/ports/ledger.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import { mandateFor } from '#protocol/ledger/charge.ts'
import type { MembershipRecord, PresenceRecord } from '#protocol/state/record-money.ts'
import { cardOf } from '../desk/card-names.ts'
import type { FinalView } from '../pipeline/executor.ts'

/** Balances of a wallet, in the order in which the assets came into being. */
export const balancesOf = (view: FinalView, wallet: WalletId): readonly WalletBalance[] => {
  const balances: WalletBalance[] = []
  for (const asset of view.records('asset')) {
    const balance = view.get('balance', `${wallet}/${asset.id}`)
    if (balance !== undefined) balances.push({ balance, asset })
  }
  return balances
}

/** A place reads its own wallet, and those that let it charge at this time. */
export const walletAccessOf = (
  view: FinalView,
  { reader, wallet }: { readonly reader: PlaceId; readonly wallet: WalletId },
  timeMs: number,
): WalletAccess => {
  if (view.get('wallet', wallet) === undefined) return 'unknown'
  const place = view.get('place', reader)
  if (place === undefined) return 'denied'
  if (place.wallet === wallet) return 'granted'
  return typeof mandateFor(view, wallet, place, timeMs) === 'object' ? 'granted' : 'denied'
}

/** A card of the reader, or one that lets it charge, with what its wallet holds. */
export const cardAccountOf = (
  view: FinalView,
  {
    name,
    reader,
    tagKey,
  }: {
    readonly name: CardName
    readonly reader: PlaceId
    readonly tagKey: Uint8Array | undefined
  },
  timeMs: number,
): CardAccount | 'denied' | 'tags_not_supported' | undefined => {
  const id = cardOf(name, tagKey)
  if (id === undefined) return 'tags_not_supported'
  const card = view.get('card', id)
  if (card === undefined) return undefined
  const { wallet } = card
  if (card.place !== reader) {
    if (wallet === undefined) return 'denied'
    if (walletAccessOf(view, { reader, wallet }, timeMs) !== 'granted') return 'denied'
  }
  return { card, ...accountOf(view, { wallet, reader }) }
}

const NOTHING = { balances: [], memberships: [], presences: [], holds: [] } as const

/** What a card's wallet has, and what of it is the reader's business. */
const accountOf = (
  view: FinalView,
  { wallet, reader }: { readonly wallet: WalletId | undefined; readonly reader: PlaceId },
): Omit<CardAccount, 'card'> => {
  if (wallet === undefined) return NOTHING
  const memberships: MembershipRecord[] = []
  const presences: PresenceRecord[] = []
  for (const { id } of view.records('asset')) {
    const membership = view.get('membership', `${wallet}/${id}`)
    if (membership !== undefined) memberships.push(membership)
    const presence = view.get('presence', `${wallet}/${id}/${reader}`)
    if (presence !== undefined) presences.push(presence)
  }
  const holds = view.get('wallet', wallet)?.holds ?? []
  return {
    balances: balancesOf(view, wallet),
    memberships,
    presences,
    holds: holds.flatMap((id) => view.get('hold', id) ?? []),
  }
}
