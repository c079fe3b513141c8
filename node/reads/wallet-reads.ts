import type { Owned, Reader } from '#api/ports/caller.ts'
import type { CardName } from '#api/ports/desk.ts'
import type { CardAccount, WalletAccess, WalletBalance } from '#api/ports/ledger.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import { mandateFor } from '#protocol/ledger/charge.ts'
import type { CardRecord } from '#protocol/state/record.ts'
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

/**
 * A place reads its own wallet, and those that let it charge at this time; a holder reads its own. By
 * the code of a card nobody reads a wallet: what is on the card is read with the card.
 */
export const walletAccessOf = (
  view: FinalView,
  { reader, wallet }: { readonly reader: Reader; readonly wallet: WalletId },
  timeMs: number,
): WalletAccess => {
  if ('wallet' in reader) return reader.wallet === wallet ? 'granted' : 'denied'
  if ('card' in reader) return 'denied'
  if (view.get('wallet', wallet) === undefined) return 'unknown'
  const place = view.get('place', reader.place)
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
    readonly reader: Reader
    readonly tagKey: Uint8Array | undefined
  },
  timeMs: number,
): CardAccount | 'denied' | 'tags_not_supported' | undefined => {
  const id = cardOf(name, tagKey)
  if (id === undefined) return 'tags_not_supported'
  const card = view.get('card', id)
  if (!('place' in reader)) return card === undefined ? 'denied' : ownCardOf(view, card, reader)
  if (card === undefined) return undefined
  const { wallet } = card
  if (card.place !== reader.place) {
    if (wallet === undefined) return 'denied'
    if (walletAccessOf(view, { reader, wallet }, timeMs) !== 'granted') return 'denied'
  }
  return { card, ...accountOf(view, { wallet, at: reader.place }) }
}

const NOTHING = { balances: [], memberships: [], presences: [], holds: [] } as const

/** What a card's wallet has; presences are those at one place, or, for a holder, all of them. */
const accountOf = (
  view: FinalView,
  { wallet, at }: { readonly wallet: WalletId | undefined; readonly at?: PlaceId },
): Omit<CardAccount, 'card'> => {
  if (wallet === undefined) return NOTHING
  const memberships: MembershipRecord[] = []
  const presences: PresenceRecord[] = []
  for (const { id, issuer } of view.records('asset')) {
    const membership = view.get('membership', `${wallet}/${id}`)
    if (membership !== undefined) memberships.push(membership)
    // A place badges with what it issues itself.
    const presence = view.get('presence', `${wallet}/${id}/${at ?? issuer}`)
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

/**
 * A card of the holder's wallet; or, by its claim code, a card with money of its own. The code of a
 * linked card, or of one that was replaced, may be in other hands: it says nothing of what is there now.
 */
const ownCardOf = (view: FinalView, card: CardRecord, reader: Owned): CardAccount | 'denied' => {
  const { wallet } = card
  if ('wallet' in reader) {
    return wallet === reader.wallet ? { card, ...accountOf(view, { wallet }) } : 'denied'
  }
  if (card.id !== reader.card || card.state === 'replaced') return 'denied'
  const isOwn = wallet === undefined || view.get('wallet', wallet)?.kind === 'card'
  return isOwn ? { card, ...accountOf(view, { wallet }) } : 'denied'
}
