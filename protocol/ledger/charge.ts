import { units } from '../amount.ts'
import type { CardId, WalletId } from '../id.ts'
import type { AssetRecord, CardRecord, MandateRecord, PlaceRecord } from '../state/record.ts'
import type { ChargeCaps } from '../transaction/kinds/terms.ts'
import { countedAs } from './card.ts'
import { dayEndMs, dayOf } from './period.ts'
import { type Refusal, refuse, type Write, writing } from './rule.ts'
import type { View } from './view.ts'
import { walletKey } from './wallet-key.ts'

/** A charge that a mandate allows rather than a signature, or both: all of one payer's at one place. */
export type Charge = {
  readonly payer: CardId | WalletId
  readonly amount: number
  readonly place: PlaceRecord
  readonly timeMs: number
}

/** What a card gives of one asset. `where` is the place, or what stands for it in a transfer. */
export type Spend = {
  readonly card: CardRecord
  readonly asset: AssetRecord
  readonly amount: number
  readonly where: string
  readonly timeMs: number
}

/**
 * The mandate of a wallet that covers a place: given to the place itself, or to one of its
 * federations. One that has ended counts only if there is no other.
 */
export const mandateFor = (
  view: View,
  wallet: WalletId,
  place: PlaceRecord,
  timeMs: number,
): MandateRecord | 'missing' | 'expired' => {
  const own = view.get('mandate', walletKey(wallet, place.id))
  if (own !== undefined && !isOver(own, timeMs)) return own
  let failure: 'missing' | 'expired' = own === undefined ? 'missing' : 'expired'
  for (const federation of place.federations) {
    const mandate = view.get('mandate', walletKey(wallet, federation))
    if (mandate === undefined) continue
    if (!isOver(mandate, timeMs)) return mandate
    failure = 'expired'
  }
  return failure
}

/** Whether a mandate has ended; one without an end never has. */
export const isOver = ({ notAfterMs }: MandateRecord, timeMs: number): boolean =>
  notAfterMs !== undefined && timeMs >= notAfterMs

/** Whether a place lets such a card pay: a weak one from elsewhere only by the word of a federation. */
export const acceptsCard = (
  view: View,
  { strength, place: origin }: CardRecord,
  { id, federations }: PlaceRecord,
): boolean =>
  strength !== 'weak' ||
  origin === id ||
  federations.some((federation) => view.get('federation', federation)?.weakCards === true)

/** Counts a charge under its mandate's caps per charge and per payer, place and UTC day. */
export const judgeMandateUse = (
  view: View,
  { caps }: MandateRecord,
  { payer, amount, place, timeMs }: Charge,
): Refusal | Write<'counter'> =>
  countWithin(view, caps, { subject: `charge/${payer}/${place.id}`, amount, timeMs }) ??
  refuse('mandate_cap_exceeded')

/** Counts what a card gives of an asset under the asset's limits for cards of its strength. */
export const judgeCardLimits = (
  view: View,
  { card, asset, amount, where, timeMs }: Spend,
): Refusal | Write<'counter'> => {
  const subject = `spend/${countedAs(card)}/${asset.id}/${where}`
  const limits = limitsFor(asset, card.strength)
  return countWithin(view, limits, { subject, amount, timeMs }) ?? refuse('card_limit_exceeded')
}

/** The limits of an asset for cards of a strength. */
export const limitsFor = (
  { cardLimits }: AssetRecord,
  strength: CardRecord['strength'],
): ChargeCaps => cardLimits[strength] ?? cardLimits.secret

type Count = { readonly subject: string; readonly amount: number; readonly timeMs: number }

/** The counter of a UTC day with `amount` more in it, or undefined when a cap would be passed. */
function countWithin(
  view: View,
  caps: ChargeCaps,
  { subject, amount, timeMs }: Count,
): Write<'counter'> | undefined {
  const day = dayOf(timeMs)
  const name = `${subject}/${day}`
  const value = (view.get('counter', name)?.value ?? 0) + amount
  if (amount > caps.charge || value > caps.day) return undefined
  return writing('counter', name, { name, value: units(value), untilMs: dayEndMs(day) })
}
