import type { AssetId, HoldId } from '#protocol/id.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Errand, PayerName } from './desk.ts'
import type { DeskAnswer } from './outcome.ts'

/**
 * Sets money of a payer apart for the place, to be captured by this node. Without an asset: the first of
 * the unit in the place's order of debit of which the payer has enough, else `asset_required`.
 */
export type HoldOrder = {
  readonly id: PaymentId
  readonly payer: PayerName
  readonly amount: number
  readonly unit: string
  readonly scale: number
  readonly asset?: AssetId
  readonly purpose: HoldOpen['purpose']
  readonly expiresAtMs: number
  /** Default: 72 hours for a lease, none for anything else. */
  readonly graceMs?: number
}

/** Takes part of a hold, or all of it. The id of the capture is the payment's. */
export type HoldCaptureOrder = {
  readonly id: PaymentId
  readonly hold: HoldId
  readonly amount: number
}

/** Gives what is left of a hold back to its owner. */
export type HoldReleaseOrder = { readonly id: PaymentId; readonly hold: HoldId }

/**
 * Money that is set apart; as `Desk` in all else. A capture is judged by the hold alone and signed by the
 * key of this node, whoever asks: in touch it is answered by its block, cut off from the journal. What
 * the hold does not allow is `refused`, and uses the id up.
 */
export type HoldDesk = {
  readonly openHold: (order: HoldOrder, errand: Errand) => Promise<DeskAnswer>
  readonly captureHold: (order: HoldCaptureOrder, errand: Errand) => Promise<DeskAnswer>
  /** `captures_pending` while something captured here is in no final block. */
  readonly releaseHold: (order: HoldReleaseOrder, errand: Errand) => Promise<DeskAnswer>
}
