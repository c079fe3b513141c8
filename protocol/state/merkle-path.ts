import { sha256 } from '#digest'
import { concat } from '../bytes.ts'
import { TREE_DEPTH_MAX } from './limits.ts'

/** Bytes of every node of every tree: one SHA-256. */
export const NODE_BYTES = 32

/** The parent of two nodes: SHA-256 of exactly their 64 bytes. */
export const parentOf = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(concat(left, right))

/** Roots of the empty trees of depth 0, 1, 2…: 32 zero bytes, then each the parent of two before. */
export const ZERO_NODES: readonly Uint8Array[] = zeroNodes()

/** Levels below the root of a dense tree of `count` leaves: the least d with 2^d ≥ count. */
export const depthOf = (count: number): number => (count <= 1 ? 0 : 32 - Math.clz32(count - 1))

/** The root that `leaf` at `slot` has under its siblings, which go from the leaf's own upwards. */
export const rootOfPath = (
  leaf: Uint8Array,
  slot: number,
  path: readonly Uint8Array[],
): Uint8Array => {
  let node = leaf
  let index = slot
  for (const sibling of path) {
    node = index % 2 === 0 ? parentOf(node, sibling) : parentOf(sibling, node)
    index = Math.floor(index / 2)
  }
  return node
}

function zeroNodes(): Uint8Array[] {
  const nodes: Uint8Array[] = []
  let node: Uint8Array = new Uint8Array(NODE_BYTES)
  while (nodes.length <= TREE_DEPTH_MAX) {
    nodes.push(node)
    node = parentOf(node, node)
  }
  return nodes
}
