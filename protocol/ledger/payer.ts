import { equalBytes } from '../bytes.ts'
import { type CardId, idBytes, type Key, type WalletId } from '../id.ts'
import type { CardRecord, WalletRecord } from '../state/record.ts'
import type { Agreement } from '../transaction/consent.ts'
import type { Consent } from '../transaction/envelope.ts'
import type { Payer } from '../transaction/kinds/terms.ts'
import { REFUSAL_CODES, type RefusalCode } from '../transaction/outcome.ts'
import type { View } from './view.ts'

/** Whose money a body names, as the ledger knows it. */
export type KnownPayer = {
  /** The card's id, or the wallet's where no card is named: what its caps are counted under. */
  readonly id: CardId | WalletId
  readonly card?: CardRecord
  readonly wallet?: WalletRecord
  /** Why it cannot take part. */
  readonly problem?: RefusalCode
}

/** A payer whose wallet may give and take. */
export type ReadyPayer = KnownPayer & { readonly wallet: WalletRecord }

/** The card, whatever its state, or the person's wallet that a body names. */
export const payerOf = (view: View, payer: Payer): KnownPayer =>
  'card' in payer ? cardPayerOf(view, payer.card) : walletPayerOf(view, payer.wallet, PERSON)

/** The wallet of one of these kinds. A card's wallet is reached through its card only. */
export const walletPayerOf = (
  view: View,
  id: WalletId,
  kinds: readonly WalletRecord['kind'][],
): KnownPayer => {
  const wallet = view.get('wallet', id)
  if (wallet === undefined) return { id, problem: 'wallet_unknown' }
  return kinds.includes(wallet.kind) ? { id, wallet } : { id, problem: 'wallet_kind_not_allowed' }
}

/** Why a wallet gives nothing now, though it may receive. */
export const freezeOf = (
  wallet: WalletRecord | undefined,
  timeMs: number,
): RefusalCode | undefined => ((wallet?.frozenUntilMs ?? 0) > timeMs ? 'wallet_frozen' : undefined)

/** What keeps a payer from giving: what keeps it from any part, or that its wallet is frozen. */
export const giverProblem = (payer: KnownPayer, timeMs: number): RefusalCode | undefined =>
  payer.problem ?? freezeOf(payer.wallet, timeMs)

/** The payer with its wallet; one that cannot take part is our mistake here: judge it before. */
export const ready = (payer: KnownPayer): ReadyPayer => {
  const { wallet } = payer
  if (wallet === undefined) throw new Error(`a payer without a wallet: ${payer.id}`)
  return { ...payer, wallet }
}

/** The most that a consent allows, or how the consent fails. */
export type Agreed = { readonly max: number } | 'missing' | 'mismatch'

/**
 * The consent of a payer's key. `maxIn` says how much an agreement allows of what is judged, or
 * undefined where it is about something else.
 */
export const agreedBy = (
  payer: KnownPayer,
  consents: readonly Consent[],
  maxIn: (agree: Agreement) => number | undefined,
): Agreed => {
  let failure: 'missing' | 'mismatch' = 'missing'
  for (const { signer, agree } of consents) {
    if (!signsFor(payer, signer)) continue
    const max = maxIn(agree)
    if (max !== undefined) return { max }
    failure = 'mismatch'
  }
  return failure
}

/** The code that comes first in the order rules judge. */
export const earliest = (codes: readonly (RefusalCode | undefined)[]): RefusalCode | undefined =>
  earliestOf(codes, (code) => code)

/** The code that comes first of what is wrong with each of several. */
export const earliestOf = <T>(
  items: readonly T[],
  problemOf: (item: T) => RefusalCode | undefined,
): RefusalCode | undefined => {
  let first: RefusalCode | undefined
  for (const item of items) {
    const code = problemOf(item)
    if (code !== undefined && (first === undefined || orderOf(code) < orderOf(first))) first = code
  }
  return first
}

const PERSON = ['person'] as const

function cardPayerOf(view: View, id: CardId): KnownPayer {
  const card = view.get('card', id)
  if (card === undefined) return { id, problem: 'card_unknown' }
  if (card.state !== 'active') {
    return { id, card, problem: card.state === 'blocked' ? 'card_blocked' : 'card_not_active' }
  }
  const wallet = card.wallet && view.get('wallet', card.wallet)
  if (wallet === undefined) throw new Error(`an active card without its wallet: ${id}`)
  return { id, card, wallet }
}

/** A secret card's id and its key are the same 32 bytes; a weak card has no key. */
function signsFor({ card, wallet }: KnownPayer, signer: Key): boolean {
  if (card === undefined) return wallet?.keys.includes(signer) ?? false
  return card.strength === 'secret' && equalBytes(idBytes(card.id), idBytes(signer))
}

function orderOf(code: RefusalCode): number {
  return REFUSAL_CODES.indexOf(code)
}
