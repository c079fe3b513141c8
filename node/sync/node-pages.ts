import type { NodesPage } from '#protocol/chain/snapshot.ts'
import type { FamilyTree } from '#protocol/state/family.ts'
import { depthOf, NODE_BYTES } from '#protocol/state/merkle-path.ts'
import { CHUNK_DEPTH, foldNodes, NODE_LEVELS, PAGE_DEPTH } from '#protocol/state/subtree.ts'

/** The nodes of a snapshot that are handed over, page by page. */
export type NodePages = {
  /** 32 bytes each; undefined where the family has no such page. */
  readonly page: (page: NodesPage) => Uint8Array | undefined
}

/** `trees`: with their nodes of the level of chunks. */
export const createNodePages = (trees: readonly FamilyTree[]): NodePages => {
  const levels = new Map(trees.map((tree) => [tree.number, levelsOf(tree)]))
  return {
    page: ({ family, level, index }) => {
      const nodes = levels.get(family)?.get(level)
      const page = nodes?.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES)
      return page === undefined || page.length === 0 ? undefined : page
    },
  }
}

const PAGE_BYTES = 2 ** PAGE_DEPTH * NODE_BYTES

/** All nodes of each level that has some below the root. */
const levelsOf = ({ count, nodes }: FamilyTree): ReadonlyMap<number, Uint8Array> => {
  const levels = new Map<number, Uint8Array>()
  let below = nodes
  for (const level of NODE_LEVELS) {
    if (level >= depthOf(count)) break
    if (level > CHUNK_DEPTH) below = parentsOf(below, level - PAGE_DEPTH)
    levels.set(level, below)
  }
  return levels
}

/** The nodes one page above those of a level. */
const parentsOf = (nodes: Uint8Array, level: number): Uint8Array => {
  const pages = Math.ceil(nodes.length / PAGE_BYTES)
  const parents = new Uint8Array(pages * NODE_BYTES)
  for (let index = 0; index < pages; index++) {
    const page = nodes.subarray(index * PAGE_BYTES, (index + 1) * PAGE_BYTES)
    parents.set(foldNodes(page, { level, depth: PAGE_DEPTH }), index * NODE_BYTES)
  }
  return parents
}
