import type { KeyRing } from '../desk/key-ring.ts'
import { ownPlaceOf } from '../desk/own-place.ts'
import { createOverdue, type Overdue } from '../reads/overdue.ts'
import type { PayoutBook } from '../reads/payout-book.ts'
import type { Inside } from './inside.ts'

/** A week is what makes something overdue: a minute later is soon enough. */
const OVERDUE_PAUSE_MS = 60_000

/** Looks every minute for what nobody has settled, of the place and the gateway whose keys are here. */
export const openOverdue = (
  inside: Inside,
  { keys, payoutBook }: { readonly keys: KeyRing; readonly payoutBook: PayoutBook },
): Overdue => {
  const { core, recent, reporter } = inside
  const view = () => core.executor.finalView()
  const overdue = createOverdue({
    view,
    payoutBook,
    headMs: () => recent.head().timeMs,
    own: () => {
      const gateway = keys('gateway')?.signerKey
      return { place: ownPlaceOf(view(), keys), gateway }
    },
  })
  inside.repeat('overdue', OVERDUE_PAUSE_MS, () => {
    overdue
      .observe()
      .catch((error: unknown) =>
        reporter.fail('storage_failed', error instanceof Error ? error.message : String(error)),
      )
  })
  return overdue
}
