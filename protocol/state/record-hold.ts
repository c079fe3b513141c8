import { z } from 'zod'
import { Amount, Units } from '../amount.ts'
import { Hash } from '../hash.ts'
import { AssetId, CardId, HoldId, Key, PlaceId, WalletId } from '../id.ts'
import { TimeMs } from '../transaction/kinds/terms.ts'
import { PaymentId } from '../transaction/payment-id.ts'

/** What a hold is for. A payout or clearing hold never expires: only a settlement ends it. */
export const HoldPurpose = z.enum(['lease', 'tab', 'preauthorisation', 'payout', 'clearing'])

/**
 * Money set apart: it stays its owner's and stays in supply, and only this hold can give it away. What
 * it still holds is `cap` − `captured` while it is open, and nothing once it is closed.
 */
export const HoldRecord = z.strictObject({
  id: HoldId,
  purpose: HoldPurpose,
  status: z.enum(['open', 'closed']),
  owner: WalletId,
  /** The card it was opened with. */
  card: CardId.optional(),
  /** Absent: nobody on the ledger; a top-up goes back to where it came from. */
  beneficiary: PlaceId.optional(),
  /** Signs captures, or the settlement. */
  key: Key,
  asset: AssetId,
  cap: Amount,
  captured: Units,
  /** Absent: it never expires. */
  expiresAtMs: TimeMs.optional(),
  graceMs: TimeMs,
  /** Of a payout: the reference of the top-up that it gives back. */
  topup: Hash.optional(),
})

/** Key of this record: `place/paymentId` of its opening. What two places set off against each other. */
export const ClearingRecord = z.strictObject({
  id: PaymentId,
  place: PlaceId,
  other: PlaceId,
  /** What `place` has of the other's assets, and what the other has of its. */
  holds: z.array(HoldId),
  otherHolds: z.array(HoldId),
})

/** One record, key `clock`: the time of the last block that followed a gap of over two heartbeats. */
export const ClockRecord = z.strictObject({ gapMs: TimeMs })

export type HoldRecord = z.infer<typeof HoldRecord>
export type ClearingRecord = z.infer<typeof ClearingRecord>
