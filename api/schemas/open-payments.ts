import { z } from 'zod'
import type { PlaceId } from '#protocol/id.ts'
import { Label } from '#protocol/transaction/kinds/terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { PAGE_DEFAULT } from '../limits.ts'
import type { OpenPayment, OpenPaymentsQuery } from '../ports/submissions.ts'
import { Limit, MinHeight } from './list.ts'
import { Timestamp, timestampOf } from './timestamp.ts'
import { CancelledView, ExpiredView, LostView, RefusedView } from './transaction.ts'

/** A payment that this node keeps until it is in a block or expires. */
const OpenPaymentView = z
  .strictObject({
    id: PaymentId,
    status: z
      .enum(['pending', 'captured'])
      .describe('captured: paid, out of a lease, and on its way to the ledger'),
    kind: z.string(),
    till: Label.optional(),
    amount: z.int().min(1).optional(),
    since: Timestamp,
    expires: Timestamp,
  })
  .meta({ id: 'OpenPayment' })

export const OpenPaymentsView = z
  .strictObject({ items: z.array(OpenPaymentView).readonly(), next: z.string().optional() })
  .meta({ id: 'OpenPayments' })

/** A list that shrinks as payments settle: its cursor is the id it goes on above. */
export const OpenPaymentsParams = z.strictObject({
  state: z.literal('open'),
  till: Label.optional(),
  minHeight: MinHeight,
  limit: Limit,
  after: PaymentId.optional(),
})

export const openPaymentsQuery = (
  place: PlaceId,
  { till, limit = PAGE_DEFAULT, after }: z.infer<typeof OpenPaymentsParams>,
): OpenPaymentsQuery => ({ place, limit, ...(till && { till }), ...(after && { after }) })

export const openPaymentsView = (
  payments: readonly OpenPayment[],
  limit: number,
): z.infer<typeof OpenPaymentsView> => {
  const last = payments.at(-1)
  return {
    items: payments.map((payment) => ({
      id: payment.id,
      status: payment.status,
      kind: payment.kind,
      ...(payment.till && { till: payment.till }),
      ...(payment.amount && { amount: payment.amount }),
      since: timestampOf(payment.sinceMs),
      expires: timestampOf(payment.expiresAtMs),
    })),
    ...(last && payments.length >= limit && { next: last.id }),
  }
}

/** What a cancellation answers when nothing was nor will be charged. */
export const CancelView = z
  .discriminatedUnion('status', [CancelledView, RefusedView, ExpiredView, LostView])
  .meta({ id: 'Cancellation' })
