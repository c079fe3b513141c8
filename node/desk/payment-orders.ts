import type { CashoutOrder, Desk, Errand, PaymentOrder, TopUpOrder } from '#api/ports/desk.ts'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import { units } from '#protocol/amount.ts'
import type { AssetId, PlaceId } from '#protocol/id.ts'
import type { Agreement } from '#protocol/transaction/consent.ts'
import type { BodyOf, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import {
  actingIn,
  always,
  type OpenDesk,
  orderOf,
  SALE_PENDING,
  TAGS_NOT_SUPPORTED,
} from './desk-parts.ts'
import { heldElsewhere, takePayment } from './lease-payments.ts'
import type { OwnConsent } from './own-transaction.ts'
import { consentsOf, forgetting, namedOf, oneOf, secretsOf, signerOfSecret } from './payers.ts'
import { isCancelling } from './submitter.ts'
import { inAsset } from './usual-asset.ts'

/** Orders about money: each becomes one transaction under the caller's grant. */
export const createPaymentOrders = (
  parts: OpenDesk,
): Pick<Desk, 'pay' | 'refund' | 'topUp' | 'cashOut'> => ({
  pay: (order, errand) => forgetting(secretsOf(order.payers), () => pay(parts, order, errand)),
  refund: async ({ id, sale: named, amount }, errand) => {
    // A capture whose first id came to nothing is on the ledger under another.
    const sale = parts.leases.find(errand.caller.place, named)?.capture.jti ?? named
    const body: BodyOf<'refund'> = {
      kind: 'refund',
      ...actingIn(errand.caller),
      sale,
      ...(amount !== undefined && { amount: units(amount) }),
    }
    const isPending = () => isSalePending(parts, errand.caller.place, named)
    const signing = { ...always(body), draft: () => (isPending() ? SALE_PENDING : body) }
    return parts.orders.place(orderOf(parts, errand, { id, ...signing }), errand)
  },
  topUp: (order, errand) => forgetting(secretsOf([order.to]), () => topUp(parts, order, errand)),
  cashOut: (order, errand) => {
    const secrets = [...secretsOf([order.payer]), ...(order.secret ? [order.secret] : [])]
    return forgetting(secrets, () => cashOut(parts, order, errand))
  },
})

const pay: (parts: OpenDesk, order: PaymentOrder, errand: Errand) => ReturnType<Desk['pay']> =
  async (parts, order, errand) => {
    const named = namedOf(parts, order.payers)
    if (named === undefined) return TAGS_NOT_SUPPORTED
    const { id, unit, scale, assets, lines, memo } = order
    const amount = units(order.amount)
    const { place } = errand.caller
    const body: BodyOf<'sale'> = {
      kind: 'sale',
      ...actingIn(errand.caller),
      payers: named.map(({ payer }) => payer),
      amount,
      unit,
      scale,
      ...(assets && { assets: [...assets] }),
      ...(memo && { memo }),
      ...(lines && { lines }),
    }
    const tip = tipsOf(lines)
    const agree: Agreement = {
      ...{ kind: 'sale', place, unit, scale, max: amount },
      ...(tip > 0 && { tip: units(tip) }),
    }
    const consents = () => named.flatMap(({ by }) => (by ? [{ by, agree }] : []))
    const foreign = [...order.payers.flatMap(consentsOf), ...(order.consents ?? [])]
    const own = orderOf<never>(parts, errand, { id, ...always(body), consents, foreign })
    for (const { payer, by } of named) if (by !== undefined) parts.agree(payer, by)
    const answer = await takePayment(parts, { own, sale: body }, errand)
    return toldWhereHeld(parts, body, answer)
  }

/** A refusal that a block recorded for money that other places hold says how much that is. */
const toldWhereHeld = (
  { view }: OpenDesk,
  sale: BodyOf<'sale'>,
  answer: SubmissionAnswer,
): SubmissionAnswer => {
  if (answer.kind !== 'outcome' || answer.state.status !== 'refused') return answer
  const { state } = answer
  const held = state.code === 'insufficient_funds' ? heldElsewhere(view(), sale) : 0
  if (state.event === undefined || held === 0) return answer
  return { ...answer, state: { ...state, facts: { ...state.facts, heldElsewhere: held } } }
}

const tipsOf = (lines: PaymentOrder['lines'] = []): number =>
  lines.reduce((sum, line) => sum + (line.line === 'tip' ? line.amount : 0), 0)

const topUp: (parts: OpenDesk, order: TopUpOrder, errand: Errand) => ReturnType<Desk['topUp']> =
  async (parts, { id, to, amount, category = 'local', asset: named, consents }, errand) => {
    const card = oneOf(parts, to)
    if (card === undefined) return TAGS_NOT_SUPPORTED
    const { payer: receiver, by } = card
    if (by !== undefined) parts.agree(receiver, by)
    const bodyIn = (asset: AssetId): BodyOf<'issue'> => ({
      kind: 'issue',
      ...actingIn(errand.caller),
      asset,
      amount: units(amount),
      to: receiver,
    })
    const { place } = errand.caller
    const usual = category === 'local' ? parts.topUpAsset : undefined
    const signing = inAsset(parts, { named, usual, category, place }, bodyIn)
    return parts.orders.place(
      orderOf(parts, errand, { id, ...signing, foreign: consents ?? [] }),
      errand,
    )
  }

const cashOut: (
  parts: OpenDesk,
  order: CashoutOrder,
  errand: Errand,
) => ReturnType<Desk['cashOut']> = async (parts, order, errand) => {
  const named = oneOf(parts, order.payer)
  if (named === undefined) return TAGS_NOT_SUPPORTED
  const { place } = errand.caller
  const amount = units(order.amount)
  const bodyIn = (asset: AssetId): BodyOf<'cashout'> => ({
    kind: 'cashout',
    ...actingIn(errand.caller),
    payer: named.payer,
    asset,
    amount,
  })
  const signing = inAsset(parts, { named: order.asset, category: 'local', place }, bodyIn)
  const consents = (body: TransactionBody): readonly OwnConsent[] => {
    const by = order.secret ? signerOfSecret(order.secret) : named.by
    if (by === undefined || body.kind !== 'cashout') return []
    return [{ by, agree: { kind: 'cashout', place, asset: body.asset, max: amount } }]
  }
  return parts.orders.place(orderOf(parts, errand, { id: order.id, ...signing, consents }), errand)
}

/**
 * Whether a sale that final state lacks is on its way: in the outbox, or in a block that is not final.
 * Judged against final state its refund would be refused for good.
 */
const isSalePending = (
  { view, tip, outcomes }: OpenDesk,
  place: PlaceId,
  sale: PaymentId,
): boolean => {
  const key = `${place}/${sale}`
  if (view().get('sale', key) !== undefined) return false
  if (tip().get('sale', key) !== undefined) return true
  const use = outcomes.useOf(place, sale)
  if (use?.by === 'capture') return use.state.status === 'captured'
  return use?.by === 'outbox' && use.scope === place && !use.entries.every(isCancelling)
}
