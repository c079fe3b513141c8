import type { CaptureState } from '#api/ports/holds.ts'
import { paymentKey } from '#protocol/ledger/payment-key.ts'
import type { View } from '#protocol/ledger/view.ts'
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
  /** Time of the block that passed it by while no key was here to sign it anew. */
  lapsedMs: number | undefined
}

/** What became of it, as far as final state here tells. */
export const stateOf = (kept: Kept, view: View): CaptureState => {
  if (kept.capture.lost !== undefined) return 'lost'
  return isWaiting(kept, view) ? 'on_the_way' : 'final'
}

/** Whether it is promised and no final block told of it. */
export const isWaiting = ({ capture, recorded }: Kept, view: View): boolean =>
  capture.lost === undefined && !recorded && !isRecorded(view, capture)

/** Whether the final block, or one below it, used the id up. */
export const isRecorded = (
  view: View,
  { place, jti }: Pick<StoredCapture, 'place' | 'jti'>,
): boolean => view.get('payment', paymentKey(place, jti)) !== undefined

/** Whether a power cut leaves it; one that is signed anew it leaves as it was. */
export const isStored = ({ storing, capture }: Kept): boolean =>
  storing === undefined || capture.jti !== capture.id
