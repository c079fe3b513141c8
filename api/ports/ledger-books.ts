import type { PlaceId, WalletId } from '#protocol/id.ts'
import type { AssetRecord } from '#protocol/state/record.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { At, Head, Page, Position } from './ledger.ts'

/**
 * Whose money a line of the books is about: the place's own, a tip on its way to somebody, or that of
 * whoever paid, was paid, or got money issued.
 */
export const ACCOUNTS = ['place', 'tips', 'holders'] as const
export type Account = (typeof ACCOUNTS)[number]

/**
 * One movement of one final transaction of the place, or of its wallet by somebody else. All movements of
 * an asset in a transaction of the place come to what it issued or burned.
 */
export type BookLine = {
  /** Of its transaction. */
  readonly height: number
  readonly index: number
  /** Among the lines of its transaction, from 0. */
  readonly line: number
  readonly timeMs: number
  readonly id: PaymentId
  readonly kind: Kind
  readonly till?: string
  readonly account: Account
  readonly wallet: WalletId
  readonly asset: AssetRecord
  readonly change: number
  /** Change of what of it is held. */
  readonly held: number
}

/** The position of a line among all: `index` counts lines, not transactions. */
export type LinePosition = Position

export type LinesQuery = {
  readonly place: PlaceId
  /** Block times, from the first on and before the second. */
  readonly fromMs?: number
  readonly beforeMs?: number
  readonly till?: string
  readonly after?: LinePosition
}

/** Whose credential reads, and until when it waits. */
export type BookVisit = { readonly keyId: string; readonly signal: AbortSignal }

/** What moved of one asset, by one kind of transaction. */
export type ClosingSum = {
  readonly asset: AssetRecord
  readonly kind: Kind
  readonly account: Account
  readonly lines: number
  readonly change: number
}

/** The takings of one asset in short, in smallest units. */
export type Takings = {
  readonly asset: AssetRecord
  /** What the place got by sales and captures, tips left out. */
  readonly sold: number
  readonly refunded: number
  readonly tips: number
  /** Came into being and ceased to be, by what the place did: top-ups, cash-outs. */
  readonly issued: number
  readonly burned: number
}

/** What one till did in one day; without a till, what the place key and others did. */
export type TillClosing = {
  readonly till?: string
  readonly transactions: number
  readonly takings: readonly Takings[]
  readonly sums: readonly ClosingSum[]
}

/** One UTC day of block time at a place. */
export type Closing = {
  /** As 2026-11-30. */
  readonly day: string
  /** First and last block of the day so far. */
  readonly openingHeight: number
  readonly closingHeight: number
  /** The day is over: this never changes any more. */
  readonly complete: boolean
  readonly tills: readonly TillClosing[]
}

export type ClosingsQuery = {
  readonly place: PlaceId
  /** One day, as 2026-11-30; without, days with something in them, newest first. */
  readonly day?: string
  readonly till?: string
  readonly limit: number
  /** Days that lie wholly below this block. */
  readonly after?: Position
}

/**
 * The place's own books, made from its history in final state alone: the same on every node that is at the
 * same height. `busy`: as many passes are under way as may be, of all, of the place or of the credential;
 * or there was no time to add up a single day: then what was added up is kept.
 */
export type PlaceBooks = {
  /** A page may be short: `next` goes on with the days that there was no time for. */
  readonly closings: (query: ClosingsQuery, visit: BookVisit) => Promise<At<Page<Closing>> | 'busy'>
  /**
   * Lines oldest first, up to the height that is told. To be read to its end, or left by `return`. It
   * throws when nobody waits for it any more, and when it takes too long.
   */
  readonly lines: (
    query: LinesQuery,
    visit: BookVisit,
  ) => Promise<{ readonly head: Head; readonly lines: AsyncGenerator<BookLine> } | 'busy'>
}

/** Exported for the index of lines within a block: more than the movements of any transaction. */
export const LINES_PER_TRANSACTION = 65_536
