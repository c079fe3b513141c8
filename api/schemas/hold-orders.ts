import { z } from 'zod'
import { AssetId } from '#protocol/id.ts'
import { HOLD_GRACE_MS_MAX } from '#protocol/limits.ts'
import { OpenPurpose } from '#protocol/transaction/kinds/hold.ts'
import { Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import { Amount, OrderId, PayerBody } from './orders.ts'
import { Timestamp } from './timestamp.ts'

/** Money of one payer to be set apart for this place, until it is captured, released, or over; becomes `payer`. */
export const HoldBody = z
  .strictObject({
    id: OrderId,
    payers: z.array(PayerBody).length(1).describe('One: a hold keeps the money of one payer'),
    amount: Amount,
    asset: AssetId.optional().describe(
      "Default: the first of the unit in the place's order of debit of which the payer has enough",
    ),
    unit: Unit.default('EUR'),
    scale: Scale.default(2),
    purpose: OpenPurpose.default('preauthorisation').describe(
      'A lease is also what payments come from while the node is cut off',
    ),
    expires: Timestamp.describe('Captured until 30 seconds before'),
    graceMs: z
      .int()
      .min(0)
      .max(HOLD_GRACE_MS_MAX)
      .optional()
      .describe('For captures to arrive; default 72 hours for a lease, else none'),
  })
  .transform(({ payers: [payer], ...order }, context) => {
    if (payer !== undefined) return { ...order, payer }
    context.addIssue({ code: 'custom', message: 'exactly one payer' })
    return z.NEVER
  })
  .meta({ id: 'HoldOrder' })

/** How much to take of the hold. The id is the payment's: it is refunded by it. */
export const CaptureBody = z
  .strictObject({ id: OrderId, amount: Amount })
  .meta({ id: 'HoldCapture' })

export const ReleaseBody = z.strictObject({ id: OrderId }).meta({ id: 'HoldRelease' })
