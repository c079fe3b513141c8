import { hashPairs } from '#hash-pairs'
import { HASH_PAIRS_BATCH, TREE_DEPTH_MAX } from './limits.ts'
import { depthOf, NODE_BYTES, ZERO_NODES } from './merkle-path.ts'

/**
 * A dense, append-indexed binary Merkle tree over 32-byte leaves, changed in place. Its depth is
 * that of its count (`depthOf`); leaves from the count on are 32 zero bytes. Only `root` hashes,
 * and only the paths of the leaves set since the last time, one level after the other.
 */
export type MerkleTree = {
  readonly count: () => number
  /** Sets the leaf of a slot, or appends one when `slot` is the count. */
  readonly set: (slot: number, leaf: Uint8Array) => void
  /** Forgets the leaves from `count` on. */
  readonly truncate: (count: number) => void
  /** The root, 32 bytes. */
  readonly root: () => Uint8Array
  /** The nodes of a level that have a leaf below them, 32 bytes each; of a lower tree its root. */
  readonly nodes: (level: number) => Uint8Array
  /** The siblings of a leaf, from its own level upwards: as many as the tree is deep. */
  readonly path: (slot: number) => readonly Uint8Array[]
}

/** One level of nodes; both views share the memory: words to copy, bytes to hash. */
type Level = { readonly words: Uint32Array; readonly bytes: Uint8Array }

const NODE_WORDS = NODE_BYTES / 4
const PAIR_WORDS = NODE_WORDS * 2

/** `capacity`: leaves expected; room for more is made when needed. */
export const createMerkleTree = (capacity = 0): MerkleTree => {
  const levels: Level[] = []
  reserve(levels, depthOf(capacity))
  let count = 0
  let dirty: number[] = []

  const set = (slot: number, leaf: Uint8Array): void => {
    if (slot > count || slot < 0) throw new RangeError(`slot ${slot} of ${count} leaves`)
    if (slot === count) {
      count += 1
      reserve(levels, depthOf(count))
    }
    levelAt(levels, 0).bytes.set(leaf, slot * NODE_BYTES)
    dirty.push(slot)
  }

  const truncate = (to: number): void => {
    if (to > count || to < 0) throw new RangeError(`${to} of ${count} leaves`)
    if (to === count) return
    count = to
    // The last leaf's path now has empty subtrees to its right. Dirty slots beyond it do no harm.
    if (to > 0) dirty.push(to - 1)
  }

  const rehash = (): void => {
    if (dirty.length === 0) return
    let nodes = new Uint32Array(dirty).sort()
    dirty = []
    const depth = depthOf(count)
    for (let level = 0; level < depth; level++) {
      closeRightEdge(levelAt(levels, level), level, count)
      nodes = parentsOf(nodes)
      hashParents(levelAt(levels, level), levelAt(levels, level + 1), nodes)
    }
  }

  return {
    count: () => count,
    set,
    truncate,
    root: () => {
      rehash()
      return count === 0 ? zeroNode(0) : nodeAt(levels, depthOf(count), 0)
    },
    nodes: (level) => {
      rehash()
      const at = Math.min(level, depthOf(count))
      return levelAt(levels, at).bytes.slice(0, usedNodes(at, count) * NODE_BYTES)
    },
    path: (slot) => {
      within(slot, count)
      rehash()
      return siblingsOf(levels, slot, count)
    },
  }
}

function levelOf(nodes: number): Level {
  const bytes = new Uint8Array(nodes * NODE_BYTES)
  return { bytes, words: new Uint32Array(bytes.buffer) }
}

function levelAt(levels: readonly Level[], index: number): Level {
  const level = levels[index]
  if (level === undefined) throw new RangeError(`no level ${index}`)
  return level
}

function zeroNode(level: number): Uint8Array {
  const node = ZERO_NODES[level]
  if (node === undefined) throw new RangeError(`no empty tree of depth ${level}`)
  return node.slice()
}

function within(slot: number, count: number): number {
  if (slot >= count || slot < 0) throw new RangeError(`slot ${slot} of ${count} leaves`)
  return slot
}

/** Makes room for a tree of `depth`: all levels become as wide as it has them. */
function reserve(levels: Level[], depth: number): void {
  if (levels.length > depth) return
  if (depth > TREE_DEPTH_MAX) throw new RangeError(`a tree of depth ${depth}`)
  for (let index = 0; index <= depth; index++) {
    const wider = levelOf(2 ** (depth - index))
    const level = levels[index]
    if (level !== undefined) wider.words.set(level.words)
    levels[index] = wider
  }
}

function nodeAt(levels: readonly Level[], level: number, index: number): Uint8Array {
  return levelAt(levels, level).bytes.slice(index * NODE_BYTES, (index + 1) * NODE_BYTES)
}

/** Nodes of a level that have at least one leaf of `count` below them. */
function usedNodes(level: number, count: number): number {
  return Math.ceil(count / 2 ** level)
}

/** Gives the last used node of a level an empty sibling where it has none. */
function closeRightEdge(nodes: Level, level: number, count: number): void {
  const used = usedNodes(level, count)
  if (used % 2 === 1) nodes.bytes.set(zeroNode(level), used * NODE_BYTES)
}

/** The distinct parents of nodes in ascending order, in the same order and the same memory. */
function parentsOf(nodes: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  let length = 0
  let last = -1
  for (const node of nodes) {
    const parent = node >>> 1
    if (parent === last) continue
    nodes[length] = parent
    length += 1
    last = parent
  }
  return nodes.subarray(0, length)
}

const pairBytes = new Uint8Array(HASH_PAIRS_BATCH * NODE_BYTES * 2)
const pairWords = new Uint32Array(pairBytes.buffer)
const hashBytes = new Uint8Array(HASH_PAIRS_BATCH * NODE_BYTES)
const hashWords = new Uint32Array(hashBytes.buffer)

/** Hashes the children of each of `parents`, gathered into as few calls as there are batches. */
function hashParents(children: Level, parents: Level, indices: Uint32Array): void {
  const first = indices[0] ?? 0
  const last = indices[indices.length - 1] ?? 0
  if (last - first + 1 === indices.length) {
    hashPairs(
      children.bytes.subarray(first * NODE_BYTES * 2, (last + 1) * NODE_BYTES * 2),
      parents.bytes.subarray(first * NODE_BYTES, (last + 1) * NODE_BYTES),
    )
    return
  }
  for (let start = 0; start < indices.length; start += HASH_PAIRS_BATCH) {
    hashBatch(children, parents, indices.subarray(start, start + HASH_PAIRS_BATCH))
  }
}

function hashBatch(children: Level, parents: Level, indices: Uint32Array): void {
  const size = indices.length
  for (let pair = 0; pair < size; pair++) {
    const from = (indices[pair] ?? 0) * PAIR_WORDS
    const to = pair * PAIR_WORDS
    for (let word = 0; word < PAIR_WORDS; word++) {
      pairWords[to + word] = children.words[from + word] ?? 0
    }
  }
  hashPairs(pairBytes.subarray(0, size * NODE_BYTES * 2), hashBytes.subarray(0, size * NODE_BYTES))
  for (let pair = 0; pair < size; pair++) {
    const from = pair * NODE_WORDS
    const to = (indices[pair] ?? 0) * NODE_WORDS
    for (let word = 0; word < NODE_WORDS; word++) {
      parents.words[to + word] = hashWords[from + word] ?? 0
    }
  }
}

/** The siblings on the way up from a leaf of a tree whose paths are all hashed. */
function siblingsOf(levels: readonly Level[], slot: number, count: number): Uint8Array[] {
  const siblings: Uint8Array[] = []
  for (let level = 0; level < depthOf(count); level++) {
    const sibling = (slot >>> level) ^ 1
    siblings.push(
      sibling < usedNodes(level, count) ? nodeAt(levels, level, sibling) : zeroNode(level),
    )
  }
  return siblings
}
