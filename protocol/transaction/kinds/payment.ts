import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { Hash } from '../../hash.ts'
import { AssetId } from '../../id.ts'
import { DEBIT_ASSETS_MAX, PAYERS_MAX } from '../../limits.ts'
import { PaymentId } from '../payment-id.ts'
import { linesNotPaidWith, linesWithinAmount, SaleLines } from './sale-line.ts'
import { actingPlace, eachOnce, grantHasPlace, Payer, Scale, Unit } from './terms.ts'

/**
 * Money comes into being. Local: the issuing place's grant. Federated: the asset's gateway key, with
 * an external reference (its hash) that is accepted once, ever. Exactly one of `place`, `reference`.
 */
export const Issue = z
  .strictObject({
    kind: z.literal('issue'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
    asset: AssetId,
    amount: Amount,
    to: Payer,
    reference: Hash.optional(),
  })
  .refine((tx) => (tx.place === undefined) !== (tx.reference === undefined), {
    error: 'exactly one of place and reference',
  })
  .refine(...grantHasPlace)
export type Issue = z.infer<typeof Issue>

/**
 * A payment to a place: payers in order, assets in order, each giving what it has until the amount is
 * met, or nothing moves. Secret cards and wallets need a consent of the same payment id.
 */
export const Sale = z
  .strictObject({
    kind: z.literal('sale'),
    ...actingPlace,
    payers: z.array(Payer).min(1).max(PAYERS_MAX),
    amount: Amount,
    unit: Unit,
    scale: Scale,
    assets: z
      .array(AssetId)
      .min(1)
      .max(DEBIT_ASSETS_MAX)
      .refine(...eachOnce)
      .optional(),
    memo: Hash.optional(),
    lines: SaleLines.optional(),
  })
  .refine(...linesWithinAmount)
  .refine(...linesNotPaidWith)
export type Sale = z.infer<typeof Sale>

/** Uses up the payment id it carries as its own `jti`: the payment can never take effect later. */
export const PaymentCancel = z
  .strictObject({
    kind: z.literal('payment.cancel'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
  })
  .refine(...grantHasPlace)
export type PaymentCancel = z.infer<typeof PaymentCancel>

/**
 * Gives back a sale of the place in part or, without an amount, all that is left of it but the price of
 * memberships and money bought with it; last leg first.
 */
export const Refund = z.strictObject({
  kind: z.literal('refund'),
  ...actingPlace,
  sale: PaymentId,
  amount: Amount.optional(),
})
export type Refund = z.infer<typeof Refund>

/** Turns card money back into cash at the desk: local is burned, federated moves to the place. */
export const Cashout = z.strictObject({
  kind: z.literal('cashout'),
  ...actingPlace,
  payer: Payer,
  asset: AssetId,
  amount: Amount,
})
export type Cashout = z.infer<typeof Cashout>
