import type { Block } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { FAMILIES } from '#protocol/state/families.ts'
import type { SlotWrite } from '#protocol/state/family.ts'
import type { BatchQueue } from './batch-queue.ts'
import type { BlockPosition } from './block-position.ts'
import {
  APPLIED_KEY,
  type CommittedBlock,
  type FamilyNumbers,
  genesisChanges,
  segmentChanges,
  type UnwrittenBlock,
  unwrittenOf,
} from './chain-batch.ts'
import type { Done } from './completion.ts'
import { decodedAt } from './decoded-at.ts'
import type { FirstFailure } from './first-failure.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { COMMIT_PENDING_BLOCKS_MAX } from './limits.ts'
import type { LogIndex } from './log-index.ts'
import { StorageError } from './storage-error.ts'
import { type AppliedPoint, decodeApplied, type StoredBlock } from './stored-block.ts'

/** The final chain in the database: what it did, one batch a segment, never ahead of its proof. */
export type ChainStore = {
  /** The newest committed block on disk; undefined before genesis. */
  readonly applied: () => AppliedPoint | undefined
  /** Writes the state that genesis makes: once, before everything else. */
  readonly begin: (
    genesis: Pick<StoredBlock, 'header' | 'digest'> & { readonly writes: readonly SlotWrite[] },
    done: Done,
  ) => void
  /**
   * Commits final blocks, oldest first, the last one named by the certificate; the first follows what
   * was committed or given before. Bytes that the block log misses are written there first. After one
   * refusal nothing is committed any more: a segment on top of a missing one is a chain with a hole.
   */
  readonly commit: (
    blocks: readonly CommittedBlock[],
    certificate: Finalization,
    done: Done,
  ) => void
  /** The same; when done the database is as of these blocks, whatever was committed since. */
  readonly commitLast: ChainStore['commit']
  /** Blocks given and not on disk yet. */
  readonly pendingBlocks: () => number
}

export type ChainStoreParts = {
  readonly port: KeyValuePort
  readonly queue: BatchQueue
  readonly failure: FirstFailure
  readonly index: LogIndex
  /** Writes those of the blocks to the block log that it misses. */
  readonly log: (blocks: readonly Block[], done: Done) => void
}

/** Throws `state_corrupt`. */
export const createChainStore = (parts: ChainStoreParts): ChainStore => {
  const { port, queue, failure, index } = parts
  let applied: AppliedPoint | undefined = decodedAt(port, APPLIED_KEY, decodeApplied)
  let given = applied
  let pendingBlocks = 0

  const begin: ChainStore['begin'] = (genesis, done) => {
    if (given !== undefined) throw new Error('the ledger has begun already')
    const { header, digest } = genesis
    given = { height: header.height, digest }
    queue.push(genesisChanges(genesis, FAMILY_NUMBERS), (error) => {
      if (error === undefined) applied = { height: header.height, digest }
      done(error)
    })
  }

  const commitBy =
    (push: BatchQueue['push']): ChainStore['commit'] =>
    (blocks, certificate, done) => {
      const refusal = failure.refusal()
      if (refusal !== undefined) {
        done(refusal)
        return
      }
      const point = lastOf(blocks, given)
      const unwritten = blocks.map(unwrittenOf)
      const { length } = unwritten
      if (pendingBlocks + length > COMMIT_PENDING_BLOCKS_MAX) {
        const full = new StorageError('commit_queue_full', 'the database does not keep up')
        failure.note(full)
        done(full)
        return
      }
      given = point
      pendingBlocks += length
      const finish: Done = (error) => {
        pendingBlocks -= length
        if (error === undefined) applied = point
        done(error)
      }
      logMissing(parts, unwritten, (error) => {
        if (error !== undefined) {
          finish(error)
          return
        }
        const logged = unwritten.map((one) => ({ ...one, position: positionOf(index, one) }))
        const sealing = { certificate, above: index.earliestAbove(point.height) }
        push(segmentChanges(logged, sealing, FAMILY_NUMBERS), (failed) => {
          if (failed === undefined) index.forgetTo(point.height)
          finish(failed)
        })
      })
    }

  return {
    applied: () => applied,
    begin,
    commit: commitBy(queue.push),
    commitLast: commitBy(queue.pushLast),
    pendingBlocks: () => pendingBlocks,
  }
}

const FAMILY_NUMBERS: FamilyNumbers = Object.fromEntries(
  Object.entries(FAMILIES).map(([name, { number }]) => [name, number]),
)

/** The point after these blocks; a gap in the chain is our mistake. */
const lastOf = (
  blocks: readonly CommittedBlock[],
  before: AppliedPoint | undefined,
): AppliedPoint => {
  if (before === undefined) throw new Error('the ledger has not begun')
  let point = before
  for (const { block } of blocks) {
    const { height, parentDigest } = block.header
    if (height !== point.height + 1 || parentDigest !== point.digest) {
      throw new Error(`block ${height} does not follow block ${point.height}`)
    }
    point = { height, digest: block.digest }
  }
  return point
}

/** Done when every block is on disk: the index never names bytes that a power cut could undo. */
const logMissing = (
  { log }: ChainStoreParts,
  blocks: readonly UnwrittenBlock[],
  done: Done,
): void => {
  for (const { block } of blocks) log([block], () => undefined)
  // Writes end in order, and the first failure is that of all after it.
  log([], done)
}

const positionOf = (index: LogIndex, { block }: UnwrittenBlock): BlockPosition => {
  const position = index.position(block.digest)
  if (position === undefined) throw new Error(`block ${block.header.height} is in no log`)
  return position
}
