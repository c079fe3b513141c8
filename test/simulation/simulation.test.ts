import { describe, expect, test } from 'vitest'
import { calm } from './calm.ts'
import { drawSwarm } from './draw-swarm.ts'
import { readRegressions } from './regressions.ts'
import { simulate } from './simulate.ts'

describe('a seed', () => {
  test.each([8, 75])('%i gives the same trace twice', (seed) => {
    const swarm = drawSwarm(seed)
    expect(simulate(swarm).trace).toBe(simulate(swarm).trace)
  })

  test('gives another trace than the next seed', () => {
    expect(simulate(drawSwarm(4)).trace).not.toBe(simulate(drawSwarm(7)).trace)
  })

  test('is printed line by line when somebody reads', () => {
    const lines: string[] = []
    const { trace } = simulate(drawSwarm(3), { print: (line) => lines.push(line) })
    expect(trace).toBe(simulate(drawSwarm(3)).trace)
    expect(lines.some((line) => / ms {2}a\d +receive +\S+: finalize \d+ of \d$/.test(line))).toBe(
      true,
    )
  })
})

describe('a network in which nothing fails', () => {
  test.each([
    { authorities: 1, followers: 1 },
    { authorities: 4, followers: 0 },
    { authorities: 4, followers: 2 },
    { authorities: 7, followers: 1 },
  ])('of $authorities: final after exactly 3δ, the next block after exactly 2δ', (shape) => {
    const outcome = simulate(calm(shape))
    expect(outcome.failure).toBeUndefined()
    expect(outcome.blocks).toBeGreaterThan(10)
  })

  test('is checked: a disk that takes a millisecond is noticed', () => {
    const outcome = simulate(calm({ syncMs: { min: 1, max: 1 } }))
    expect(outcome.failure?.checker).toBe('pace')
  })

  test('works with real signatures', () => {
    expect(simulate(calm({ realSignatures: true, load: 'single' })).failure).toBeUndefined()
  })
})

describe('simulations that once failed', () => {
  test.each(readRegressions().map(({ name, why, swarm }) => [name, why, swarm] as const))(
    '%s: %s',
    (_, __, swarm) => {
      expect(simulate(swarm).failure).toBeUndefined()
    },
  )
})

describe('a leader that lists other transactions beside its block', () => {
  test('does so, and stops nobody', () => {
    const outcome = simulate(
      calm({ calm: false, liars: [{ member: 1, adversary: 'misleadingLeader' }] }),
    )
    expect(outcome.failure).toBeUndefined()
    expect(outcome.byzantine['misleadingLeader']).toBeGreaterThan(0)
  })
})

describe('a leader that shows two faces', () => {
  test('does so, and forks nothing', () => {
    const outcome = simulate(
      calm({ calm: false, liars: [{ member: 1, adversary: 'equivocatingLeader' }] }),
    )
    expect(outcome.failure).toBeUndefined()
    expect(outcome.byzantine['equivocatingLeader']).toBeGreaterThan(0)
  })
})
