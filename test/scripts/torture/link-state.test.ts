import { expect, test } from 'vitest'
import { WHOLE } from '#scripts/links/link-proxy.ts'
import type { Blow } from '#scripts/torture/blow.ts'
import { stateOf } from '#scripts/torture/link-state.ts'

const AT_ONCE = { tag: 'open', delayMs: 0 } as const
const HELD = { tag: 'held' } as const
const LATE = { tag: 'open', delayMs: 50 } as const
const forMs = 1_000

const parted = (manner: 'held' | 'refused'): Blow => ({
  ...{ tag: 'partition', manner, forMs },
  sides: [['a'], ['b', 'c']],
})
const oneWay = (direction: 'deaf' | 'mute'): Blow => ({
  ...{ tag: 'one_way', victim: 'a', direction, forMs },
})
const slow: Blow = { tag: 'slow', victim: 'a', delayMs: 50, forMs }
const stop: Blow = { tag: 'stop', victims: ['a', 'b'], forMs }

type Way = 'toTarget' | 'toDialler'
/** What becomes of the link that the first of them dials. */
const cases: readonly (readonly [string, Blow, string, Readonly<Record<Way, unknown>>])[] = [
  ['between the sides', parted('held'), 'a → b', { toTarget: HELD, toDialler: HELD }],
  ['between the sides, back', parted('held'), 'c → a', { toTarget: HELD, toDialler: HELD }],
  ['within a side', parted('held'), 'b → c', { toTarget: AT_ONCE, toDialler: AT_ONCE }],
  ['from the mute one', oneWay('mute'), 'a → b', { toTarget: HELD, toDialler: AT_ONCE }],
  ['to the mute one', oneWay('mute'), 'b → a', { toTarget: AT_ONCE, toDialler: HELD }],
  ['from the deaf one', oneWay('deaf'), 'a → b', { toTarget: AT_ONCE, toDialler: HELD }],
  ['to the deaf one', oneWay('deaf'), 'b → a', { toTarget: HELD, toDialler: AT_ONCE }],
  ['beside the deaf one', oneWay('deaf'), 'b → c', { toTarget: AT_ONCE, toDialler: AT_ONCE }],
  ['from the slow one', slow, 'a → b', { toTarget: LATE, toDialler: LATE }],
  ['to the slow one', slow, 'b → a', { toTarget: LATE, toDialler: LATE }],
  ['beside the slow one', slow, 'b → c', { toTarget: AT_ONCE, toDialler: AT_ONCE }],
  ['of stopped processes', stop, 'a → b', { toTarget: AT_ONCE, toDialler: AT_ONCE }],
]

test.each(cases)('a link %s fares as it must', (_, blow, way, expected) => {
  const [from = '', to = ''] = way.split(' → ')
  expect(stateOf(blow, from, to)).toEqual({ ...expected, refused: false })
})

test('only a partition of that manner refuses, and only between its sides', () => {
  expect(stateOf(parted('refused'), 'a', 'b').refused).toBe(true)
  expect(stateOf(parted('refused'), 'b', 'c')).toEqual(WHOLE)
})
