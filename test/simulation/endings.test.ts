import { describe, expect, test } from 'vitest'
import { backoffFault } from './convergence.ts'
import { differenceIn } from './copies-at-the-end.ts'
import { effortFault, untold } from './effort.ts'

describe('effort of healing', () => {
  const leaders = { sound: 4, failing: 0 }
  const spent = { views: 10, blocks: 8, leaders, questions: 30, askers: 4, missing: 8 }
  const long = { views: 72, blocks: 53, leaders: { sound: 3, failing: 1 } }
  test.each([
    ['as much as it takes', {}, undefined],
    ['every view of (f + 2)·n wasted', { views: 20 }, undefined],
    ['a view more', { views: 21 }, '13 views without a block'],
    ['a liar’s turn after every three blocks', long, undefined],
    ['as many turns of nobody who fails', { ...long, leaders }, '19 views without a block'],
    ['all that a liar may waste besides', { ...long, views: 83 }, undefined],
    ['a view more than that', { ...long, views: 84 }, '31 views without a block'],
    ['a storm of questions', { questions: 400 }, '400 questions for 8 blocks'],
  ])('%s', (_, changes, complaint) => {
    expect(effortFault(4, { ...spent, ...changes })).toBe(complaint)
  })
})

describe('who a removed liar leaves out', () => {
  test.each([
    ['nobody, where it never had a seat', [], []],
    ['nobody it had one beside', [['a0', 'liar', 'a1', 'c0']], []],
    ['who came since', [['a0', 'a1', 'liar']], [2]],
    [
      'who came to one of its sets',
      [
        ['a0', 'a1', 'liar'],
        ['a0', 'liar', 'c0'],
      ],
      [1, 2],
    ],
  ])('%s', (_, known, members) => {
    expect(untold(['a0', 'a1', 'c0'], known)).toEqual(members)
  })
})

describe('at rest', () => {
  test.each([
    ['no back-off', { view: 12, settledView: 10, gone: 0 }, undefined],
    ['a back-off', { view: 13, settledView: 10, gone: 0 }, 'rests in view 13, settled 10'],
    ['a view for a leader that is gone', { view: 13, settledView: 10, gone: 1 }, undefined],
  ])('%s', (_, at, complaint) => {
    expect(backoffFault(at)).toBe(complaint)
  })
})

describe('copies', () => {
  const bytes = (...values: readonly number[]) => ({ name: 'a1', value: Uint8Array.from(values) })
  test.each([
    ['the same', [bytes(1, 2), bytes(1, 2)], undefined],
    ['one byte off', [bytes(1, 2), { ...bytes(1, 3), name: 'a2' }], 'a2 differs from a1'],
    [
      'a text off',
      [
        { name: 'a1', value: 'x' },
        { name: 'f0', value: 'y' },
      ],
      'f0 differs from a1',
    ],
    ['nobody’s', [], undefined],
  ])('%s', (_, copies, complaint) => {
    expect(differenceIn(copies)).toBe(complaint)
  })
})
