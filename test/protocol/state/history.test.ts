import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { concat, u32, utf8 } from '#protocol/bytes.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { createHistory, createHistoryAbove } from '#protocol/state/history.ts'
import { rootOfHistoryPath, rootOfPeaks } from '#protocol/state/history-path.ts'
import { hexOf, historyVectors } from './state-vectors.ts'

const digestAt = (height: number): Hash => hashOf(concat(utf8('digest'), u32(height)))
const digests = (count: number): Hash[] => Array.from({ length: count }, (_, at) => digestAt(at))

describe.each(historyVectors)('golden history of $count', (vector) => {
  test('has its root and paths', () => {
    const history = createHistory(digests(vector.count))
    expect(history.count()).toBe(vector.count)
    expect(history.root()).toBe(vector.historyRoot)
    for (const { height, path } of vector.paths) {
      const proof = history.path(height, vector.count, digestAt(height))
      expect(proof.path.map(hexOf)).toEqual(path)
    }
  })
})

test('every ancestor has a path to the root of every later header, within the bound', () => {
  const history = createHistory(digests(70))
  for (let count = 1; count <= 70; count++) {
    const root = createHistory(digests(count)).root()
    for (let height = 0; height < count; height++) {
      const proof = history.path(height, count, digestAt(height))
      expect(rootOfHistoryPath(proof)).toBe(root)
      expect(proof.path.length).toBeLessThanOrEqual(Math.ceil(Math.log2(count)) + 1)
    }
  }
})

test('a forged path does not lead to the root', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 90 }), fc.nat(), (count, at) => {
      const history = createHistory(digests(count))
      const proof = history.path(at % count, count, digestAt(at % count))
      for (const forged of [
        { ...proof, digest: digestAt(count) },
        { ...proof, height: (proof.height + 1) % count },
        { ...proof, height: count },
        { ...proof, count: count + 1 },
        { ...proof, count: count * 2 ** 40 },
        { ...proof, path: proof.path.slice(1) },
        { ...proof, path: [...proof.path, new Uint8Array(32)] },
        { ...proof, path: [] },
      ]) {
        expect(rootOfHistoryPath(forged)).not.toBe(history.root())
      }
    }),
  )
})

test('truncation is as if the later ones had never come', () => {
  fc.assert(
    fc.property(fc.nat(200), fc.nat(200), fc.nat(20), (length, to, more) => {
      const kept = Math.min(length, to)
      const history = createHistory(digests(length))
      history.truncate(kept)
      for (let height = kept; height < kept + more; height++) history.append(digestAt(height + 7))
      const expected = createHistory(digests(kept))
      for (let height = kept; height < kept + more; height++) expected.append(digestAt(height + 7))
      expect(history.root()).toBe(expected.root())
    }),
  )
})

test.each([
  ['truncation upwards', () => createHistory(digests(3)).truncate(4)],
  ['a path of a digest to come', () => createHistory(digests(3)).path(3, 3, digestAt(3))],
  ['a path to a root to come', () => createHistory(digests(3)).path(0, 4, digestAt(0))],
])('%s is our mistake', (_, mistake) => {
  expect(mistake).toThrow(RangeError)
})

test('a history above the peaks of another has its later roots and paths', () => {
  for (let below = 0; below <= 40; below++) {
    const whole = createHistory(digests(below))
    const peaks = whole.peaks(below)
    const above = createHistoryAbove({ count: below, peaks })
    expect(rootOfPeaks(below, peaks)).toBe(whole.root())
    expect(above.root()).toBe(whole.root())
    for (let height = below; height < below + 40; height++) {
      whole.append(digestAt(height))
      above.append(digestAt(height))
      expect(above.root()).toBe(whole.root())
      expect(above.peaks(height + 1)).toEqual(whole.peaks(height + 1))
    }
    for (let height = below; height < below + 40; height++) {
      const path = above.path(height, below + 40, digestAt(height))
      expect(path).toEqual(whole.path(height, below + 40, digestAt(height)))
    }
    above.truncate(below)
    expect(above.peaks(below)).toEqual(peaks)
  }
})

test('what lies below the peaks is not claimed to be known', () => {
  const above = createHistoryAbove({ count: 6, peaks: createHistory(digests(6)).peaks(6) })
  above.append(digestAt(6))
  expect(() => above.path(5, 7, digestAt(5))).toThrow(RangeError)
  expect(() => above.truncate(5)).toThrow(RangeError)
  expect(() => createHistoryAbove({ count: 6, peaks: [] })).toThrow(RangeError)
  expect(rootOfPeaks(6, createHistory(digests(7)).peaks(7))).toBeUndefined()
})
