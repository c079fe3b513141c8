import { hashPairs } from '#hash-pairs'
import type { Hash } from '../hash.ts'
import { type HistoryPath, historyLeafOf, historyRootOf } from './history-path.ts'
import { NODE_BYTES, parentOf } from './merkle-path.ts'

/**
 * A Merkle mountain range over the digests of a chain by height, genesis first: for each bit of
 * the count a full binary tree, a mountain, the highest to the left. The root bags the mountains
 * from the right: the last two into their parent, that and the one before into theirs, and so on
 * (the tree of RFC 9162 §2.1.1). About 64 bytes a block.
 */
export type History = {
  /** Digests held: the height of the block whose header commits to them. */
  readonly count: () => number
  readonly append: (digest: Hash) => void
  /** Forgets the digests from height `count` on. */
  readonly truncate: (count: number) => void
  /** The history root of a header at height `count`. */
  readonly root: () => Hash
  /** The path of `digest`, which is the one at `height`, to the root over the first `count`. */
  readonly path: (height: number, count: number, digest: Hash) => HistoryPath
}

/** Nodes of one height above the leaves, in memory that grows by an eighth. */
type Level = { bytes: Uint8Array; length: number }

const LEVEL_MIN_NODES = 64

export const createHistory = (digests: Iterable<Hash> = []): History => {
  const levels: Level[] = []
  let count = 0

  const append = (digest: Hash): void => {
    appendNode(levels, 0, historyLeafOf(count, digest))
    count += 1
    // Each trailing zero bit of the count is a pair of mountains that became one.
    for (let level = 0; (count / 2 ** level) % 2 === 0; level++) joinLastPair(levels, level)
  }

  const truncate = (to: number): void => {
    if (to > count || to < 0) throw new RangeError(`${to} of ${count} ancestors`)
    count = to
    for (const [height, level] of levels.entries()) level.length = Math.floor(to / 2 ** height)
  }

  for (const digest of digests) append(digest)
  return {
    count: () => count,
    append,
    truncate,
    root: () => historyRootOf(count, count === 0 ? undefined : rangeRoot(levels, 0, count)),
    path: (height, of, digest) => {
      if (of > count || height >= of || height < 0) throw new RangeError(`${height} of ${of}`)
      return { height, count: of, digest, path: siblings(levels, height, of) }
    },
  }
}

/** The root over leaves `from` … `to − 1`, where `from` is a multiple of the largest mountain. */
function rangeRoot(levels: readonly Level[], from: number, to: number): Uint8Array {
  const peaks: Uint8Array[] = []
  for (let at = from; at < to; ) {
    const height = mountainHeight(to - at)
    peaks.push(nodeAt(levels, height, at / 2 ** height))
    at += 2 ** height
  }
  return peaks.reduceRight((bagged, peak) => parentOf(peak, bagged))
}

/** Height of the highest full tree over at most `leaves` leaves. */
function mountainHeight(leaves: number): number {
  let height = 0
  while (2 ** (height + 1) <= leaves) height++
  return height
}

function siblings(levels: readonly Level[], height: number, count: number): Uint8Array[] {
  const left: Uint8Array[] = []
  let start = 0
  for (;;) {
    const mountain = mountainHeight(count - start)
    const end = start + 2 ** mountain
    if (height < end) {
      const right = end < count ? [rangeRoot(levels, end, count)] : []
      return [...climb(levels, height, mountain), ...right, ...left.reverse()]
    }
    left.push(nodeAt(levels, mountain, start / 2 ** mountain))
    start = end
  }
}

/** Siblings from a leaf to the top of its mountain. */
function climb(levels: readonly Level[], leaf: number, mountain: number): Uint8Array[] {
  const path: Uint8Array[] = []
  for (let level = 0; level < mountain; level++) {
    const index = Math.floor(leaf / 2 ** level)
    path.push(nodeAt(levels, level, index % 2 === 0 ? index + 1 : index - 1))
  }
  return path
}

function nodeAt(levels: readonly Level[], height: number, index: number): Uint8Array {
  const level = levels[height]
  if (level === undefined || index >= level.length) throw new RangeError(`node ${height}/${index}`)
  return level.bytes.slice(index * NODE_BYTES, (index + 1) * NODE_BYTES)
}

function appendNode(levels: Level[], height: number, node: Uint8Array): void {
  const level = roomAt(levels, height)
  level.bytes.set(node, level.length * NODE_BYTES)
  level.length += 1
}

function joinLastPair(levels: Level[], height: number): void {
  const children = roomAt(levels, height)
  const parents = roomAt(levels, height + 1)
  const pair = (children.length - 2) * NODE_BYTES
  const parent = parents.length * NODE_BYTES
  hashPairs(
    children.bytes.subarray(pair, pair + 2 * NODE_BYTES),
    parents.bytes.subarray(parent, parent + NODE_BYTES),
  )
  parents.length += 1
}

/** A level with room for one node more. */
function roomAt(levels: Level[], height: number): Level {
  const level = levels[height] ?? { bytes: new Uint8Array(LEVEL_MIN_NODES * NODE_BYTES), length: 0 }
  levels[height] = level
  if (level.length * NODE_BYTES === level.bytes.length) {
    const nodes = level.length + Math.max(LEVEL_MIN_NODES, Math.floor(level.length / 8))
    const wider = new Uint8Array(nodes * NODE_BYTES)
    wider.set(level.bytes)
    level.bytes = wider
  }
  return level
}
