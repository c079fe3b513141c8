import { bytesToHex } from '@noble/hashes/utils.js'
import { sha256 } from '#digest'
import { concat, u64, utf8 } from '../bytes.ts'
import { type Hash, hashBytes, hashOfHex } from '../hash.ts'
import { parentOf } from './merkle-path.ts'

/** A digest at its height among the strict ancestors of a block at height `count`. */
export type HistoryPath = {
  readonly height: number
  readonly count: number
  readonly digest: Hash
  /** Siblings from the leaf upwards; the shape is that of RFC 9162 §2.1.3. */
  readonly path: readonly Uint8Array[]
}

const HISTORY_LEAF = 0x02
const HISTORY_ROOT_TAG = utf8('hr1')

/** The leaf of an ancestor: SHA-256 of `0x02 ‖ height u64 ‖ digest 32`. */
export const historyLeafOf = (height: number, digest: Hash): Uint8Array =>
  sha256(concat(Uint8Array.of(HISTORY_LEAF), u64(height), hashBytes(digest)))

/**
 * The history root over `count` ancestors: SHA-256 of `"hr1" ‖ count u64`, followed, unless the
 * count is 0, by the mountains bagged into one node.
 */
export const historyRootOf = (count: number, bagged: Uint8Array | undefined): Hash => {
  const parts = [HISTORY_ROOT_TAG, u64(count), ...(bagged === undefined ? [] : [bagged])]
  return hashOfHex(bytesToHex(sha256(concat(...parts))))
}

/** Mountains bagged into one node from the right: the last two into their parent, and so on. */
export const bagged = (peaks: readonly Uint8Array[]): Uint8Array =>
  peaks.reduceRight((right, peak) => parentOf(peak, right))

/** The history root over `count` ancestors with these mountains, one for each bit of the count. */
export const rootOfPeaks = (count: number, peaks: readonly Uint8Array[]): Hash | undefined => {
  if (peaks.length !== bitsOf(count)) return undefined
  return historyRootOf(count, peaks.length === 0 ? undefined : bagged(peaks))
}

/**
 * The history root that a path leads to, or undefined when the path cannot be one. The leaf climbs
 * its mountain; the mountains to the right come bagged as one sibling, those to the left one by one.
 */
export const rootOfHistoryPath = (proof: HistoryPath): Hash | undefined => {
  const { height, count, digest, path } = proof
  if (height >= count) return undefined
  let index = height
  let last = count - 1
  let node = historyLeafOf(height, digest)
  for (const sibling of path) {
    if (last === 0) return undefined
    if (index % 2 === 1 || index === last) {
      node = parentOf(sibling, node)
      // A last node without a sibling of its own rises until it is somebody's right child.
      while (index % 2 === 0) {
        index /= 2
        last = Math.floor(last / 2)
      }
    } else {
      node = parentOf(node, sibling)
    }
    index = Math.floor(index / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 ? historyRootOf(count, node) : undefined
}

function bitsOf(count: number): number {
  let bits = 0
  for (let rest = count; rest > 0; rest = Math.floor(rest / 2)) bits += rest % 2
  return bits
}
