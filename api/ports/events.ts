import type { CardId, PlaceId, WalletId } from '#protocol/id.ts'
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
/** What a recorded transaction did. `till`: the label of the grant that it was signed under. */
export type TransactionEntry = {
  readonly kind: 'transaction'
  readonly event: LedgerEvent
  readonly till?: string
}
export type Entry = BlockEntry | TransactionEntry

/**
 * Whose entries: a place sees its own transactions and those that moved its money, a wallet those that
 * moved its money, a card that is linked to no wallet of somebody's the same, and everybody the blocks.
 */
export type EventReader =
  | { readonly kind: 'place'; readonly place: PlaceId }
  | { readonly kind: 'wallet'; readonly wallet: WalletId }
  | { readonly kind: 'card'; readonly card: CardId }
  | { readonly kind: 'public' }

export type EventQuery = {
  readonly reader: EventReader
  /** Entries strictly above this position. */
  readonly after: Position
  readonly limit: number
}

/**
 * `next`: everything up to here was considered; continue above it. `more`: there is more already.
 * Readers of one kind at one position are given the same page, so that what is made of it can be shared.
 */
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
