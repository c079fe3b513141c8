import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { Hash } from '../../hash.ts'
import { AssetId, Key, PlaceId, WalletId } from '../../id.ts'
import { PaymentId } from '../payment-id.ts'

/** The authorities publish that they will move money outside the rules, and why: a hash of the reason. */
export const Correction = z.strictObject({
  kind: z.literal('correction'),
  asset: AssetId,
  from: WalletId,
  to: WalletId,
  amount: Amount,
  reason: Hash,
})
export type Correction = z.infer<typeof Correction>

/** Whose transaction published a correction: its identity. */
const published = { scope: z.union([PlaceId, WalletId, Key]), correction: PaymentId }

/** A published correction takes effect, a day after it was published at the earliest. */
export const CorrectionExecute = z.strictObject({
  kind: z.literal('correction.execute'),
  ...published,
})
export type CorrectionExecute = z.infer<typeof CorrectionExecute>

/** A published correction never takes effect. */
export const CorrectionWithdraw = z.strictObject({
  kind: z.literal('correction.withdraw'),
  ...published,
})
export type CorrectionWithdraw = z.infer<typeof CorrectionWithdraw>
