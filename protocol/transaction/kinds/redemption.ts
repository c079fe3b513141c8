import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { Hash } from '../../hash.ts'
import { AssetId, HoldId, WalletId } from '../../id.ts'
import { actingPlace } from './terms.ts'

/**
 * Money is to leave the ledger: a place's own takings of a federated asset or, with `from`, what a
 * person has of the place's own. It is set apart until its payout is settled.
 */
export const Redeem = z.strictObject({
  kind: z.literal('redeem'),
  ...actingPlace,
  asset: AssetId,
  amount: Amount,
  from: WalletId.optional(),
})
export type Redeem = z.infer<typeof Redeem>

/** How a payout ended outside: paid, or failed. Signed by whoever pays. */
export const PayoutSettle = z.strictObject({
  kind: z.literal('payout.settle'),
  hold: HoldId,
  paid: z.boolean(),
  /** Of the payment outside; counts once, ever. */
  reference: Hash,
})
export type PayoutSettle = z.infer<typeof PayoutSettle>

/** What is left of a top-up is to go back to where it came from. Absent: as much as there is. */
export const TopUpRefund = z.strictObject({
  kind: z.literal('topup.refund'),
  asset: AssetId,
  reference: Hash,
  amount: Amount.optional(),
})
export type TopUpRefund = z.infer<typeof TopUpRefund>

/** A payment behind a top-up was taken back outside. */
export const Reverse = z.strictObject({
  kind: z.literal('reverse'),
  asset: AssetId,
  reference: Hash,
  /** Of the chargeback; counts once, ever. */
  chargeback: Hash,
  amount: Amount,
})
export type Reverse = z.infer<typeof Reverse>

/** The gateway gives up money of its own for what nothing stands behind. */
export const DeficitCover = z.strictObject({
  kind: z.literal('deficit.cover'),
  asset: AssetId,
  amount: Amount,
})
export type DeficitCover = z.infer<typeof DeficitCover>
