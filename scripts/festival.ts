import { Command, InvalidArgumentError } from 'commander'
import { numberIn } from './federation/number-in.ts'
import { runToEnd } from './federation/run-to-end.ts'
import { IDLE_TAPS } from './festival/evening.ts'
import { isCleanEvening, runFestival } from './festival/run.ts'

type Options = {
  readonly wallets: number
  readonly tills: number
  readonly minutes: number
  readonly inFlight: number
  /** Seconds. */
  readonly outage?: number
  readonly json?: boolean
}

const EXIT_FAILED = 1

const WALLETS_MAX = 100_000
const TILLS_MAX = 64
const MINUTES_MAX = 600
const IN_FLIGHT_MAX = 256
/** A node takes some seconds to know that it is cut off. */
const OUTAGE_MIN_SECONDS = 10
/** Of the loaded minutes: so that there is an evening before and after. */
const OUTAGE_SHARE_MAX = 0.8

const countUpTo = (max: number) => (text: string) => {
  const value = numberIn(1, max)(text)
  if (Number.isSafeInteger(value)) return value
  throw new InvalidArgumentError('a whole number')
}

const command = new Command('npm run festival --')
  .description('A real evening through the HTTP API, on a throw-away federation of its own.')
  .option('--wallets <number>', 'funded cards, half weak, half secret', countUpTo(WALLETS_MAX), 200)
  .option('--tills <number>', 'tills with an API key, over two venues', countUpTo(TILLS_MAX), 4)
  .option('--minutes <number>', 'how long the evening is', numberIn(0.01, MINUTES_MAX), 1)
  .option('--in-flight <number>', 'payments at a time and till', countUpTo(IN_FLIGHT_MAX), 1)
  .option(
    '--outage <seconds>',
    'how long one venue is cut off, in the midst of it',
    numberIn(OUTAGE_MIN_SECONDS, MINUTES_MAX * 60),
  )
  .option('--json', 'print one JSON object as the last line')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => {
    const options = command.opts<Options>()
    const { minutes, outage = 0 } = options
    if (outage > minutes * 60 * OUTAGE_SHARE_MAX) {
      command.error(`error: --outage is at most ${OUTAGE_SHARE_MAX} of the minutes`)
    }
    process.exit(await festival(options))
  })

const festival = async ({ outage: seconds, ...options }: Options): Promise<number> => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The nodes live by our standard input to them, and end with us.
    process.once(signal, () => process.exit(EXIT_FAILED))
  }
  const report = await runFestival({
    ...options,
    idleTaps: IDLE_TAPS,
    ...(seconds !== undefined && { outage: { kind: 'venue', seconds } }),
    tell: (line) => console.error(line),
  })
  console.log(options.json === true ? JSON.stringify(report) : JSON.stringify(report, null, 2))
  return isCleanEvening(report) ? 0 : EXIT_FAILED
}

await runToEnd(command)
