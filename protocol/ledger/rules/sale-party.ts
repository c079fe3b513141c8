import type { MandateRecord, PlaceRecord } from '../../state/record.ts'
import type { Agreement } from '../../transaction/consent.ts'
import type { Sale } from '../../transaction/kinds/payment.ts'
import type { Payer } from '../../transaction/kinds/terms.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { acceptsCard, mandateFor } from '../charge.ts'
import { type Agreed, agreedBy, type KnownPayer, payerOf, signedBy } from '../payer.ts'
import type { RuleContext } from '../rule.ts'
import type { View } from '../view.ts'

/**
 * A payer of a sale, or of a hold, with what allows the charge. A card always wants a mandate that covers the
 * place, a secret one a consent as well; a person's wallet one of the two.
 */
export type Party = {
  readonly payer: KnownPayer
  readonly agreed: Agreed
  readonly mandate: MandateRecord | 'missing' | 'expired' | 'not_needed'
}

/** What every charge at a place is judged against. */
export type ChargeSetting = {
  readonly view: View
  readonly place: PlaceRecord
  readonly context: RuleContext
}

/** What all parties of a sale are judged against. */
export type SaleSetting = ChargeSetting & { readonly body: Sale }

export const partyOf = (setting: SaleSetting, named: Payer): Party =>
  chargedParty(setting, named, (agree) => maxIn(agree, setting.body))

/** Whoever is charged. `maxIn` says how much an agreement allows of it, if it is about it. */
export const chargedParty = (
  { view, place, context }: ChargeSetting,
  named: Payer,
  maxIn: (agree: Agreement) => number | undefined,
): Party => {
  const payer = acceptedAt(view, place, payerOf(view, named))
  const { consents, tally } = context
  const agreed = agreedBy(payer, { consents, tally, place: place.id, maxIn })
  const { card, wallet } = payer
  const isNeeded = wallet !== undefined && (card !== undefined || agreed === 'missing')
  const mandate = isNeeded ? mandateFor(view, wallet.id, place, context.timeMs) : 'not_needed'
  return { payer, agreed, mandate }
}

/** The payer, whose card the place must let in. */
function acceptedAt(view: View, place: PlaceRecord, payer: KnownPayer): KnownPayer {
  const { card, problem } = payer
  if (problem !== undefined || card === undefined || acceptsCard(view, card, place)) return payer
  return { ...payer, problem: 'card_not_accepted' }
}

/** What is wrong with the consent itself, as far as the payer is known. */
export const consentProblem = ({ payer, agreed, mandate }: Party): RefusalCode | undefined => {
  const { card, wallet } = payer
  if (card?.strength === 'weak' || (card === undefined && wallet === undefined)) return undefined
  if (agreed === 'mismatch') return 'consent_mismatch'
  if (agreed === 'replayed') return 'card_counter_replayed'
  if (agreed !== 'missing') return undefined
  if (card !== undefined) return 'card_consent_missing'
  return mandate === 'missing' ? 'holder_consent_missing' : undefined
}

/**
 * Why tips may not come out of what a payer gives: whoever has a grant chooses whose they are, so the
 * payer itself agrees to the most of them. No mandate stands for that, and a weak card cannot.
 */
export const tipConsentProblem = (
  { body, context }: SaleSetting,
  { payer, agreed }: Party,
  tips: number,
): RefusalCode | undefined => {
  const { card, wallet } = payer
  if (tips === 0 || agreed === 'mismatch' || agreed === 'replayed') return undefined
  if (agreed === 'missing') {
    if (card !== undefined) return 'card_consent_missing'
    return wallet === undefined ? undefined : 'holder_consent_missing'
  }
  const { tap, tip = 0 } = agreed
  if (tap !== undefined) return tips > tip ? 'consent_mismatch' : undefined
  const signed = signedBy(payer, context.consents, (agree) => tipIn(agree, body))
  return typeof signed === 'object' && tips <= signed.max ? undefined : 'consent_mismatch'
}

export const mandateProblem = ({ mandate }: Party): RefusalCode | undefined => {
  if (mandate === 'missing') return 'mandate_missing'
  return mandate === 'expired' ? 'mandate_expired' : undefined
}

function maxIn(agree: Agreement, body: Sale): number | undefined {
  return isFor(agree, body) ? agree.max : undefined
}

function tipIn(agree: Agreement, body: Sale): number | undefined {
  return isFor(agree, body) ? (agree.tip ?? 0) : undefined
}

function isFor(agree: Agreement, { place, unit, scale }: Sale): agree is SaleAgreement {
  return (
    agree.kind === 'sale' && agree.place === place && agree.unit === unit && agree.scale === scale
  )
}

type SaleAgreement = Extract<Agreement, { kind: 'sale' }>
