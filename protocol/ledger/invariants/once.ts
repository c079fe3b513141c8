import type { SaleRecord } from '../../state/record.ts'
import { untilOf } from '../forget.ts'
import { parametersOf } from '../network.ts'
import type { Touched } from '../touched.ts'
import type { View } from '../view.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariant 3 for what exists: a payment id is used up once, an external reference counts once,
 * ever, a sale is refunded at most in full; and none of them is forgotten before its time.
 */
export const checkOnce = (view: View, touched: Touched, blockTimeMs: number): Finding | undefined =>
  checkPayments(touched, blockTimeMs) ??
  checkReferences(touched) ??
  checkSales(view, touched, blockTimeMs)

/** A sale refunded at most in full. */
export const checkSale = (key: string, { legs, refunded }: SaleRecord): Finding | undefined => {
  const sold = legs.reduce((sum, { amount }) => sum + amount, 0)
  return refunded <= sold
    ? undefined
    : finding('refunded_at_most_in_full', key, { expected: sold, found: refunded })
}

function checkPayments(touched: Touched, timeMs: number): Finding | undefined {
  for (const { key, before, after } of touched.payment) {
    if (before === undefined) continue
    if (after === before || (after === undefined && before.untilMs <= timeMs)) continue
    return finding('payment_id_used_once', key, { expected: 'kept', found: 'changed or gone' })
  }
  return undefined
}

function checkReferences(touched: Touched): Finding | undefined {
  for (const { key, before, after } of touched.reference) {
    if (before === undefined || after === before) continue
    return finding('reference_counts_once', key, { expected: before.id, found: 'changed' })
  }
  return undefined
}

function checkSales(view: View, touched: Touched, timeMs: number): Finding | undefined {
  for (const { key, before, after } of touched.sale) {
    if (after === before) continue
    const broken =
      after === undefined ? checkGone(view, key, before, timeMs) : checkSale(key, after)
    if (broken !== undefined) return broken
    if (before === undefined || after === undefined) continue
    if (after.refunded < before.refunded || after.legs !== before.legs) {
      return finding('sale_stays', key, { expected: before.refunded, found: after.refunded })
    }
  }
  return undefined
}

function checkGone(
  view: View,
  key: string,
  before: SaleRecord | undefined,
  timeMs: number,
): Finding | undefined {
  if (before === undefined || untilOf(before, parametersOf(view)) <= timeMs) return undefined
  return finding('sale_stays', key, { expected: 'kept', found: 'gone' })
}
