import { expect, test } from 'vitest'
import { wentOn } from '#scripts/torture/watch-cut.ts'

const NODES = { authorities: ['a1', 'a2', 'a3', 'a4'], venues: ['v1', 'v2'] }
const CAST = { ...NODES, disks: [], writers: [], clocks: [] }

type Told = Readonly<Record<string, number | undefined>>
const at = (heights: Told) =>
  Object.entries(heights).map(([name, height]) => ({ name, at: height }))

/** Who went on: in words `name height>limit`. */
const seen = (sides: readonly (readonly string[])[], atCut: Told, before: Told, after: Told) =>
  wentOn({ cast: CAST, sides }, { atCut: at(atCut), before: at(before), after: at(after) }).map(
    (sentence) => sentence.replace(/^(\S+) is at block (\d+), above (\d+), .*$/, '$1 $2>$3'),
  )

const ALONE = [
  ['a1', 'v1'],
  ['a2', 'a3', 'a4', 'v2'],
]
const HALVES = [
  ['a1', 'a2', 'v1'],
  ['a3', 'a4', 'v2'],
]

test('a side with a quorum may go on, the other may not', () => {
  const cut = { a1: 5, v1: 5, a2: 5, v2: 5 }
  expect(seen(ALONE, cut, cut, { ...cut, a2: 9, v2: 9 })).toEqual([])
  expect(seen(ALONE, cut, cut, { a1: 6, v1: 5, a2: 9, v2: 9 })).toEqual(['a1 6>5'])
})

test('where no side has a quorum, each is watched', () => {
  const cut = { a1: 5, a2: 5, v1: 5, a3: 5, a4: 5, v2: 5 }
  expect(seen(HALVES, cut, cut, cut)).toEqual([])
  expect(seen(HALVES, cut, cut, { ...cut, v1: 6, a4: 7 })).toEqual(['v1 6>5', 'a4 7>5'])
})

test('a node that was behind learns what was final before the cut, and no more', () => {
  const cut = { a1: 2, a2: 5, v1: 5, a3: 5, a4: 7, v2: 7 }
  expect(seen(HALVES, cut, cut, { ...cut, a1: 7 })).toEqual([])
  expect(seen(HALVES, cut, cut, { ...cut, a1: 8 })).toEqual(['a1 8>7'])
})

test('what was on its way at the cut becomes final within the grace on the side that has it', () => {
  const cut = { a1: 5, a2: 5, v1: 5, a3: 5, a4: 5, v2: 5 }
  const before = { ...cut, a1: 6 }
  expect(seen(HALVES, cut, before, { ...before, a2: 6 })).toEqual([])
  expect(seen(HALVES, cut, before, { ...before, a3: 6 })).toEqual(['a3 6>5'])
})

test('a node that does not answer says nothing either way', () => {
  const cut = { a1: 5, v1: undefined, a2: 5 }
  expect(seen(ALONE, cut, cut, { a1: undefined, v1: 5, a2: 9 })).toEqual([])
})
