import { describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { isPage } from '#protocol/proof/snapshot.ts'
import { leafOf } from '#protocol/state/leaf.ts'
import { createMerkleTree } from '#protocol/state/merkle-tree.ts'
import {
  CHUNK_DEPTH,
  chunkRootOf,
  chunksOf,
  foldNodes,
  nodesAt,
  PAGE_DEPTH,
} from '#protocol/state/subtree.ts'
import { chunkVectors, hexOf } from './state-vectors.ts'

const FAMILY = 8
const textAt = (slot: number): string => `{"slot":${slot},"name":"Zoë"}`

const treeOf = (count: number) => {
  const tree = createMerkleTree(count)
  for (let slot = 0; slot < count; slot++) {
    tree.set(slot, leafOf({ family: FAMILY, slot, text: textAt(slot) }))
  }
  return tree
}

const chunkAt = (index: number, count: number): Uint8Array => {
  const from = index * 2 ** CHUNK_DEPTH
  const slots = Math.min(2 ** CHUNK_DEPTH, count - from)
  const texts = Array.from({ length: slots }, (_, at) => utf8(textAt(from + at)))
  return chunkRootOf({ family: FAMILY, from, texts }, count)
}

describe.each(chunkVectors)('golden chunks of $count slots', ({ count, treeRoot, chunkRoots }) => {
  test('have these roots under this tree', () => {
    expect(hexOf(treeOf(count).root())).toBe(treeRoot)
    const roots = Array.from({ length: chunksOf(count) }, (_, index) => chunkAt(index, count))
    expect(roots.map(hexOf)).toEqual(chunkRoots)
  })
})

test.each([1, 2, 3, 63, 64, 65, 127, 128, 129, 1_000])(
  'the chunks of %i slots are the nodes of their tree',
  (count) => {
    const tree = treeOf(count)
    const nodes = tree.nodes(CHUNK_DEPTH)
    expect(nodes).toHaveLength(chunksOf(count) * 32)
    for (let index = 0; index < chunksOf(count); index++) {
      expect(chunkAt(index, count)).toEqual(nodes.slice(index * 32, (index + 1) * 32))
    }
  },
)

describe('pages of a tree of over 4,096 chunks', () => {
  const count = 2 ** (CHUNK_DEPTH + PAGE_DEPTH) + 2 ** CHUNK_DEPTH + 5
  // Its leaves are of no matter here: only their nodes are.
  const tree = createMerkleTree(count)
  for (let slot = 0; slot < count; slot += 64) {
    for (let at = slot; at < Math.min(slot + 64, count); at++) {
      tree.set(at, new Uint8Array(32).fill(slot & 0xff))
    }
  }
  const root = tree.root()
  const chunks = tree.nodes(CHUNK_DEPTH)
  const upper = tree.nodes(CHUNK_DEPTH + PAGE_DEPTH)
  const pageAt = (index: number): Uint8Array =>
    chunks.slice(index * 2 ** PAGE_DEPTH * 32, (index + 1) * 2 ** PAGE_DEPTH * 32)

  test('stand under the nodes above them, and these under the root', () => {
    const above = { family: FAMILY, level: CHUNK_DEPTH + PAGE_DEPTH, index: 0 }
    expect(isPage(above, upper, { count, above: root })).toBe(true)
    for (const index of [0, 1]) {
      const page = { family: FAMILY, level: CHUNK_DEPTH, index }
      const node = upper.slice(index * 32, (index + 1) * 32)
      expect(isPage(page, pageAt(index), { count, above: node })).toBe(true)
      expect(isPage(page, pageAt(1 - index), { count, above: node })).toBe(false)
      expect(isPage(page, pageAt(index).slice(32), { count, above: node })).toBe(false)
    }
    const beyond = { family: FAMILY, level: CHUNK_DEPTH, index: 2 }
    expect(isPage(beyond, new Uint8Array(0), { count, above: root })).toBe(false)
  })

  test('fold into the same nodes', () => {
    expect(nodesAt(CHUNK_DEPTH + PAGE_DEPTH, count)).toBe(2)
    const folded = foldNodes(pageAt(1), { level: CHUNK_DEPTH, depth: PAGE_DEPTH })
    expect(folded).toEqual(upper.slice(32))
  })
})
