import type { CardName } from '#api/ports/desk.ts'
import type { CardAccount, WalletAccess, WalletBalance } from '#api/ports/ledger.ts'
import type { PlaceId, WalletId } from '#protocol/id.ts'
import { mandateFor } from '#protocol/ledger/charge.ts'
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
  const balances = wallet === undefined ? [] : balancesOf(view, wallet)
  if (card.place === reader) return { card, balances }
  if (wallet === undefined) return 'denied'
  const access = walletAccessOf(view, { reader, wallet }, timeMs)
  return access === 'granted' ? { card, balances } : 'denied'
}
