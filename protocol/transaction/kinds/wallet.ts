import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { AssetId, FederationId, Key, PlaceId, WalletId } from '../../id.ts'
import { actingPlace, ChargeCaps, TimeMs } from './terms.ts'

/** Opens a person's wallet, counted against the place; with the consent of the wallet's key. */
export const WalletOpen = z.strictObject({
  kind: z.literal('wallet.open'),
  ...actingPlace,
  key: Key,
})
export type WalletOpen = z.infer<typeof WalletOpen>

/** The holder lets a place, or the places of a federation, charge without a signature each time. */
export const MandateSet = z.strictObject({
  kind: z.literal('mandate.set'),
  wallet: WalletId,
  to: z.union([PlaceId, FederationId]),
  caps: ChargeCaps,
  notAfterMs: TimeMs.optional(),
})
export type MandateSet = z.infer<typeof MandateSet>

/** The holder ends what it let a place or a federation charge. */
export const MandateRevoke = z.strictObject({
  kind: z.literal('mandate.revoke'),
  wallet: WalletId,
  to: z.union([PlaceId, FederationId]),
})
export type MandateRevoke = z.infer<typeof MandateRevoke>

/** Another key takes a wallet over, and a place's with it. The present key signs, the new one agrees. */
export const WalletRotate = z.strictObject({
  kind: z.literal('wallet.rotate'),
  wallet: WalletId,
  key: Key,
})
export type WalletRotate = z.infer<typeof WalletRotate>

/**
 * A wallet gives nothing: until a time, by its holder, who can only lengthen it; or under a legal hold,
 * which the authorities' threshold lays on it and lifts. Exactly one of `untilMs`, `legalHold`.
 */
export const WalletFreeze = z
  .strictObject({
    kind: z.literal('wallet.freeze'),
    wallet: WalletId,
    untilMs: TimeMs.optional(),
    legalHold: z.boolean().optional(),
  })
  .refine((tx) => (tx.untilMs === undefined) !== (tx.legalHold === undefined), {
    error: 'exactly one of untilMs and legalHold',
  })
export type WalletFreeze = z.infer<typeof WalletFreeze>

/** Person to person, signed by the sender, where the asset allows it. */
export const Transfer = z.strictObject({
  kind: z.literal('transfer'),
  from: WalletId,
  to: WalletId,
  asset: AssetId,
  amount: Amount,
})
export type Transfer = z.infer<typeof Transfer>
