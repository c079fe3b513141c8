import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { expect, test } from 'vitest'
import { MUTANTS } from '../mutants.ts'
import { fittedSwarm } from './fitted-swarm.ts'
import { type Mutant, type Patch, patched } from './mutant.ts'
import { runControl, runMutants } from './run-mutants.ts'

const sourceOf = (file: string): string =>
  readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

const filesOf = ({ patches }: Mutant): ReadonlyMap<string, readonly Patch[]> =>
  Map.groupBy(patches, ({ file }) => file)

test.each(MUTANTS.map((mutant) => [mutant.name, mutant] as const))(
  'what %s replaces is still in the product, and what comes of it is a program',
  (_, mutant) => {
    for (const [file, patches] of filesOf(mutant)) {
      const source = sourceOf(file)
      const mutated = patched(source, patches)
      expect(mutated).not.toBe(source)
      expect(() => stripTypeScriptTypes(mutated)).not.toThrow()
    }
  },
)

test('a mutant has a name of its own', () => {
  const names = MUTANTS.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
})

const patch = { file: 'some.ts', find: 'a < b', replace: 'true' }
test('a piece that is not there, or there twice, is no place to break anything', () => {
  expect(patched('if (a < b) c()', [patch])).toBe('if (true) c()')
  expect(() => patched('if (a > b) c()', [patch])).toThrow('holds 0 times: a < b')
  expect(() => patched('if (a < b) c(a < b)', [patch])).toThrow('holds 2 times: a < b')
})

const mutantOf = (replace: string): Mutant => ({
  name: 'sample',
  breaks: 'nothing, or all',
  seeds: 1,
  patches: [{ file: 'protocol/amount.ts', find: 'if (!Number.isSafeInteger(value)', replace }],
})
/** Threads that load the whole product, on a machine that may be busy. */
const PATIENCE_MS = 90_000
const options = { threads: 1, onVerdict: () => undefined }

test(
  'what changes nothing survives, and what throws by accident is not caught',
  async () => {
    const [same] = await runMutants([mutantOf('if (!Number.isSafeInteger(value)')], options)
    expect(same).toMatchObject({ mutant: 'sample', seed: 1, message: 'nothing fails in 1 seeds' })
    const [accident] = await runMutants([mutantOf('if (missing')], options)
    expect(accident?.by).toBeUndefined()
    expect(accident?.message).toContain('missing is not defined')
  },
  PATIENCE_MS,
)

test(
  'the control runs the product as it is',
  async () => {
    let done = 0
    const failed = await runControl([fittedSwarm(1), fittedSwarm(2)], {
      threads: 2,
      onDone: () => {
        done += 1
      },
    })
    expect([failed, done]).toEqual([[], 2])
  },
  PATIENCE_MS,
)
