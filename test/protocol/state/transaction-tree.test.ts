import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Hash, hashOf } from '#protocol/hash.ts'
import {
  createTransactionTree,
  rootOfTransactionPath,
  transactionLeafOf,
} from '#protocol/state/transaction-tree.ts'
import { hexOf, transactionVectors } from './state-vectors.ts'

describe.each(transactionVectors)('golden block of $outcomes.length', (vector) => {
  test('has its leaves, root and paths', () => {
    const tree = createTransactionTree(vector.outcomes)
    expect(tree.root()).toBe(vector.transactionRoot)
    for (const [index, outcome] of vector.outcomes.entries()) {
      expect(hexOf(transactionLeafOf(outcome, index))).toBe(vector.leaves[index])
      expect(tree.path(index).path.map(hexOf)).toEqual(vector.paths[index])
    }
  })
})

const outcomes = fc.array(
  fc.record({
    hash: fc.uint8Array({ minLength: 1, maxLength: 8 }).map((bytes) => Hash.parse(hashOf(bytes))),
    outcome: fc.constantFrom('applied', 'insufficient_funds', 'card_blocked'),
  }),
  { minLength: 1, maxLength: 40 },
)

test('a path leads to the root with its own hash, outcome, index and count, and no other', () => {
  fc.assert(
    fc.property(outcomes, fc.nat(), (body, at) => {
      const tree = createTransactionTree(body)
      const proof = tree.path(at % body.length)
      expect(rootOfTransactionPath(proof)).toBe(tree.root())
      for (const forged of [
        { ...proof, outcome: 'forged' },
        { ...proof, hash: hashOf(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9)) },
        { ...proof, index: proof.index + 1 },
        { ...proof, count: proof.count + 1 },
        { ...proof, path: [...proof.path, new Uint8Array(32)] },
        { ...proof, path: proof.path.map((node) => node.map((byte) => byte ^ 1)), index: 0 },
      ]) {
        if (forged.path.length > 0) expect(rootOfTransactionPath(forged)).not.toBe(tree.root())
      }
    }),
  )
})

test('an index outside the body is our mistake', () => {
  expect(() => createTransactionTree([]).path(0)).toThrow(RangeError)
})

test('an outcome too long for its length byte is our mistake', () => {
  expect(() =>
    transactionLeafOf({ hash: hashOf(new Uint8Array()), outcome: 'x'.repeat(65) }, 0),
  ).toThrow(RangeError)
})
