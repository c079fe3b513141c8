import type { PlaceId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { Position } from './ledger.ts'

/** Public facts of a final block. Its index is above every event's of that block. */
export type BlockEntry = {
  readonly kind: 'block'
  readonly height: number
  readonly index: number
  readonly timeMs: number
  readonly transactions: number
}
/** What a recorded transaction of the reading place, or one that moved its money, did. */
export type TransactionEntry = { readonly kind: 'transaction'; readonly event: LedgerEvent }
export type Entry = BlockEntry | TransactionEntry

export type EventQuery = {
  readonly reader: PlaceId
  /** Entries strictly above this position. */
  readonly after: Position
  readonly limit: number
}

/** `next`: everything up to here was considered; continue above it. `more`: there is more already. */
export type EventPage = {
  readonly entries: readonly Entry[]
  readonly next: Position
  readonly more: boolean
}

/**
 * The durable stream of what happened, ascending by (height, index). Pulled, so that a slow reader
 * costs nothing but its own place in the stream.
 */
export type Events = {
  readonly after: (query: EventQuery) => Promise<EventPage>
  /** Resolves once the entries of `height` can be read; rejects when `signal` aborts. */
  readonly reach: (height: number, signal: AbortSignal) => Promise<void>
}
