import type { PaymentCancel } from '../../transaction/kinds/payment.ts'
import { rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext } from '../rule.ts'
import type { View } from '../view.ts'

/** Its effect is its record: the payment id, executed first by this, is used up. */
export const cancelPayment = (
  view: View,
  { place, grant }: PaymentCancel,
  { timeMs }: RuleContext,
): Judgement => {
  const cancelled = applied({ facts: { cancelled: true } })
  if (place === undefined) return cancelled
  const rights = rightsOf(view, { place, grant, action: 'payment.cancel' }, timeMs)
  return rights.ok ? cancelled : rights
}
