import { describe, expect, test } from 'vitest'
import { calm } from './calm.ts'
import { createCircuit } from './circuit.ts'
import { drawOwnOpening, drawSwarm } from './draw-swarm.ts'
import { createStandInKeys } from './keys.ts'
import type { Observation } from './observation.ts'
import { openingOf } from './opening.ts'
import { simulate } from './simulate.ts'
import type { Swarm } from './swarm.ts'

/** Nothing fails, but disks take their time, and it begins with a copy. */
const copied = (changes: Partial<Swarm> = {}): Swarm =>
  calm({ calm: false, opening: 1, followers: 2, syncMs: { min: 0, max: 3 }, ...changes })

const observed = (swarm: Swarm) => {
  const seen: Observation[] = []
  const outcome = simulate(swarm, { watch: (observation) => seen.push(observation) })
  return { seen, outcome }
}

describe('a simulation that begins with a copy of an opening', () => {
  test('is the same whether that opening was made for it or for another one', () => {
    const swarm = copied({ blockTransactionsMax: 16 })
    const first = simulate(swarm)
    expect(first.failure).toBeUndefined()
    simulate({ ...swarm, seed: 2, load: 'hotWallets' })
    expect(simulate(swarm)).toEqual(first)
  })

  test('has machines that know the whole fair when they start, followers and candidates too', () => {
    const candidates = [{ operatorOf: null }]
    const { seen, outcome } = observed(copied({ candidates }))
    expect(outcome.failure).toBeUndefined()
    const { seen: past, endMs } = openingOf(copied())
    const height = past.reduce(
      (highest, one) => (one.type === 'stored' ? Math.max(highest, one.height) : highest),
      0,
    )
    expect(height).toBeGreaterThanOrEqual(4)
    const started = seen.flatMap((one) =>
      one.type === 'boot' && one.atMs >= endMs ? [[one.who.name, one.height]] : [],
    )
    expect(started.sort()).toEqual(
      ['a0', 'a1', 'a2', 'a3', 'c0', 'f0', 'f1'].map((name) => [name, height]),
    )
  })

  test('shows its past to all who judge, whoever of its machines lies by now', () => {
    const { seen, outcome } = observed(
      copied({ liars: [{ member: 2, adversary: 'equivocatingLeader' }] }),
    )
    expect(outcome.failure).toBeUndefined()
    const first = seen.filter((one) => one.type === 'final' && one.block.block.header.height === 1)
    expect(first.map(({ who }) => [who.name, who.honest]).sort()).toEqual([
      ['a0', true],
      ['a1', true],
      ['a2', false],
      ['a3', true],
      ['f0', true],
      ['f1', true],
    ])
  })

  test('has one genesis with all others that begin with it', () => {
    const genesisOf = (swarm: Swarm) => createCircuit(swarm, createStandInKeys()).genesis
    expect(genesisOf(copied({ seed: 5 }))).toEqual(genesisOf(copied({ seed: 6 })))
    expect(genesisOf(copied({ opening: 2 }))).not.toEqual(genesisOf(copied()))
  })
})

describe('what a seed draws', () => {
  const seeds = Array.from({ length: 400 }, (_, index) => index + 1)

  test('is a copy for most, and the same but for it and the limits of its blocks', () => {
    const swarms = seeds.map(drawSwarm)
    const copies = swarms.filter(({ opening }) => opening !== null)
    expect(copies.length).toBeGreaterThan(240)
    expect(copies.length).toBeLessThan(360)
    for (const { opening: _, blockTransactionsMax: __, minBlockGapMs: ___, ...rest } of swarms) {
      expect(drawOwnOpening(rest.seed)).toMatchObject(rest)
    }
  })

  test('is an opening of its own where that matters', () => {
    for (const { opening, calm: isCalm, realSignatures, overFault } of seeds.map(drawSwarm)) {
      if (isCalm || realSignatures || overFault) expect(opening).toBeNull()
    }
  })

  test('is one of few openings, with all limits of blocks', () => {
    const names = new Set<string>()
    const limits = new Set<number>()
    for (const swarm of seeds.map(drawSwarm)) {
      const { authorities, opening, blockTransactionsMax, minBlockGapMs } = swarm
      if (opening === null) continue
      names.add([authorities, blockTransactionsMax, minBlockGapMs, opening].join())
      limits.add(blockTransactionsMax)
    }
    expect(names.size).toBeLessThanOrEqual(34)
    expect(limits.size).toBe(4)
  })
})
