import { hashPairs } from '#hash-pairs'
import { concat } from '../bytes.ts'
import { writeLeafOfBytes } from './leaf.ts'
import { depthOf, NODE_BYTES, ZERO_NODES } from './merkle-path.ts'

/**
 * Levels of a chunk: 64 slots, some 10 KiB of balances. The longest texts, of epochs of thirty
 * authorities with eight addresses each (77 KB), still fit into one message as a whole chunk.
 */
export const CHUNK_DEPTH = 6
/** Levels that one page of nodes spans: 4,096 nodes, 128 KiB. */
export const PAGE_DEPTH = 12

/** Levels of a family's tree of which nodes are handed over: those of chunks, and of whole pages of them. */
export const NODE_LEVELS: readonly number[] = [CHUNK_DEPTH, CHUNK_DEPTH + PAGE_DEPTH]

/** Chunks of a family of `count` slots. */
export const chunksOf = (count: number): number => nodesAt(CHUNK_DEPTH, count)

/** Nodes of a level that have at least one of `count` leaves below them. */
export const nodesAt = (level: number, count: number): number => Math.ceil(count / 2 ** level)

/** Levels that a page of nodes of this level spans up to what proves it. */
export const pageDepth = (level: number, count: number): number =>
  Math.max(0, Math.min(PAGE_DEPTH, depthOf(count) - level))

/** Slots `from` … of a family, with the UTF-8 bytes of their texts. */
export type SlotRun = {
  readonly family: number
  readonly from: number
  readonly texts: readonly Uint8Array[]
}

/** The root of a chunk: of all slots of a family with fewer than one chunk has. `count`: of the family. */
export const chunkRootOf = ({ family, from, texts }: SlotRun, count: number): Uint8Array => {
  const leaves = new Uint8Array(texts.length * NODE_BYTES)
  for (const [index, bytes] of texts.entries()) {
    const at = index * NODE_BYTES
    writeLeafOfBytes({ family, slot: from + index, bytes }, leaves.subarray(at, at + NODE_BYTES))
  }
  return foldNodes(leaves, { level: 0, depth: Math.min(CHUNK_DEPTH, depthOf(count)) })
}

/**
 * The node `depth` levels above these nodes of one level, the leftmost of its subtree; what is missing
 * to their right is empty. The nodes lie one after the other, 32 bytes each.
 */
export const foldNodes = (
  nodes: Uint8Array,
  { level, depth }: { readonly level: number; readonly depth: number },
): Uint8Array => {
  if (nodes.length === 0) return emptyNode(level + depth)
  let children = nodes
  for (let up = 0; up < depth; up++) {
    const isOdd = (children.length / NODE_BYTES) % 2 === 1
    const pairs = isOdd ? concat(children, emptyNode(level + up)) : children
    children = new Uint8Array(pairs.length / 2)
    hashPairs(pairs, children)
  }
  return children
}

function emptyNode(level: number): Uint8Array {
  const node = ZERO_NODES[level]
  if (node === undefined) throw new RangeError(`no empty tree of depth ${level}`)
  return node
}
