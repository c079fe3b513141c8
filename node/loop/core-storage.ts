import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import type { Hash } from '#protocol/hash.ts'
import type { OutboxEnd, OutboxEntry } from '../outbox/outbox.ts'
import type { FinalBlock } from '../pipeline/executor.ts'
import type { FrozenState } from '../storage/frozen-state.ts'

/**
 * What the core of a node needs of its disk. Nothing fails here: a failure of the disk stops the
 * node where it happens, and then nothing is called back any more.
 */
export type CoreStorage = {
  /** Journal records and full blocks, synced together. */
  readonly write: (
    batch: { readonly records: readonly JournalRecord[]; readonly blocks: readonly Block[] },
    done: () => void,
  ) => void
  /** Final blocks with their finalization, all at once; queued behind earlier ones. */
  readonly commit: (
    segment: { readonly blocks: readonly FinalBlock[]; readonly certificate: Finalization },
    done: () => void,
  ) => void
  /** The same; `done` gets the records as of these blocks. */
  readonly commitAndFreeze: (
    segment: { readonly blocks: readonly FinalBlock[]; readonly certificate: Finalization },
    done: (frozen: FrozenState) => void,
  ) => void
  /** The records, if those on disk are as of this height and nothing above it waits. */
  readonly freezeAt: (height: number) => FrozenState | undefined
  readonly block: (digest: Hash, done: (block: Block | undefined) => void) => void
  /** Consecutive final blocks from a height up, as much as one answer may carry. */
  readonly segments: (fromHeight: number, done: (segments: readonly Segment[]) => void) => void
  readonly saveOutbox: (entry: OutboxEntry, done: () => void) => void
  readonly eraseOutbox: (
    ended: readonly { readonly entry: OutboxEntry; readonly end: OutboxEnd }[],
  ) => void
  readonly saveQuarantine: (hash: Hash, reason: string) => void
}
