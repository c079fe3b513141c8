import type { CaptureState } from '#api/ports/holds.ts'
import { paymentKey } from '#protocol/ledger/payment-key.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { PaymentRecord } from '#protocol/state/record.ts'
import type { StoredCapture } from '../storage/local-facts.ts'

/** A promise, and what became of it. */
export type Journalled = { readonly capture: StoredCapture; readonly state: CaptureState }

/** A capture in memory, with where it stands on its way. */
export type Kept = {
  capture: StoredCapture
  /** Who waits for the disk; undefined once the capture is on it. */
  storing: (() => void)[] | undefined
  /** In the outbox, or waiting for its turn there. */
  delivering: boolean
  /** A final block told of it, which state forgets once no block could hold it any more. */
  recorded: boolean
  /** Time of the block that passed it by while it could not be signed anew: no key here, or no room. */
  lapsedMs: number | undefined
}

/** What became of it, as far as final state here tells. */
export const stateOf = (kept: Kept, view: View): CaptureState => {
  if (kept.capture.lost !== undefined) return 'lost'
  return isWaiting(kept, view) ? 'on_the_way' : 'final'
}

/** Whether it is promised and no final block ended it. */
export const isWaiting = ({ capture, recorded }: Kept, view: View): boolean => {
  if (capture.lost !== undefined || recorded) return false
  const record = recordOf(view, capture)
  return record === undefined || isPassedOver(record)
}

/** What the final block, or one below it, holds under the id. */
export const recordOf = (
  view: View,
  { place, jti }: Pick<StoredCapture, 'place' | 'jti'>,
): PaymentRecord | undefined => view.get('payment', paymentKey(place, jti))

/** A sale tried first was refused: it used the id up, and the capture goes on under another. */
export const isPassedOver = ({ kind, outcome }: PaymentRecord): boolean =>
  outcome !== 'applied' && kind !== 'hold.capture' && kind !== 'payment.cancel'

/** Whether a power cut leaves it; one that is signed anew it leaves as it was. */
export const isStored = ({ storing, capture }: Kept): boolean =>
  storing === undefined || capture.jti !== capture.id
