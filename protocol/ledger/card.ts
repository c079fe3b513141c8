import { keyOfCard } from '../derive.ts'
import type { CardId, Key, WalletId } from '../id.ts'
import type { BatchRecord, CardRecord, WalletRecord } from '../state/record.ts'
import { type Write, writing } from './rule.ts'
import type { View } from './view.ts'

/** The batch of a card, whose terms it follows. */
export const batchOf = (view: View, { place, batch, id }: CardRecord): BatchRecord => {
  const record = view.get('batch', `${place}/${batch}`)
  if (record === undefined) throw new Error(`a card without its batch: ${id}`)
  return record
}

/** The wallet that a card reaches; a blank, replaced or void one has none. */
export const walletOfCard = (view: View, card: CardRecord | undefined): WalletRecord | undefined =>
  card?.wallet && view.get('wallet', card.wallet)

/** Whether a person has the card's money, whatever became of the card: its holder decides on it. */
export const isLinked = (view: View, card: CardRecord | undefined): boolean =>
  walletOfCard(view, card)?.kind === 'person'

/** What a card is as long as nobody blocks it. */
export const unblockedState = (view: View, card: CardRecord): 'blank' | 'active' | 'linked' => {
  if (card.wallet === undefined) return 'blank'
  return isLinked(view, card) ? 'linked' : 'active'
}

/** Under whose id a card's charges are counted: replacing a card gives it no fresh caps. */
export const countedAs = ({ id, countedAs: first }: CardRecord): CardId => first ?? id

/** The keys that a card can sign with itself. */
export const ownKeysOf = ({ id, strength }: CardRecord): Key[] =>
  strength === 'secret' ? [keyOfCard(id)] : []

/** The claim code's key, if the card has one. */
export const claimsOf = ({ claim }: CardRecord): Key[] => (claim === undefined ? [] : [claim])

/** A card's keys that sign no transaction any more, whatever they still co-sign. */
export const retiredKeys = (card: CardRecord): Write<'key'>[] =>
  ownKeysOf(card).map((key) => writing('key', key, { key, retired: true, card: card.id }))

/** Whether a key of a card is somebody else's: its claim is known since the card was registered. */
export const isTakenFrom = (view: View, { id }: CardRecord, key: Key): boolean => {
  const known = view.get('key', key)
  return known !== undefined && known.card !== id
}

/** Where the money of a wallet is now: of a linked card's with the person, else in the wallet itself. */
export const presentWallet = (view: View, wallet: WalletId): WalletId =>
  view.get('wallet', wallet)?.successor ?? wallet

/** A linked card's wallet went to a person's, a void card's is at its end: nothing comes in. */
export const isClosed = (wallet: WalletRecord | undefined): boolean =>
  wallet?.successor !== undefined || wallet?.closed === true
