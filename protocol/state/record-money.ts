import { z } from 'zod'
import { Amount, Units } from '../amount.ts'
import { Hash } from '../hash.ts'
import { AssetId, Key, PlaceId, WalletId } from '../id.ts'
import { TimeMs } from '../transaction/kinds/terms.ts'
import { PaymentId } from '../transaction/payment-id.ts'

/** Key of this record: `wallet/asset`. Somebody's subscription. */
export const MembershipRecord = z.strictObject({
  wallet: WalletId,
  asset: AssetId,
  sinceMs: TimeMs,
  untilMs: TimeMs,
  /** All that was contributed, in smallest units of what it was paid in. */
  contributions: Units,
})

/** Key of this record: `wallet/asset/place`. Who is there, and how long they were in all. */
export const PresenceRecord = z.strictObject({
  wallet: WalletId,
  asset: AssetId,
  place: PlaceId,
  /** Absent: not there now. */
  inSinceMs: TimeMs.optional(),
  totalMs: Units,
  visits: Units,
})

/**
 * Key of this record: `asset/reference`. Money that a gateway issued against a payment, and how much of
 * it went back, by refund or by reversal.
 */
export const TopUpRecord = z.strictObject({
  asset: AssetId,
  reference: Hash,
  wallet: WalletId,
  amount: Amount,
  returned: Units,
})

/** Key of this record: the asset. What its gateway owes after reversals: it issues nothing meanwhile. */
export const DeficitRecord = z.strictObject({ asset: AssetId, gateway: Key, amount: Units })

/** Key of this record: `scope/paymentId`. Published by the authorities, executed a day later at the earliest. */
export const CorrectionRecord = z.strictObject({
  id: PaymentId,
  scope: z.union([PlaceId, WalletId, Key]),
  asset: AssetId,
  from: WalletId,
  to: WalletId,
  amount: Amount,
  reason: Hash,
  dueMs: TimeMs,
  status: z.enum(['published', 'executed', 'withdrawn']),
})

export type CorrectionRecord = z.infer<typeof CorrectionRecord>
export type MembershipRecord = z.infer<typeof MembershipRecord>
export type PresenceRecord = z.infer<typeof PresenceRecord>
export type TopUpRecord = z.infer<typeof TopUpRecord>
