import { describe, expect, test } from 'vitest'
import { calm } from './calm.ts'
import { drawSwarm } from './draw-swarm.ts'
import { shrink, simplerThan } from './shrink.ts'

/** A disk that takes a millisecond breaks the promised pace of a calm run, whatever else is there. */
const failing = calm({
  syncMs: { min: 1, max: 1 },
  load: 'bursts',
  skewMaxMs: 5,
  plan: [
    { fault: 'clockSkew', atMs: 0, forMs: 100, machines: [0], amount: 3 },
    { fault: 'clockSkew', atMs: 0, forMs: 100, machines: [1], amount: 3 },
  ],
})

describe('a failing simulation', () => {
  test('shrinks to what it fails by, and fails the same way', () => {
    const found = shrink(failing)
    expect(found).toMatchObject({
      checker: 'pace',
      swarm: { plan: [], followers: 0, load: 'idle', skewMaxMs: 0, syncMs: { min: 1, max: 1 } },
    })
  })

  test('is tried without all blows, without half of them, without each', () => {
    const swarm = { ...drawSwarm(1), liars: [], plan: failing.plan, followers: 0 }
    expect(
      simplerThan(swarm)
        .slice(0, 3)
        .map(({ plan }) => plan),
    ).toEqual([[], failing.plan.slice(1), failing.plan.slice(0, 1)])
  })
})

test('one with more liars than may be keeps them: with fewer there are no two chains', () => {
  const liars = [0, 1].map((member) => ({ member, adversary: 'twins' }))
  const swarm = calm({ calm: false, liars, overFault: true, load: 'single' })
  for (const simpler of simplerThan(swarm)) expect(simpler.liars).toEqual(liars)
})

test('changes of the authorities are left out one by one, and then whoever was to come', () => {
  const change = { atMs: 1, through: 0, members: [0, 1, 2, 5], version: 2, twice: true }
  const swarm = calm({
    candidates: [{ operatorOf: null }],
    changes: [change, { ...change, members: [0, 1, 2, 3] }],
    outdated: [4],
  })
  const simpler = simplerThan(swarm)
  expect(simpler.map(({ changes }) => changes.length).filter((count) => count === 1)).toHaveLength(
    2,
  )
  expect(simpler.some(({ changes }) => changes.every(({ version }) => version === null))).toBe(true)
  expect(simpler.every(({ candidates, followers }) => candidates.length + followers === 2)).toBe(
    true,
  )
  const unnamed = simplerThan({ ...swarm, changes: [], outdated: [] })
  expect(unnamed.some(({ candidates }) => candidates.length === 0)).toBe(true)
})

test('one that does not fail is not shrunk', () => {
  expect(shrink(calm({ load: 'single', troubledMs: 1_000 }))).toBeUndefined()
})
