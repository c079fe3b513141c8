import type { Head } from '#api/ports/ledger.ts'
import type { Seat } from '../loop/seating.ts'

export type CaughtUpParts = {
  readonly seating: () => { readonly seat: Pick<Seat, 'kind'> }
  /** Votes with a quorum, or hears f + 1 authorities that are no further. */
  readonly takesPart: () => boolean
  readonly head: () => Head
  /** Highest block that the log held when the node started. */
  readonly loggedHeight: number
}

/**
 * Whether nothing is final that this node knew as final in an earlier run and does not know now. A
 * follower is told by f + 1 beacons. An authority has what it answered by in its block log, and its
 * peers or its own journal make that final again.
 */
export const createCaughtUp =
  ({ seating, takesPart, head, loggedHeight }: CaughtUpParts): (() => boolean) =>
  () => {
    if (!takesPart()) return false
    return seating().seat.kind === 'follower' || head().height >= loggedHeight
  }
