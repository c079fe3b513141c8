import { units } from '../../amount.ts'
import type { SaleRecord } from '../../state/record.ts'
import type { Refund } from '../../transaction/kinds/payment.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { paymentIdTimeMs } from '../../transaction/payment-id.ts'
import { presentWallet } from '../card.ts'
import type { Leg } from '../event.ts'
import { availableOf } from '../movement.ts'
import { freezeOf } from '../payer.ts'
import { allowsAsset, judgeGrantUse, type Rights, rightsOf } from '../rights.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  refuseForLackOf,
  writing,
} from '../rule.ts'
import type { View } from '../view.ts'

/**
 * Gives back a sale, whole or in part, at most in full over all refunds: the last leg first, each to
 * where it came from. What a card gave before it was linked follows its money. Tips are not among the legs.
 */
export const refund = (view: View, body: Refund, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'refund' }, context.timeMs)
  if (!rights.ok) return rights
  const key = `${body.place}/${body.sale}`
  const sale = view.get('sale', key)
  if (sale === undefined) return refuse(absenceOf(body, context))
  const left = soldIn(sale) - sale.refunded
  const amount = body.amount ?? Math.max(0, left - (sale.bought ?? 0))
  const legs = legsBack(view, sale, amount)
  if (legs.some(({ asset }) => !allowsAsset(rights, asset))) return refuse('grant_asset_missing')
  if (legs.some(({ wallet }) => view.get('wallet', wallet)?.closed)) return refuse('wallet_closed')
  const frozen = freezeOf(view.get('wallet', rights.place.wallet), context.timeMs)
  if (frozen !== undefined) return refuse(frozen)
  const used = judgeGrantUse(rights, { moved: amount, refunded: amount }, context)
  if ('ok' in used) return used
  const code = judgeSale(sale, { amount, left }, context)
  if (code !== undefined) return refuse(code)
  const missing = missingAt(view, rights, legs)
  if (missing > 0) return refuseForLackOf(missing)
  const from = rights.place.wallet
  return applied({
    flows: legs.map(({ asset, amount: back, wallet }) => ({
      asset,
      amount: back,
      from,
      to: wallet,
    })),
    writes: [...used, writing('sale', key, { ...sale, refunded: units(sale.refunded + amount) })],
    legs,
  })
}

/** All that was sold, over the legs of a sale. */
const soldIn = ({ legs }: SaleRecord): number => legs.reduce((sum, { amount }) => sum + amount, 0)

/**
 * Why there is no record: an id so old that its sale, if there was one, is past its window and may
 * be forgotten; else there was none. A sale is never older than its id by more than the clock skew.
 */
function absenceOf({ sale }: Refund, { timeMs, parameters }: RuleContext): RefusalCode {
  const overMs = paymentIdTimeMs(sale) + parameters.refundWindowMs - parameters.maxClockSkewMs
  return timeMs >= overMs ? 'refund_window_over' : 'sale_unknown'
}

function judgeSale(
  sale: SaleRecord,
  { amount, left }: { readonly amount: number; readonly left: number },
  { timeMs, parameters }: RuleContext,
): RefusalCode | undefined {
  if (timeMs >= sale.timeMs + parameters.refundWindowMs) return 'refund_window_over'
  if (left === 0 || amount === 0) return 'already_refunded'
  return amount > left ? 'refund_exceeds_sale' : undefined
}

/** The legs that give back `amount` after what was refunded before, last leg first. */
function legsBack(view: View, { legs, refunded }: SaleRecord, amount: number): Leg[] {
  const back: Leg[] = []
  let skipped: number = refunded
  let missing = amount
  for (const leg of legs.toReversed()) {
    const left = Math.max(0, leg.amount - skipped)
    skipped = Math.max(0, skipped - leg.amount)
    const given = Math.min(left, missing)
    if (given === 0) continue
    missing -= given
    back.push(legTo(view, leg, given))
  }
  return back
}

/** Back to the wallet it came from, or to what became of that; whatever the card points at now. */
function legTo(
  view: View,
  { card, wallet, asset }: SaleRecord['legs'][number],
  amount: number,
): Leg {
  const to = presentWallet(view, wallet)
  return card === undefined ? { wallet: to, asset, amount } : { card, wallet: to, asset, amount }
}

/** How much of what goes back the place no longer has. */
function missingAt(view: View, { place }: Rights, legs: readonly Leg[]): number {
  const needed = new Map<Leg['asset'], number>()
  for (const { asset, amount } of legs) needed.set(asset, (needed.get(asset) ?? 0) + amount)
  let missing = 0
  for (const [asset, amount] of needed) {
    missing += Math.max(0, amount - availableOf(view, place.wallet, asset))
  }
  return missing
}
