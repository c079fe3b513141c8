import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type House, openHouse, type Violations } from './house.ts'

const IMPORTS = 'style/noRestrictedImports'
const GLOBALS = 'style/noRestrictedGlobals'
const CAST = 'a cast hides what a type should say'
const RANDOM = 'randomness is an input'

/** Fixture, the rooms where it crosses a border, and the rule that must say so. */
const CROSSINGS = [
  ['imports-node-io', ['protocol', 'consensus', 'api/client'], IMPORTS],
  ['imports-consensus', ['protocol', 'api', 'config'], IMPORTS],
  ['imports-consensus-relative', ['protocol', 'api', 'config'], IMPORTS],
  ['imports-node', ['protocol', 'consensus', 'api', 'api/client', 'config'], IMPORTS],
  ['imports-node-relative', ['protocol', 'consensus', 'api', 'config'], IMPORTS],
  ['imports-node-dynamic', ['protocol', 'consensus', 'api', 'config'], IMPORTS],
  ['imports-api', ['protocol', 'consensus', 'config'], IMPORTS],
  ['imports-api-relative', ['protocol', 'consensus', 'config'], IMPORTS],
  ['imports-config', ['protocol', 'consensus', 'api'], IMPORTS],
  ['imports-config-relative', ['protocol', 'consensus', 'api'], IMPORTS],
  ['imports-scripts', ['protocol', 'consensus', 'node', 'api', 'config'], IMPORTS],
  ['imports-scripts-relative', ['protocol', 'consensus', 'node', 'api', 'config'], IMPORTS],
  ['imports-test', ['protocol', 'consensus', 'node', 'api', 'api/client', 'config'], IMPORTS],
  ['imports-test-relative', ['protocol', 'consensus', 'node', 'api', 'config'], IMPORTS],
  ['imports-test', ['node/cli'], IMPORTS],
  ['imports-process', ['node', 'api', 'config'], IMPORTS],
  ['touches-process', ['protocol', 'consensus', 'node', 'api', 'api/client', 'config'], GLOBALS],
  ['reads-environment', ['node', 'api', 'config', 'test'], 'style/noProcessEnv'],
  ['reads-clock', ['protocol', 'consensus'], GLOBALS],
  ['reads-clock-through-global', ['protocol', 'consensus'], GLOBALS],
  ['starts-timer', ['protocol', 'consensus'], GLOBALS],
  ['draws-random', ['protocol', 'consensus'], RANDOM],
  ['draws-random-bytes', ['protocol', 'consensus'], GLOBALS],
  ['formats-by-locale', ['protocol', 'consensus'], GLOBALS],
  ['uses-buffer', ['protocol', 'consensus', 'api/client'], GLOBALS],
  ['prints', ['protocol', 'consensus', 'node', 'api', 'config'], 'suspicious/noConsole'],
  ['barrel', ['protocol', 'node', 'test'], 'performance/noBarrelFile'],
  ['exports-everything', ['protocol', 'node', 'test'], 'performance/noReExportAll'],
  ['exports-default', ['node', 'scripts', 'test'], 'style/noDefaultExport'],
  ['imports-without-extension', ['protocol', 'node'], 'correctness/useImportExtensions'],
  ['cycle-there', ['protocol', 'node'], 'suspicious/noImportCycles'],
  ['cycle-back', ['protocol', 'node'], 'suspicious/noImportCycles'],
  ['says-any', ['node', 'test'], 'suspicious/noExplicitAny'],
  ['asserts-non-null', ['node', 'test'], 'style/noNonNullAssertion'],
  ['casts', ['protocol', 'node', 'scripts', 'test'], CAST],
  ['declares-enum', ['node'], 'style/noEnum'],
  ['declares-interface', ['node'], 'style/useConsistentTypeDefinitions'],
  ['parameter-property', ['node'], 'style/noParameterProperties'],
  ['floating-promise', ['node', 'scripts', 'test'], 'nursery/noFloatingPromises'],
  ['misused-promise', ['node'], 'nursery/noMisusedPromises'],
  ['forgets-case', ['protocol', 'consensus'], 'nursery/useExhaustiveSwitchCases'],
  ['hooks-beside-tests', ['test', 'test/api'], IMPORTS],
  ['tangled', ['protocol', 'node'], 'complexity/noExcessiveCognitiveComplexity'],
] as const

/** Fixture and a place where the same lines cross nothing. */
const WELCOME = [
  ...['protocol', 'consensus', 'node', 'api', 'config', 'scripts', 'test'].map(
    (room) => ['clean', `${room}/clean.ts`] as const,
  ),
  ['imports-node-io', 'node/imports-node-io.ts'],
  ['imports-node-io', 'api/client/file-journal.ts'],
  ['imports-node-io', 'protocol/primitives/digest-node.ts'],
  ['imports-consensus', 'node/imports-consensus.ts'],
  ['imports-api', 'node/imports-api.ts'],
  ['imports-config', 'node/imports-config.ts'],
  ['imports-scripts', 'test/imports-scripts.ts'],
  ['imports-test', 'scripts/imports-test.ts'],
  ['reads-environment', 'node/main.ts'],
  ['touches-process', 'node/cli/touches-process.ts'],
  ['imports-process', 'scripts/imports-process.ts'],
  ['prints', 'scripts/prints.ts'],
  ['reads-clock', 'node/reads-clock.ts'],
  ['draws-random', 'node/draws-random.ts'],
  ['casts', 'protocol/amount.ts'],
  ['hooks-beside-tests', 'test/hooks.test.ts'],
] as const

/** Written here, since their length is the fault. */
const TOO_LONG = [
  [
    'node/long-file.ts',
    Array.from({ length: 401 }, (_, n) => `export const value${n} = ${n}\n`).join(''),
    'style/noExcessiveLinesPerFile',
  ],
  [
    'node/long-function.ts',
    `export const grow = (values: number[]): void => {\n${'  values.push(1)\n'.repeat(61)}}\n`,
    'complexity/noExcessiveLinesPerFunction',
  ],
  ['node/CamelCase.ts', 'export const value = 1\n', 'style/useFilenamingConvention'],
] as const

/** Fixtures that only the type checker can judge. */
const UNTYPED = [
  ['uses-text-encoder', 'TS2304'],
  ['starts-timer', 'TS2304'],
  ['touches-process', 'TS2591'],
  ['declares-enum', 'TS1294'],
  ['parameter-property', 'TS1294'],
  ['casts-by-angle', 'TS1294'],
] as const

const crossings = CROSSINGS.flatMap(([fixture, rooms, rule]) =>
  rooms.map((room) => ({ fixture, path: `${room}/${fixture}.ts`, rule })),
)

let house: House
let lint: Violations
let types: Violations

beforeAll(async () => {
  house = await openHouse()
  await house.place('protocol/clean.ts', { fixture: 'clean' })
  await house.place('node/clean.ts', { fixture: 'clean' })
  for (const { path, fixture } of crossings) await house.place(path, { fixture })
  for (const [fixture, path] of WELCOME) await house.place(path, { fixture })
  for (const [path, text] of TOO_LONG) await house.place(path, { text })
  for (const [fixture] of UNTYPED) await house.place(`consensus/${fixture}.ts`, { fixture })
  lint = await house.lint()
  types = await house.types()
})

afterAll(async () => await house[Symbol.asyncDispose]())

describe('a border is guarded', () => {
  test.each(crossings)('$path breaks $rule', ({ path, rule }) => {
    expect(lint.get(path)).toContain(rule)
  })

  test.each(TOO_LONG)('%s', (path, _, rule) => {
    expect(lint.get(path)).toEqual([rule])
  })

  test.each(UNTYPED)('the core has no types for %s', (fixture, code) => {
    expect(types.get(`consensus/${fixture}.ts`)).toContain(code)
  })
})

describe('a border is no wall', () => {
  test.each(WELCOME)('%s may stand in %s', (_, path) => {
    expect(lint.get(path)).toBeUndefined()
  })

  test('the type checker accepts clean code in the core', () => {
    expect(types.get('protocol/clean.ts')).toBeUndefined()
    expect(types.size).toBeGreaterThan(0)
  })
})
