import { describe, expect, test } from 'vitest'
import {
  finalisesNullified,
  forgetsItsVotes,
  haltsAtANullify,
  keepsToItself,
  notarizesEveryBlock,
} from './broken-members.ts'
import { runTwins } from './command.ts'
import { TWIN_MARKS } from './marks.ts'
import { failureText, joinedReport, playScenarios, TwinsReport } from './report.ts'
import { type MakeReplica, runScenario } from './run-scenario.ts'
import { idsOf, SCENARIOS, scenarioOf, scenarioText } from './scenario.ts'

/** Odd, so that a sample meets every split of every view. */
const SAMPLED_EVERY = 499

describe('a number says what happens', () => {
  test.each([
    [1, { twin: 0, splits: [0, 0, 0, 0] }],
    [16, { twin: 0, splits: [0, 0, 0, 15] }],
    [17, { twin: 0, splits: [0, 0, 1, 0] }],
    [65_537, { twin: 1, splits: [0, 0, 0, 0] }],
    [SCENARIOS, { twin: 3, splits: [15, 15, 15, 15] }],
  ])('scenario %i', (id, scenario) => {
    expect(scenarioOf(id)).toEqual({ id, ...scenario })
  })

  test('also to a person', () => {
    expect(scenarioText(scenarioOf(65_537 + 5))).toBe(
      'scenario 65542: member 1 is twins, {m0 m1a m2 m3 m1b | } {m0 m1a m2 m3 m1b | } {m0 m1a m2 m3 m1b | } {m1a m3 m1b | m0 m2}',
    )
  })

  test('the same each time, and another number something else', () => {
    const { trace } = runScenario(21_910)
    expect(runScenario(21_910).trace).toBe(trace)
    expect(runScenario(21_911).trace).not.toBe(trace)
  })

  test('line by line when somebody reads', () => {
    const lines: string[] = []
    runScenario(SCENARIOS, { print: (line) => lines.push(line) })
    expect(lines.some((line) => / ms {2}m3a say +proposal 3 on \d/.test(line))).toBe(true)
  })
})

const sample = Array.from(
  { length: Math.floor(SCENARIOS / SAMPLED_EVERY) },
  (_, nth) => 1 + nth * SAMPLED_EVERY,
)

describe('one member that is two, in a network parted anew in each of four views', () => {
  test('forks nothing and stops nothing, and meets all that it is meant to', () => {
    const { failed, marks } = playScenarios(sample)
    expect(failed.map(failureText)).toEqual([])
    expect(TWIN_MARKS.filter((mark) => marks[mark] === 0)).toEqual([])
  }, 60_000)
})

/** About one in a thousand comes to a view with both certificates, so the sample may hold none. */
const FINAL_AND_VOID = 1_158

describe('an honest member that is not is noticed', () => {
  const cases: readonly (readonly [string, MakeReplica, readonly string[], string])[] = [
    ['notarizes both blocks of a view', notarizesEveryBlock, [], 'votes'],
    ['is convicted of it by others', notarizesEveryBlock, ['votes'], 'honest'],
    ['finalises a view that it gave up', finalisesNullified, [], 'votes'],
    ['makes a view both final and void', finalisesNullified, ['votes', 'honest'], 'quorums'],
    ['says a vote that is on no disk', forgetsItsVotes, [], 'votes'],
    ['gives up no view', keepsToItself('nullify'), [], 'liveness'],
    ['finalises nothing', keepsToItself('finalize'), [], 'liveness'],
    ['stops', haltsAtANullify, [], 'honest'],
  ]
  test.each(cases)('it %s', (_, honest, muted, checker) => {
    const noticed = [FINAL_AND_VOID, ...sample].find(
      (id) => runScenario(id, { honest, muted }).failure?.checker === checker,
    )
    expect(noticed).toBeDefined()
  })
})

describe('a report', () => {
  test('of a failure says how to see it again', () => {
    const [failure] = playScenarios([7], { honest: haltsAtANullify }).failed
    expect(failure).toMatchObject({ scenario: 7, twin: 0, splits: [0, 0, 0, 6] })
    expect(failure && failureText(failure)).toContain('--twins --scenario 7 --trace')
  })

  test('of everything must have met every mark, of a part of it need not', () => {
    const part = playScenarios([1])
    const whole = { ...part, scenarios: SCENARIOS, marks: { ...part.marks, evidence: 0 } }
    expect(joinedReport([part], 1).failed).toEqual([])
    expect(joinedReport([whole], 1).failed.map(failureText)).toContain(
      `never happened in ${SCENARIOS} scenarios: evidence`,
    )
  })
})

describe('the command', () => {
  const command = async (options: Partial<Parameters<typeof runTwins>[0]>) => {
    const lines: string[] = []
    const whole = { from: 1, threads: 2, json: true, ...options }
    const exitCode = await runTwins(whole, (line) => lines.push(line))
    return { exitCode, lines }
  }

  test('goes on from a scenario to the last, on threads', async () => {
    const { exitCode, lines } = await command({ from: SCENARIOS - 79 })
    const report = TwinsReport.parse(JSON.parse(lines.at(-1) ?? ''))
    const { seconds: _, ...counts } = playScenarios(idsOf({ from: SCENARIOS - 79, count: 80 }))
    expect(report).toMatchObject(counts)
    expect(exitCode).toBe(0)
  })

  test('plays one and says which', async () => {
    const { exitCode, lines } = await command({ scenario: SCENARIOS })
    expect(lines[0]).toBe(scenarioText(scenarioOf(SCENARIOS)))
    expect(TwinsReport.parse(JSON.parse(lines.at(-1) ?? '')).scenarios).toBe(1)
    expect(exitCode).toBe(0)
  })

  test('knows no scenario beyond the last', async () => {
    expect((await command({ scenario: SCENARIOS + 1 })).exitCode).toBe(2)
  })
})
