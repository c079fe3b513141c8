import { expect, test } from 'vitest'
import { Tally } from '#scripts/torture/tally.ts'

test('blows are counted by their kind', () => {
  const tally = new Tally()
  for (const tag of ['partition', 'kill', 'partition'] as const) tally.count(tag)
  expect(tally.of('partition')).toBe(2)
  expect(tally.of('stop')).toBe(0)
  expect(tally.blows).toEqual({ kill: 1, partition: 2 })
})

test('a node that stopped over a contradiction is a fork, one with a broken disk is not', () => {
  const tally = new Tally()
  tally.fault('authority-1 ended with exit code 1 (conflicting_certificates).')
  tally.fault('authority-2 ended with exit code 1 (io_failed).')
  tally.fault('venue-1 ended with exit code 1 (state_diverged).')
  expect(tally.halted).toBe(2)
  expect(tally.faults).toHaveLength(3)
})
