import { randomInt } from 'node:crypto'
import { MultiBar } from 'cli-progress'
import { Command } from 'commander'
import { wholeNumber } from '#node/cli/option-values.ts'
import { FederationError } from './federation/federation-error.ts'
import { numberIn } from './federation/number-in.ts'
import { runToEnd } from './federation/run-to-end.ts'
import { enterNamespace, machine } from './torture/machine.ts'
import { isCleanReport, runTorture } from './torture/run.ts'

type Options = {
  readonly minutes: number
  readonly seed?: number
  readonly results?: string
  readonly keep?: boolean
  readonly json?: boolean
}

const EXIT_FAILED = 1
/** Shorter than this no blow is over. */
const MINUTES_MIN = 0.2
const MINUTES_MAX = 600
const SEED_MAX = 2 ** 31 - 1

const command = new Command('npm run torture --')
  .description(
    'Kills, stops and parts the real processes of a federation of its own, fills their disks and sets their clocks, under load; then heals all and accounts for every payment.',
  )
  .option('--minutes <number>', 'how long', numberIn(MINUTES_MIN, MINUTES_MAX), 10)
  .option(
    '--seed <number>',
    'the same blows again, on a machine that allows the same; default: any',
    wholeNumber(1, SEED_MAX),
  )
  .option('--results <file>', 'adds each round and the report to this file, one JSON object a line')
  .option('--keep', 'keep the folders of the nodes if something was wrong')
  .option('--json', 'print one JSON object as the last line')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => process.exit(await torture(command.opts<Options>())))

const torture = async (given: Options): Promise<number> => {
  const { minutes, seed = randomInt(1, SEED_MAX), json, ...rest } = given
  const code = await enterNamespace()
  if (code !== undefined) return code
  const { tell, onProgress, stop } = progressOf(minutes)
  tell(`Seed ${seed}`)
  try {
    const options = { minutes, seed, machine: machine(), tell, onProgress, ...rest }
    const report = await runTorture({ ...options, interrupted: interruption() })
    stop()
    for (const fault of report.faults) console.error(`FAULT: ${fault}`)
    console.log(json === true ? JSON.stringify(report) : JSON.stringify(report, null, 2))
    return isCleanReport(report) ? 0 : EXIT_FAILED
  } finally {
    stop()
  }
}

/** Rejects once somebody asks us to end, or whoever started us is gone. */
const interruption = (): Promise<never> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const end = (): void => reject(new FederationError('Interrupted: every node is stopped.'))
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
  process.once('disconnect', end)
  promise.catch(() => undefined)
  return promise
}

/** Lines above a bar on a terminal, lines alone elsewhere. */
const progressOf = (minutes: number) => {
  const { isTTY } = process.stderr
  const bars = new MultiBar({ format: '{bar} {percentage} % {text}', stream: process.stderr })
  const bar = bars.create(Math.round(minutes * 60), 0, { text: '' })
  return {
    tell: (line: string): void => {
      if (isTTY) bars.log(`${line}\n`)
      else console.error(line)
    },
    onProgress: ({ elapsedMs, text }: { readonly elapsedMs: number; readonly text: string }) =>
      bar.update(Math.round(elapsedMs / 1_000), { text }),
    stop: () => bars.stop(),
  }
}

await runToEnd(command)
