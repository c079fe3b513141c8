import { bytesToHex } from '@noble/hashes/utils.js'
import { sha256, writeSha256 } from '#digest'
import { writeUtf8 } from '#text-encoding'
import { concat, u32, utf8 } from '../bytes.ts'
import { type Hash, hashOfHex, writeHash } from '../hash.ts'
import { LEAF_PREIMAGE_MIN } from './leaf.ts'
import { OUTCOME_LENGTH_MAX } from './limits.ts'
import { depthOf, NODE_BYTES, rootOfPath } from './merkle-path.ts'
import { createMerkleTree } from './merkle-tree.ts'

/** What a block says of one transaction: `applied`, or the code it was refused with. */
export type TransactionOutcome = { readonly hash: Hash; readonly outcome: string }

/** The outcome of a transaction with its place in the block and the siblings up to the tree root. */
export type TransactionPath = TransactionOutcome & {
  readonly index: number
  readonly count: number
  readonly path: readonly Uint8Array[]
}

const TRANSACTION_LEAF = 0x01
const LEAF_HEADER_BYTES = 38
/** UTF-8 bytes of one UTF-16 unit, at most. */
const UNIT_BYTES = 3
const TRANSACTION_ROOT_TAG = utf8('tr1')

/** The tree over a block's outcomes, in the order of its body. */
export type TransactionTree = {
  /** The transaction root; an empty body has one too. */
  readonly root: () => Hash
  /** The path of the transaction at `index`; an index outside the body is our mistake. */
  readonly path: (index: number) => TransactionPath
}

export const createTransactionTree = (outcomes: readonly TransactionOutcome[]): TransactionTree => {
  const count = outcomes.length
  const tree = createMerkleTree(count)
  const leaf = new Uint8Array(NODE_BYTES)
  let index = 0
  for (const outcome of outcomes) {
    writeSha256(leafPreimage(outcome, index), leaf)
    tree.set(index, leaf)
    index += 1
  }
  return {
    root: () => tagged(count, tree.root()),
    path: (index) => {
      const outcome = outcomes[index]
      if (outcome === undefined) throw new RangeError(`transaction ${index} of ${count}`)
      return { ...outcome, index, count, path: tree.path(index) }
    },
  }
}

/** The transaction root that a path leads to, or undefined when the path cannot be one. */
export const rootOfTransactionPath = (proof: TransactionPath): Hash | undefined => {
  const { index, count, path } = proof
  if (index >= count || path.length !== depthOf(count)) return undefined
  return tagged(count, rootOfPath(transactionLeafOf(proof, index), index, path))
}

/**
 * The leaf of a transaction: SHA-256 of
 * `0x01 ‖ index u32 ‖ transaction hash 32 ‖ length u8 ‖ outcome in ASCII`, and zero bytes up to 65.
 */
export const transactionLeafOf = (outcome: TransactionOutcome, index: number): Uint8Array =>
  sha256(leafPreimage(outcome, index))

/** Room for what is longer than an outcome may be, so that it is seen. */
const scratch = new Uint8Array(LEAF_HEADER_BYTES + OUTCOME_LENGTH_MAX * UNIT_BYTES)
const view = new DataView(scratch.buffer)
const outcomeScratch = scratch.subarray(LEAF_HEADER_BYTES)

/** Valid until the next call: a pre-image lives only as long as its digest takes. */
function leafPreimage({ hash, outcome }: TransactionOutcome, index: number): Uint8Array {
  const length = writeUtf8(outcome, outcomeScratch)
  if (outcome.length > OUTCOME_LENGTH_MAX || length > OUTCOME_LENGTH_MAX) {
    throw new RangeError(`outcome ${outcome}`)
  }
  const end = LEAF_HEADER_BYTES + length
  const preimage = scratch.subarray(0, Math.max(end, LEAF_PREIMAGE_MIN))
  view.setUint8(0, TRANSACTION_LEAF)
  view.setUint32(1, index)
  writeHash(hash, scratch, 5)
  view.setUint8(37, length)
  preimage.fill(0, end)
  return preimage
}

/** SHA-256 of `"tr1" ‖ depth u8 ‖ count u32 ‖ tree root`. */
function tagged(count: number, treeRoot: Uint8Array): Hash {
  const preimage = concat(TRANSACTION_ROOT_TAG, Uint8Array.of(depthOf(count)), u32(count), treeRoot)
  return hashOfHex(bytesToHex(sha256(preimage)))
}
