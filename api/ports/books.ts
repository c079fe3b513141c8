import type { AssetId, PlaceId } from '#protocol/id.ts'
import type { AssetRecord } from '#protocol/state/record.ts'
import type { ClearingRecord, HoldRecord } from '#protocol/state/record-hold.ts'
import type { At, Page, PageQuery } from './ledger.ts'

/** So much of an asset, in smallest units; `held` of it is set apart. */
export type Stock = {
  readonly asset: AssetId
  readonly available: number
  readonly held: number
}

/** What two places have of each other's money: that is what each owes the other. */
export type Position = {
  readonly place: PlaceId
  /** The reader has of the other's money. */
  readonly owed: readonly Stock[]
  /** The other has of the reader's money. */
  readonly owing: readonly Stock[]
}

/** A clearing that was opened and not settled. `gives`: what the opener has set apart. */
export type OpenClearing = {
  readonly clearing: ClearingRecord
  readonly gives: readonly HoldRecord[]
  readonly takes: readonly HoldRecord[]
  readonly sinceMs: number
  readonly overdue: boolean
}

/** A payout that waits to be settled. `sinceMs` is absent when this node does not know. */
export type OpenPayout = {
  readonly hold: HoldRecord
  readonly payer: 'gateway' | 'place'
  readonly sinceMs?: number
  readonly overdue: boolean
}

/** Where all there is of an asset is, in smallest units: `inWallets` + `atGateway` + `atPlaces` = supply. */
export type Reserve = {
  readonly asset: AssetRecord
  /** Of persons and cards. */
  readonly inWallets: number
  readonly atGateway: number
  readonly atPlaces: number
  /** What a federated asset's gateway owes after reversals: supply − deficit stands behind it. */
  readonly deficit: number
  /** Set apart for what is to be paid out, and between places. */
  readonly inPayouts: number
  readonly inClearings: number
  /** Of an asset that the reader issues, all places that have some; of another the reader alone. */
  readonly places: readonly (Omit<Stock, 'asset'> & { readonly place: PlaceId })[]
}

/**
 * Money between places and behind assets, of one final block each. What waits comes to an end while
 * somebody pages through it: the next page begins above the last item, whatever of those before is left.
 */
export type Books = {
  /** By the age of the other place. */
  readonly positions: (reader: PlaceId, query: PageQuery) => Promise<At<Page<Position>>>
  /** Oldest first. */
  readonly openClearings: (reader: PlaceId, query: PageQuery) => Promise<At<Page<OpenClearing>>>
  /** Those that are paid to the reader, and those that it pays; oldest first. */
  readonly openPayouts: (reader: PlaceId, query: PageQuery) => Promise<At<Page<OpenPayout>>>
  /** Assets by age, from the n-th on. Without a reader, sums alone. */
  readonly reserves: (page: {
    readonly from: number
    readonly limit: number
    readonly reader?: PlaceId
  }) => Promise<At<{ readonly reserves: readonly Reserve[]; readonly more: boolean }>>
}
