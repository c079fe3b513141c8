import type { AssetRecord, PlaceRecord } from '../../state/record.ts'
import type { Agreement } from '../../transaction/consent.ts'
import type { Cashout } from '../../transaction/kinds/payment.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { countedAs } from '../card.ts'
import { judgeCardLimits, judgeMandateUse, mandateFor } from '../charge.ts'
import { availableOf } from '../movement.ts'
import {
  type Agreed,
  agreedBy,
  earliest,
  giverProblem,
  type KnownPayer,
  payerOf,
  type ReadyPayer,
  ready,
  tapName,
  tapRecord,
} from '../payer.ts'
import { allowsAsset, grantIds, judgeGrantUse, rightsOf } from '../rights.ts'
import {
  applied,
  type Flow,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  refuseForLackOf,
  type Write,
} from '../rule.ts'
import type { View } from '../view.ts'

/**
 * Money turns back into cash over the desk: a place's own is burned, federated money becomes the
 * place's. The holder or the secret card agrees; a weak card does it only at its origin. Whichever
 * card it is, it is charged: what it signs only proves that its secret was known.
 */
export const cashOut = (view: View, body: Cashout, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'cashout' }, context.timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const payer = payerOf(view, body.payer)
  const asset = view.get('asset', body.asset)
  const agreed = consentTo(payer, body, context)
  const code =
    judgeConsent(payer, agreed, body, context) ??
    judgeAsset(view, asset, rights.place) ??
    earliest([giverProblem(payer, context.timeMs), judgeOrigin(payer, body)])
  if (code !== undefined || asset === undefined) return refuse(code ?? 'asset_unknown')
  const setting = { view, body, context, place: rights.place }
  const charged = judgeCharge(setting, asset, ready(payer))
  if ('ok' in charged) return charged
  const used = judgeGrantUse(rights, { moved: body.amount, refunded: body.amount }, context)
  if ('ok' in used) return used
  if (asset.category === 'gift') return refuse('gift_not_redeemable')
  const from = ready(payer).wallet.id
  const available = availableOf(view, from, asset.id)
  if (available < body.amount) return refuseForLackOf(body.amount - available)
  return applied({
    flows: [flowOf(asset, rights.place, { amount: body.amount, from })],
    writes: [...charged, ...used, ...tapRecord(payer, agreed)],
    used: {
      amount: body.amount,
      grants: grantIds(rights),
      consent: consentName(payer, agreed, body),
    },
  })
}

type CashoutSetting = {
  readonly view: View
  readonly body: Cashout
  readonly context: RuleContext
  readonly place: PlaceRecord
}

/**
 * One consent bounds all cash-outs of a batch that lean on it: a person's those of all their cards,
 * a tap those in whatever asset.
 */
function consentName(payer: KnownPayer, agreed: Agreed, { asset }: Cashout): string {
  const { card } = payer
  const tap = typeof agreed === 'string' ? undefined : agreed.tap
  if (card !== undefined && tap !== undefined) return tapName(card.id, tap)
  return `${consentingPayer(payer).id}/${asset}`
}

/** Of a linked card its holder agrees: the card alone never turns a person's money into cash. */
function consentingPayer(payer: KnownPayer): KnownPayer {
  const { wallet } = payer
  return wallet?.kind === 'person' ? { id: wallet.id, wallet } : payer
}

function consentTo(payer: KnownPayer, body: Cashout, { consents, tally }: RuleContext): Agreed {
  const maxFor = (agree: Agreement) => maxIn(agree, body)
  return agreedBy(consentingPayer(payer), { consents, tally, place: body.place, maxIn: maxFor })
}

function isOfPerson({ wallet }: KnownPayer): boolean {
  return wallet?.kind === 'person'
}

function judgeConsent(
  payer: KnownPayer,
  agreed: Agreed,
  body: Cashout,
  { tally }: RuleContext,
): RefusalCode | undefined {
  const { card, wallet } = payer
  if (card?.strength === 'weak' || (card === undefined && wallet === undefined)) return undefined
  if (agreed === 'missing') {
    return isOfPerson(payer) ? 'holder_consent_missing' : 'card_consent_missing'
  }
  if (agreed === 'mismatch') return 'consent_mismatch'
  if (agreed === 'replayed') return 'card_counter_replayed'
  const before = tally.consents.get(consentName(payer, agreed, body)) ?? 0
  return before + body.amount > agreed.max ? 'consent_mismatch' : undefined
}

function maxIn(agree: Agreement, { place, asset }: Cashout): number | undefined {
  const isForCashout = agree.kind === 'cashout' && agree.place === place && agree.asset === asset
  return isForCashout ? agree.max : undefined
}

function judgeAsset(
  view: View,
  asset: AssetRecord | undefined,
  place: PlaceRecord,
): RefusalCode | undefined {
  switch (asset?.category) {
    case undefined:
      return 'asset_unknown'
    case 'local':
    case 'gift':
      return asset?.issuer === place.id ? undefined : 'asset_not_issued_here'
    case 'federated':
      return isHeldAt(view, asset, place) ? undefined : 'asset_not_accepted'
    case 'time':
    case 'points':
    case 'membership':
    case 'badge':
    case 'fixed':
      return 'asset_category_not_allowed'
  }
}

function isHeldAt(
  view: View,
  asset: AssetRecord | undefined,
  { federations }: PlaceRecord,
): boolean {
  return federations.some(
    (federation) => asset && view.get('federation', federation)?.assets.includes(asset.id),
  )
}

function judgeOrigin({ card }: KnownPayer, { place }: Cashout): RefusalCode | undefined {
  return card?.strength === 'weak' && card.place !== place ? 'card_origin_required' : undefined
}

/** Nothing proves that a card is there: its mandate's caps and the asset's limits hold. */
function judgeCharge(
  { view, body, context, place }: CashoutSetting,
  asset: AssetRecord,
  { card, wallet }: ReadyPayer,
): Refusal | Write[] {
  if (card === undefined) return []
  const { amount } = body
  const { timeMs } = context
  const mandate = mandateFor(view, wallet.id, place, timeMs)
  if (mandate === 'missing') return refuse('mandate_missing')
  if (mandate === 'expired') return refuse('mandate_expired')
  const counted = judgeMandateUse(view, mandate, { payer: countedAs(card), amount, place, timeMs })
  if ('ok' in counted) return counted
  const limited = judgeCardLimits(view, { card, asset, amount, where: place.id, timeMs })
  return 'ok' in limited ? limited : [counted, limited]
}

function flowOf(
  { id, category }: AssetRecord,
  { wallet }: PlaceRecord,
  { amount, from }: { readonly amount: number; readonly from: NonNullable<Flow['from']> },
): Flow {
  return category === 'federated'
    ? { asset: id, amount, from, to: wallet }
    : { asset: id, amount, from, redeems: true }
}
