import { expect, test } from 'vitest'
import { cutOffBy, movedAmong } from '#scripts/torture/watch-cut.ts'

const NODES = { authorities: ['a1', 'a2', 'a3', 'a4'], venues: ['v1', 'v2'] }
const CAST = { ...NODES, disks: [], writers: [], clocks: [] }

const sides: readonly (readonly [string, readonly (readonly string[])[], readonly string[]])[] = [
  ['one authority', [['a1'], ['a2', 'a3', 'a4', 'v1', 'v2']], ['a1']],
  ['one venue', [['v1'], ['a1', 'a2', 'a3', 'a4', 'v2']], ['v1']],
  [
    'a venue with an authority',
    [
      ['a2', 'v1'],
      ['a1', 'a3', 'a4', 'v2'],
    ],
    ['a2', 'v1'],
  ],
  [
    'everybody',
    [
      ['a1', 'a2', 'v1'],
      ['a3', 'a4', 'v2'],
    ],
    ['a1', 'a2', 'v1', 'a3', 'a4', 'v2'],
  ],
]

test.each(sides)('a partition can cut %s off from a quorum', (_, parted, cutOff) => {
  expect(cutOffBy(CAST, parted)).toEqual(cutOff)
})

const at = (heights: Readonly<Record<string, number | undefined>>) =>
  Object.entries(heights).map(([name, height]) => ({ name, at: height }))

test('a node that went on without a quorum is named, with where it was and is', () => {
  expect(movedAmong(['a', 'b'], at({ a: 5, b: 5, c: 5 }), at({ a: 6, b: 5, c: 9 }))).toEqual([
    'a went from block 5 to 6 though it heard no quorum',
  ])
})

test('a node that does not answer says nothing either way', () => {
  expect(movedAmong(['a', 'b'], at({ a: 5, b: undefined }), at({ a: undefined, b: 5 }))).toEqual([])
})
