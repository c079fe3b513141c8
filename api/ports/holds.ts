import type { AssetId, CardId, HoldId, Key, PlaceId, WalletId } from '#protocol/id.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { HealthMode } from './health.ts'
import type { At, Page, PageQuery } from './ledger.ts'

/**
 * Money that a place set apart, in smallest units. `here`: this node has the key that captures from it.
 * `onTheWay`: captured here and in no final block yet; `left`: what can still be captured here.
 */
export type HoldAccount = {
  readonly hold: HoldRecord
  readonly here: boolean
  readonly onTheWay: number
  readonly left: number
  /** When it is over, as far as is known now; absent: only a settlement ends it. */
  readonly releaseAtMs?: number
}

export type HoldQuery = PageQuery & {
  readonly place: PlaceId
  readonly status?: HoldRecord['status']
  readonly purpose?: HoldRecord['purpose']
  readonly wallet?: WalletId
  readonly card?: CardId
}

/** What is kept apart of one asset by leases that can be captured from now, in smallest units. */
export type LeaseTotal = {
  readonly asset: AssetId
  readonly leases: number
  readonly cap: number
  readonly captured: number
  readonly onTheWay: number
  readonly left: number
}

/** What this node has against being cut off, and how old what it knows of the ledger is. */
export type LeaseReport = {
  readonly mode: HealthMode
  /** Names the node in a hold that is to be captured here; absent: there is none yet. */
  readonly key?: Key
  /** `granted`: the node's key has the right that it needs. `closed`: nothing is opened for now. */
  readonly policy: {
    readonly enabled: boolean
    readonly granted: boolean
    readonly closed: boolean
    readonly amount: number
    readonly minutes: number
  }
  /** Age of the newest final block, by the clock of this node. */
  readonly stateAgeMs: number
  readonly totals: readonly LeaseTotal[]
  readonly leases: Page<HoldAccount>
}

export const CAPTURE_STATES = ['on_the_way', 'final', 'lost'] as const
/**
 * What became of a promise: nothing that a final block tells yet; it paid the place; or it came to
 * nothing, which is the place's loss.
 */
export type CaptureState = (typeof CAPTURE_STATES)[number]

/** One promise of this node's journal. `code`: why it was lost. */
export type JournalledCapture = {
  readonly id: PaymentId
  readonly state: CaptureState
  readonly hold: HoldId
  readonly asset?: AssetId
  readonly amount: number
  readonly till?: string
  readonly capturedMs: number
  readonly code?: string
}

export type CaptureSum = { readonly captures: number; readonly amount: number }
/** Of one asset, over the whole journal; without one: of those whose asset nobody knows any more. */
export type CaptureTotal = { readonly asset?: AssetId } & {
  readonly [S in CaptureState]: CaptureSum
}

export type CaptureQuery = PageQuery & {
  readonly place: PlaceId
  readonly state?: CaptureState
  readonly till?: string
}

/**
 * Money set apart for places, in final state, with what this node alone knows of it. Such lists shrink
 * while somebody pages through them: the next page begins above the last item.
 */
export type Holds = {
  /** Those that the place opened, by when they expire. */
  readonly list: (query: HoldQuery) => Promise<At<Page<HoldAccount>>>
  /** Undefined where the place opened none of that id. */
  readonly one: (place: PlaceId, id: HoldId) => Promise<At<HoldAccount | undefined>>
  /** All that is set apart of a wallet's money, by whomever, oldest first. */
  readonly ofWallet: (wallet: WalletId) => Promise<At<readonly HoldRecord[]>>
  readonly leases: (place: PlaceId, query: PageQuery) => Promise<At<LeaseReport>>
  /** Oldest promise first. */
  readonly captures: (
    query: CaptureQuery,
  ) => Promise<
    At<{ readonly totals: readonly CaptureTotal[]; readonly captures: Page<JournalledCapture> }>
  >
}
