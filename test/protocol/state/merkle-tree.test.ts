import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sha256 } from '#digest'
import { concat, u32 } from '#protocol/bytes.ts'
import { familyRootOf, leafOf } from '#protocol/state/leaf.ts'
import { depthOf, rootOfPath, ZERO_NODES } from '#protocol/state/merkle-path.ts'
import { createMerkleTree, type MerkleTree } from '#protocol/state/merkle-tree.ts'
import { Hex, hexOf, leafVectors, treeVectors } from './state-vectors.ts'

const leafNumber = (value: number): Uint8Array => sha256(u32(value))

const treeOf = (leaves: readonly Uint8Array[]): MerkleTree => {
  const tree = createMerkleTree()
  for (const [slot, leaf] of leaves.entries()) tree.set(slot, leaf)
  return tree
}

/** The tree as one defines it, with every empty leaf there. */
const rootByDefinition = (leaves: readonly Uint8Array[]): Uint8Array => {
  let nodes = [...leaves]
  while (nodes.length < 2 ** depthOf(leaves.length)) nodes.push(new Uint8Array(32))
  while (nodes.length > 1) {
    const parents: Uint8Array[] = []
    for (let index = 0; index < nodes.length; index += 2) {
      parents.push(sha256(concat(...nodes.slice(index, index + 2))))
    }
    nodes = parents
  }
  return nodes[0] ?? new Uint8Array(32)
}

describe('golden leaves', () => {
  test.each(leafVectors)('family $family slot $slot $text', (vector) => {
    expect(vector.preimage.length).not.toBe(64)
    expect(hexOf(sha256(vector.preimage))).toBe(vector.leaf)
    expect(hexOf(leafOf(vector))).toBe(vector.leaf)
  })

  test('a leaf does not depend on the leaf hashed before it', () => {
    const last = leafVectors.at(-1)
    const first = leafVectors[0]
    if (first === undefined || last === undefined) throw new Error('no vectors')
    leafOf(last)
    expect(hexOf(leafOf(first))).toBe(first.leaf)
  })
})

describe.each(treeVectors)('golden tree of $count leaves', (vector) => {
  const leaves = Array.from({ length: vector.count }, (_, slot) => leafNumber(slot))

  test('has its depth, root and family root', () => {
    const root = treeOf(leaves).root()
    expect(depthOf(vector.count)).toBe(vector.depth)
    expect(hexOf(root)).toBe(vector.treeRoot)
    expect(hexOf(familyRootOf(vector.family, vector.count, root))).toBe(vector.familyRoot)
  })

  test('has its paths, which lead to the root', () => {
    const tree = treeOf(leaves)
    for (const { slot, path } of vector.paths) {
      expect(tree.path(slot).map(hexOf)).toEqual(path)
      const siblings = path.map((node) => Hex.parse(node))
      expect(hexOf(rootOfPath(leafNumber(slot), slot, siblings))).toBe(vector.treeRoot)
    }
  })
})

/** What can happen to a tree and, the same, to the list of its leaves. */
const EVENTS = {
  set: (tree: MerkleTree, leaves: Uint8Array[], seed: number) => {
    if (leaves.length === 0) return
    const slot = seed % leaves.length
    leaves[slot] = leafNumber(seed)
    tree.set(slot, leafNumber(seed))
  },
  append: (tree: MerkleTree, leaves: Uint8Array[], seed: number) => {
    for (let more = 0; more < seed % 20; more++) {
      tree.set(leaves.length, leafNumber(seed + more))
      leaves.push(leafNumber(seed + more))
    }
  },
  truncate: (tree: MerkleTree, leaves: Uint8Array[], seed: number) => {
    leaves.length = seed % (leaves.length + 1)
    tree.truncate(leaves.length)
  },
  root: (tree: MerkleTree, leaves: Uint8Array[]) => {
    expect(tree.root()).toEqual(rootByDefinition(leaves))
  },
} as const

test('the root is that of the definition whatever happened to the tree', () => {
  const verbs = ['set', 'set', 'append', 'append', 'truncate', 'root'] as const
  const events = fc.array(fc.tuple(fc.constantFrom(...verbs), fc.nat(10_000)), { maxLength: 60 })
  fc.assert(
    fc.property(events, (happened) => {
      const tree = createMerkleTree()
      const leaves: Uint8Array[] = []
      for (const [verb, seed] of happened) EVENTS[verb](tree, leaves, seed)
      expect(tree.count()).toBe(leaves.length)
      expect(tree.root()).toEqual(rootByDefinition(leaves))
    }),
  )
})

test('scattered changes of more pairs than one batch give the root of a tree built anew', () => {
  const leaves = Array.from({ length: 9000 }, (_, slot) => leafNumber(slot))
  const tree = treeOf(leaves)
  tree.root()
  for (let slot = 0; slot < leaves.length; slot += 5) {
    leaves[slot] = leafNumber(slot + 1_000_000)
    tree.set(slot, leafNumber(slot + 1_000_000))
  }
  expect(tree.root()).toEqual(treeOf(leaves).root())
})

test('an empty tree has the empty root of depth 0, also after it held leaves', () => {
  const tree = treeOf([leafNumber(1), leafNumber(2)])
  tree.truncate(0)
  expect(tree.root()).toEqual(ZERO_NODES[0])
})

test('what a tree hands out cannot change it', () => {
  const tree = treeOf([leafNumber(1), leafNumber(2), leafNumber(3)])
  const root = tree.root()
  for (const bytes of [tree.root(), ...tree.path(2)]) bytes.fill(7)
  tree.set(0, leafNumber(1))
  expect(tree.root()).toEqual(root)
  expect(hexOf(ZERO_NODES[0] ?? leafNumber(0))).toBe('00'.repeat(32))
})

test.each([
  ['a slot beyond the count', (tree: MerkleTree) => tree.set(4, leafNumber(0))],
  ['a negative slot', (tree: MerkleTree) => tree.set(-1, leafNumber(0))],
  ['the path of no slot', (tree: MerkleTree) => tree.path(3)],
  ['truncation upwards', (tree: MerkleTree) => tree.truncate(4)],
])('%s is our mistake', (_, mistake) => {
  const tree = treeOf([leafNumber(1), leafNumber(2), leafNumber(3)])
  expect(() => mistake(tree)).toThrow(RangeError)
})
