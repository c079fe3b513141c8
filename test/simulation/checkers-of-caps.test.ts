import { expect, test } from 'vitest'
import { calm } from './calm.ts'
import { createModel } from './checkers/model.ts'
import { createCircuit } from './circuit.ts'
import { createStandInKeys } from './keys.ts'
import type { Observation } from './observation.ts'
import { simulate } from './simulate.ts'

const SWARM = calm({})
const { genesis } = createCircuit(SWARM, createStandInKeys())

const SEEN: readonly Observation[] = (() => {
  const seen: Observation[] = []
  simulate(SWARM, { watch: (observation) => seen.push(observation) })
  return seen
})()

/** What the model says of the run in which one number of one record is written as one more. */
const judged = (family: string, member: string): string | undefined => {
  const { see } = createModel(genesis)
  for (const one of SEEN) {
    const wrong = see(
      one.type === 'final'
        ? { ...one, block: { ...one.block, writes: one.block.writes.map(more(family, member)) } }
        : one,
    )
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const more =
  (family: string, member: string) =>
  <W extends { readonly family: string; readonly text: string }>(write: W): W =>
    write.family === family
      ? {
          ...write,
          text: write.text.replace(
            new RegExp(`"${member}":(\\d+)`),
            (_, value) => `"${member}":${Number(value) + 1}`,
          ),
        }
      : write

test('a run in which nothing fails is accepted', () => {
  expect(judged('none', 'none')).toBeUndefined()
})

test.each([
  ['counter', 'value'],
  ['grant', 'total'],
  ['grant', 'dayMoved'],
  ['grant', 'dayRefunded'],
] as const)('a %s of which %s is one more than was used is noticed', (family, member) => {
  expect(judged(family, member)).toContain('by the model it is')
})
