import { availableParallelism } from 'node:os'
import { SingleBar } from 'cli-progress'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { drawSwarm } from '#test/simulation/draw-swarm.ts'
import { runLeases } from '#test/simulation/leases/command.ts'
import { keepRegression } from '#test/simulation/regressions.ts'
import { failureText, joinedReport, type Report, reportOf } from '#test/simulation/report.ts'
import { openResults } from '#test/simulation/results.ts'
import { runSeeds } from '#test/simulation/run-seeds.ts'
import { shrink } from '#test/simulation/shrink.ts'
import { simulate } from '#test/simulation/simulate.ts'
import { runTwins } from '#test/simulation/twins/command.ts'
import { simulateMutants } from './simulate-mutants.ts'

type Options = {
  readonly seeds: number
  readonly from: number
  readonly threads: number
  readonly seed?: number
  readonly trace?: boolean
  readonly shrink?: boolean
  readonly mutants?: boolean
  readonly mutant?: string
  readonly results?: string
  readonly json?: boolean
  readonly twins?: boolean
  readonly leases?: boolean
  readonly scenario?: number
}

const EXIT_FAILED = 1
/** Seeds that are lost at most when a long run is interrupted. */
const PART_SEEDS = 100
const EXIT_USAGE = 2
/** More threads than this only wait for memory. */
const THREADS_MAX = 8

const run = async (options: Options): Promise<number> => {
  if (options.mutants === true || options.mutant !== undefined) return simulateMutants(options)
  if (options.shrink === true) return shrinkOne(options)
  const report =
    options.seed === undefined ? await runRange(options) : runOne(options.seed, options)
  for (const failure of report.failed) console.error(failureText(failure))
  if (options.json === true) console.log(JSON.stringify(report))
  else console.log(summaryOf(report))
  return report.failed.length === 0 ? 0 : EXIT_FAILED
}

const runOne = (seed: number, { trace }: Options): Report => {
  const startMs = performance.now()
  const swarm = drawSwarm(seed)
  if (trace === true) console.log(JSON.stringify(swarm))
  const outcome = simulate(swarm, trace === true ? { print: (line) => console.log(line) } : {})
  console.log(`seed ${seed}: trace ${outcome.trace}, ${outcome.virtualMs} virtual ms`)
  return reportOf([outcome], secondsSince(startMs))
}

const secondsSince = (startMs: number): number => (performance.now() - startMs) / 1_000

/** Reduces a seed that fails to a small plan, and keeps that as a regression. */
const shrinkOne = ({ seed, trace }: Options): number => {
  if (seed === undefined) {
    console.error('--shrink needs --seed')
    return EXIT_USAGE
  }
  const found = shrink(drawSwarm(seed), ({ plan, liars }) =>
    console.error(`${plan.length} blows, ${liars.length} liars left`),
  )
  if (found === undefined) {
    console.log(`seed ${seed} does not fail`)
    return 0
  }
  const print = (line: string): void => console.log(line)
  const { failure } = simulate(found.swarm, trace === true ? { print } : {})
  const why = `${found.checker}: ${failure?.message}`
  const path = keepRegression(`seed-${seed}`, { why, swarm: found.swarm })
  console.log(`seed ${seed} fails ${why}\n  after ${found.tries} tries: ${path}`)
  return EXIT_FAILED
}

/** The seeds in parts, each of which is kept when it is done, if there is where. */
const runRange = async ({ seeds, from, threads, results: path }: Options): Promise<Report> => {
  const traceOf = (seed: number): string => simulate(drawSwarm(seed)).trace
  const bar = new SingleBar({
    format: '{bar} {value}/{total} seeds, {failed} failed',
    stream: process.stderr,
  })
  let failed = 0
  bar.start(seeds, 0, { failed })
  const move = (count: number, failures: number): void => {
    failed += failures
    bar.increment(count, { failed })
  }
  try {
    const parts = await runSeeds(
      { from, count: seeds },
      {
        threads,
        partSeeds: path === undefined ? seeds : PART_SEEDS,
        results: path === undefined ? undefined : openResults(path, traceOf),
        onKnown: move,
        onOutcome: ({ failure }) => move(1, failure === undefined ? 0 : 1),
      },
    )
    return joinedReport(parts)
  } finally {
    bar.stop()
  }
}

const summaryOf = ({ seeds, failed, blocks, transactions, seconds }: Report): string =>
  `${seeds} seeds, ${failed.length} failed: ${blocks} blocks, ${transactions} payments in ${seconds} s`

const wholeNumber = (text: string): number => {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidArgumentError('must be a whole number from 1 on')
  }
  return value
}

const command = new Command('simulate')
  .description('Runs whole federations in virtual time, each seed with other troubles')
  .option('--seeds <count>', 'how many seeds', wholeNumber, 50)
  .option('--from <seed>', 'the first seed', wholeNumber, 1)
  .option('--seed <seed>', 'only this seed', wholeNumber)
  .option('--trace', 'with --seed: print every event, and every effect')
  .option('--shrink', 'with --seed: reduce what fails to a small plan, and keep it')
  .option('--mutants', 'break each rule of the product in turn: some checker must notice')
  .option('--mutant <name>', 'only this one of them')
  .option(
    '--threads <count>',
    'seeds at the same time',
    wholeNumber,
    Math.min(availableParallelism(), THREADS_MAX),
  )
  .option('--results <file>', 'keep what is done in this file, and go on from what it holds')
  .option('--twins', 'every small scenario in which one member is two, --from one of them on')
  .option('--leases', 'venues that are cut off and capture from their leases, --seeds of them')
  .option('--scenario <id>', 'with --twins: only this one; --trace prints it', wholeNumber)
  .option('--json', 'print one JSON object as the last line')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => {
    const options = command.opts<Options>()
    if (options.twins === true) process.exitCode = await runTwins(options, console.log)
    else if (options.leases === true) process.exitCode = await runLeases(options, console.log)
    else process.exitCode = await run(options)
  })

try {
  await command.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE
}
