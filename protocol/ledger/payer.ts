import { equalBytes } from '../bytes.ts'
import { type CardId, idBytes, type Key, type PlaceId, type WalletId } from '../id.ts'
import type { CardRecord, WalletRecord } from '../state/record.ts'
import type { Agreement } from '../transaction/consent.ts'
import type { Payer } from '../transaction/kinds/terms.ts'
import { REFUSAL_CODES, type RefusalCode } from '../transaction/outcome.ts'
import { batchOf, countedAs, isClosed, walletOfCard } from './card.ts'
import { type RuleContext, type Write, writing } from './rule.ts'
import type { View } from './view.ts'

/** Whose money a body names, as the ledger knows it. */
export type KnownPayer = {
  /** What its caps are counted under: the card's id or that of the first it replaced, or a wallet's. */
  readonly id: CardId | WalletId
  readonly card?: CardRecord | undefined
  readonly wallet?: WalletRecord | undefined
  /** Of a dynamic card: who vouches for its taps. */
  readonly attester?: Key | undefined
  /** Why it cannot take part. */
  readonly problem?: RefusalCode | undefined
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
  if (!kinds.includes(wallet.kind)) return { id, problem: 'wallet_kind_not_allowed' }
  return isClosed(wallet) ? { id, wallet, problem: 'wallet_closed' } : { id, wallet }
}

/** Why a wallet gives nothing now, though it may receive. */
export const freezeOf = (
  wallet: WalletRecord | undefined,
  timeMs: number,
): RefusalCode | undefined => {
  if ((wallet?.frozenUntilMs ?? 0) > timeMs) return 'wallet_frozen'
  return wallet?.legalHold === true ? 'wallet_on_legal_hold' : undefined
}

/** What keeps a payer from giving: what keeps it from any part, or that its wallet is frozen. */
export const giverProblem = (payer: KnownPayer, timeMs: number): RefusalCode | undefined =>
  payer.problem ?? freezeOf(payer.wallet, timeMs)

/** The payer with its wallet; one that cannot take part is our mistake here: judge it before. */
export const ready = (payer: KnownPayer): ReadyPayer => ({ ...payer, wallet: walletOf(payer) })

/** The wallet of a payer that can take part. */
export const walletOf = ({ id, wallet }: KnownPayer): WalletRecord => {
  if (wallet === undefined) throw new Error(`a payer without a wallet: ${id}`)
  return wallet
}

/** The most that was signed for, or how the consent fails. */
export type Signed = { readonly max: number } | 'missing' | 'mismatch'

/** The most that a payer agreed to, by which tap and with what tips if it was one, or how it fails. */
export type Agreed =
  | { readonly max: number; readonly tap?: number; readonly tip?: number }
  | Exclude<Signed, object>
  | 'replayed'

/**
 * What a payer is to agree to. `maxIn` says how much an agreement allows of what is judged, or
 * undefined where it is about something else.
 */
export type ConsentSought = Pick<RuleContext, 'consents' | 'tally'> & {
  readonly place: PlaceId
  readonly maxIn: (agree: Agreement) => number | undefined
}

/** The consent of a payer's key; of a dynamic card a tap, which its attester saw. */
export const agreedBy = (payer: KnownPayer, sought: ConsentSought): Agreed =>
  payer.attester === undefined
    ? signedBy(payer, sought.consents, sought.maxIn)
    : tapOf(payer, sought)

/** The consent of a payer's own key, by what `maxIn` says of its agreements. */
export const signedBy = (
  payer: KnownPayer,
  consents: ConsentSought['consents'],
  maxIn: ConsentSought['maxIn'],
): Signed => {
  let failure: 'missing' | 'mismatch' = 'missing'
  for (const { signer, agree } of consents) {
    if (!signsFor(payer, signer)) continue
    const max = maxIn(agree)
    if (max !== undefined) return { max }
    failure = 'mismatch'
  }
  return failure
}

/** The card with the tap that it was charged by, so that nobody can show it again. */
export const tapRecord = ({ card }: KnownPayer, agreed: Agreed): readonly Write<'card'>[] => {
  if (card === undefined || typeof agreed === 'string' || agreed.tap === undefined) return NO_TAP
  const counter = Math.max(card.counter ?? 0, agreed.tap)
  return [writing('card', card.id, { ...card, counter })]
}

/** The name of a tap in the tally of a batch: its operations may share one. */
export const tapName = (card: CardId, tap: number): string => `${card}/tap/${tap}`

/** The one of two that comes first in the order rules judge. */
export const earlier = (
  one: RefusalCode | undefined,
  other: RefusalCode | undefined,
): RefusalCode | undefined => {
  if (one === undefined || other === undefined) return one ?? other
  return orderOf(other) < orderOf(one) ? other : one
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
const NO_TAP: readonly Write<'card'>[] = []

function cardPayerOf(view: View, id: CardId): KnownPayer {
  const card = view.get('card', id)
  if (card === undefined) return { id, problem: 'card_unknown' }
  const wallet = walletOfCard(view, card)
  const problem = problemOf(card)
  if (problem === undefined && wallet === undefined) {
    throw new Error(`an active card without its wallet: ${id}`)
  }
  const attester = card.strength === 'dynamic' ? batchOf(view, card).attester : undefined
  return { id: countedAs(card), card, wallet, attester, problem }
}

function problemOf({ state }: CardRecord): RefusalCode | undefined {
  switch (state) {
    case 'active':
    case 'linked':
      return undefined
    case 'blocked':
      return 'card_blocked'
    case 'replaced':
      return 'card_replaced'
    case 'blank':
    case 'void':
      return 'card_not_active'
  }
}

/** The first tap of the card for this place that nothing was charged by before this transaction. */
function tapOf({ card, attester }: KnownPayer, { consents, tally, place }: ConsentSought): Agreed {
  let failure: Agreed = 'missing'
  for (const { signer, agree } of consents) {
    if (signer !== attester || agree.kind !== 'tap' || agree.card !== card?.id) continue
    const { counter, max, tip } = agree
    const isFresh = counter > (card.counter ?? 0) || tally.consents.has(tapName(card.id, counter))
    if (isFresh && agree.place === place) {
      return { max, tap: counter, ...(tip !== undefined && { tip }) }
    }
    if (failure !== 'mismatch') failure = isFresh ? 'mismatch' : 'replayed'
  }
  return failure
}

/** A secret card's id and its key are the same 32 bytes; a weak card has no key. */
function signsFor({ card, wallet }: KnownPayer, signer: Key): boolean {
  if (card === undefined) return wallet?.keys.includes(signer) ?? false
  return card.strength === 'secret' && equalBytes(idBytes(card.id), idBytes(signer))
}

function orderOf(code: RefusalCode): number {
  return REFUSAL_CODES.indexOf(code)
}
