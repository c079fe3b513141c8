import { bytesToHex } from '@noble/hashes/utils.js'
import { concat, equalBytes } from '../bytes.ts'
import type { NodesPage, SnapshotHead } from '../chain/snapshot.ts'
import { type Hash, hashOfHex } from '../hash.ts'
import type { VerifySignature } from '../signature.ts'
import { rootOfPeaks } from '../state/history-path.ts'
import { familyRootOf, stateRootOf } from '../state/leaf.ts'
import { TREE_DEPTH_MAX } from '../state/limits.ts'
import { depthOf } from '../state/merkle-path.ts'
import { foldNodes, nodesAt, PAGE_DEPTH, pageDepth } from '../state/subtree.ts'
import { faultOf, type Trusted } from './finality.ts'

/**
 * Whether the head of a snapshot is that of a final block. `trusted`: who finalises in its epoch, by the
 * ends of those before.
 */
export const isSnapshot = (
  head: SnapshotHead,
  trusted: Trusted,
  verify: VerifySignature,
): boolean => {
  const { header, peaks, families } = head
  const isOrdered = families.every(
    ({ number }, index) => number > (families[index - 1]?.number ?? 0),
  )
  const isBounded = families.every(({ count }) => depthOf(count) <= TREE_DEPTH_MAX)
  if (!isOrdered || !isBounded) return false
  if (rootOfPeaks(header.height, peaks) !== header.historyRoot) return false
  return stateRootAt(head) === header.stateRoot && faultOf(head, trusted, verify) === undefined
}

/** What proves a page of nodes: the root of the tree, or a node of the page above it. */
export type PageProof = { readonly count: number; readonly above: Uint8Array }

/** Whether these are the nodes of a page: as many as there are, under the node that proves them. */
export const isPage = (
  { level, index }: NodesPage,
  nodes: Uint8Array,
  proof: PageProof,
): boolean => {
  const { count, above } = proof
  const first = index * 2 ** PAGE_DEPTH
  const size = Math.min(2 ** PAGE_DEPTH, nodesAt(level, count) - first)
  if (size <= 0 || nodes.length !== size * above.length) return false
  return equalBytes(foldNodes(nodes, { level, depth: pageDepth(level, count) }), above)
}

const stateRootAt = ({ families }: SnapshotHead): Hash => {
  const roots = families.map(({ number, count, root }) => familyRootOf(number, count, root))
  const tree = foldNodes(concat(...roots), { level: 0, depth: depthOf(families.length) })
  return hashOfHex(bytesToHex(stateRootOf(families.length, tree)))
}
