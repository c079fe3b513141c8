import { hashPairs } from '#hash-pairs'
import type { Hash } from '../hash.ts'
import { bagged, type HistoryPath, historyLeafOf, historyRootOf } from './history-path.ts'
import { NODE_BYTES } from './merkle-path.ts'

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
  /** The mountains over the first `count` digests, the highest first: all that the root is made of. */
  readonly peaks: (count: number) => readonly Uint8Array[]
  /** The path of `digest`, which is the one at `height`, to the root over the first `count`. */
  readonly path: (height: number, count: number, digest: Hash) => HistoryPath
}

/** What is known of a range whose digests are not: their count, and the mountains over them. */
export type HistoryPeaks = { readonly count: number; readonly peaks: readonly Uint8Array[] }

/**
 * Nodes of one height above the leaves, in memory that grows by an eighth: those from index `from` on,
 * of `length` in all.
 */
type Level = { bytes: Uint8Array; length: number; readonly from: number }

const LEVEL_MIN_NODES = 64

export const createHistory = (digests: Iterable<Hash> = []): History => {
  const history = createHistoryAbove({ count: 0, peaks: [] })
  for (const digest of digests) history.append(digest)
  return history
}

/**
 * The history that goes on from these peaks, of which there is one for each bit of their count. It has
 * the root and the paths of a whole one; only a path of a digest below the count asks for what it lacks.
 */
export const createHistoryAbove = (below: HistoryPeaks): History => {
  const levels = levelsAbove(below)
  let { count } = below

  const append = (digest: Hash): void => {
    appendNode(levels, 0, historyLeafOf(count, digest))
    count += 1
    // Each trailing zero bit of the count is a pair of mountains that became one.
    for (let level = 0; (count / 2 ** level) % 2 === 0; level++) joinLastPair(levels, level)
  }

  const truncate = (to: number): void => {
    if (to > count || to < below.count) throw new RangeError(`${to} of ${count} ancestors`)
    count = to
    for (const [height, level] of levels.entries()) level.length = Math.floor(to / 2 ** height)
  }

  return {
    count: () => count,
    append,
    truncate,
    root: () => historyRootOf(count, count === 0 ? undefined : rangeRoot(levels, 0, count)),
    peaks: (of) => {
      if (of > count || of < below.count) throw new RangeError(`${of} of ${count} ancestors`)
      return peaksOf(levels, 0, of)
    },
    path: (height, of, digest) => {
      const isKnown = of <= count && height < of && height >= below.count
      if (!isKnown) throw new RangeError(`${height} of ${of}`)
      return { height, count: of, digest, path: siblings(levels, height, of) }
    },
  }
}

/** Of each level the peak, if it has one: what is to the left of it is never asked for again. */
function levelsAbove({ count, peaks }: HistoryPeaks): Level[] {
  const levels: Level[] = []
  let left = peaks.length
  for (let height = 0; 2 ** height <= count; height++) {
    const length = Math.floor(count / 2 ** height)
    const hasPeak = length % 2 === 1
    const level = { ...emptyLevel(), length, from: hasPeak ? length - 1 : length }
    if (hasPeak) left -= 1
    const peak = peaks[left]
    if (hasPeak && peak !== undefined) level.bytes.set(peak)
    levels.push(level)
  }
  if (left !== 0) throw new RangeError(`${peaks.length} peaks over ${count} ancestors`)
  return levels
}

function emptyLevel(): Level {
  return { bytes: new Uint8Array(LEVEL_MIN_NODES * NODE_BYTES), length: 0, from: 0 }
}

/** The root over leaves `from` … `to − 1`, where `from` is a multiple of the largest mountain. */
function rangeRoot(levels: readonly Level[], from: number, to: number): Uint8Array {
  return bagged(peaksOf(levels, from, to))
}

function peaksOf(levels: readonly Level[], from: number, to: number): Uint8Array[] {
  const peaks: Uint8Array[] = []
  for (let at = from; at < to; ) {
    const height = mountainHeight(to - at)
    peaks.push(nodeAt(levels, height, at / 2 ** height))
    at += 2 ** height
  }
  return peaks
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
  const isHeld = level !== undefined && index >= level.from && index < level.length
  if (!isHeld) throw new RangeError(`node ${height}/${index}`)
  const at = (index - level.from) * NODE_BYTES
  return level.bytes.slice(at, at + NODE_BYTES)
}

function appendNode(levels: Level[], height: number, node: Uint8Array): void {
  const level = roomAt(levels, height)
  level.bytes.set(node, (level.length - level.from) * NODE_BYTES)
  level.length += 1
}

function joinLastPair(levels: Level[], height: number): void {
  const children = roomAt(levels, height)
  const parents = roomAt(levels, height + 1)
  const pair = (children.length - children.from - 2) * NODE_BYTES
  const parent = (parents.length - parents.from) * NODE_BYTES
  hashPairs(
    children.bytes.subarray(pair, pair + 2 * NODE_BYTES),
    parents.bytes.subarray(parent, parent + NODE_BYTES),
  )
  parents.length += 1
}

/** A level with room for one node more. */
function roomAt(levels: Level[], height: number): Level {
  const level = levels[height] ?? emptyLevel()
  levels[height] = level
  const held = level.length - level.from
  if (held * NODE_BYTES === level.bytes.length) {
    const nodes = held + Math.max(LEVEL_MIN_NODES, Math.floor(held / 8))
    const wider = new Uint8Array(nodes * NODE_BYTES)
    wider.set(level.bytes)
    level.bytes = wider
  }
  return level
}
