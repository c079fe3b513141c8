import { describe, expect, test } from 'vitest'
import { calm } from './calm.ts'
import { simulate } from './simulate.ts'
import type { Blow } from './swarm.ts'

const FOLLOWER = 4

const newDisk = (changes: Partial<Blow> = {}): Blow => ({
  fault: 'newDisk',
  atMs: 1_500,
  forMs: 5_500,
  machines: [FOLLOWER],
  amount: 0,
  ...changes,
})

/** What a simulation with these strokes came to. */
const outcomeOf = (plan: readonly Blow[], changes: Parameters<typeof calm>[0] = {}) =>
  simulate(calm({ calm: false, plan, ...changes }))

describe('a follower with a new disk', () => {
  test('has the records of the others by a snapshot, and what became final since', () => {
    const { failure, marks } = outcomeOf([newDisk()])
    expect(failure).toBeUndefined()
    expect(marks['report snapshot_received']).toBe(1)
  })

  test('has them wherever it dies on the way there', () => {
    let resumed = 0
    for (const amount of [48, 64, 110]) {
      const { failure, marks } = outcomeOf([newDisk({ amount })], { load: 'single' })
      expect({ amount, failure }).toEqual({ amount, failure: undefined })
      expect(marks['report snapshot_received']).toBeGreaterThan(0)
      resumed += marks['report snapshot_resumed'] ?? 0
    }
    expect(resumed).toBeGreaterThan(0)
  })

  test('believes no member that lies about it', () => {
    const liars = [{ member: 1, adversary: 'garbageSync' }]
    let found = 0
    for (let seed = 1; seed <= 2; seed++) {
      const { failure, marks } = outcomeOf([newDisk()], { liars, seed, load: 'single' })
      expect({ seed, failure }).toEqual({ seed, failure: undefined })
      found += marks['reject broken_snapshot'] ?? 0
    }
    expect(found).toBeGreaterThan(0)
  })

  test('follows the authorities over the epochs before it', () => {
    const changes = [{ atMs: 200, through: 0, members: [0, 1, 2, 5], version: null, twice: false }]
    const { failure, marks } = outcomeOf([newDisk({ atMs: 2_800 })], {
      changes,
      candidates: [{ operatorOf: 3 }],
    })
    expect(failure).toBeUndefined()
    expect(marks['report snapshot_received']).toBe(1)
  })
})
