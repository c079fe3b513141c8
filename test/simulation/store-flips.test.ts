import { expect, test } from 'vitest'
import { calm } from './calm.ts'
import { simulate } from './simulate.ts'

/** A victim whose disk changes by itself again and again. */
const outcomeOf = (seed: number) =>
  simulate({
    ...calm({ seed }),
    calm: false,
    load: 'single',
    victims: [1],
    plan: [500, 1_500, 2_500].map((atMs) => ({
      fault: 'bitFlips',
      atMs: atMs + seed,
      forMs: 300,
      machines: [1],
      amount: 3,
    })),
  })

test('a node whose store changed by itself stops with a code, and says nothing wrong', () => {
  const outcomes = [1, 2, 3].map(outcomeOf)
  expect(outcomes.flatMap(({ failure }) => failure ?? [])).toEqual([])
  const stops = outcomes.map(({ marks }) => marks['stopped state_corrupt'] ?? 0)
  expect(Math.max(...stops)).toBeGreaterThan(0)
})
