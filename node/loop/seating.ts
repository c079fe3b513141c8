import type { EpochEnd } from '#consensus/epoch-end.ts'
import type { Follower } from '#consensus/follower.ts'
import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Replica } from '#consensus/replica.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'

/** What a node is in the agreement. */
export type Seat =
  | { readonly kind: 'authority'; readonly replica: Replica; readonly me: number }
  | { readonly kind: 'follower'; readonly follower: Follower }

/** The part of a node in one epoch, and who else has one. */
export type Seating = {
  readonly epoch: number
  readonly set: AuthoritySet
  readonly leaderOffset: number
  readonly seat: Seat
  /** How every epoch before ended, oldest first. */
  readonly ends: readonly EpochEnd[]
  /** What the disk knew of votes that it lost; a later epoch of this process begins with it. */
  readonly memory: readonly JournalRecord[]
}

/** Where a process that runs on is seated next. */
export type Crossing = {
  readonly ends: readonly [...EpochEnd[], EpochEnd]
  readonly memory: readonly JournalRecord[]
}

/** The next epoch follows rules that this software does not know: it stops before its first block. */
export type UpgradeRequired = { readonly upgradeRequired: string }
