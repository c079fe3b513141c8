/*
 * `npm run bench`: the limits of this machine and ours, measured in one run. Every figure that depends on
 * the machine is printed with the bound that this machine had in the same rounds. docs/BENCHMARKS.md says
 * what each figure is. It fails when something is wrong, never when something is slow.
 */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { tableOf } from './bench/report/table.ts'
import { BenchFault } from './bench/rounds/round.ts'
import { runBench } from './bench/run.ts'
import { runToEnd } from './federation/run-to-end.ts'

type Options = {
  readonly quick?: boolean
  readonly peers?: boolean
  readonly profile?: string | true
  readonly json?: boolean
}

const EXIT_FAILED = 1

const command = new Command('npm run bench --')
  .description(
    'Measures a throw-away federation against the limits of this machine: 5 interleaved rounds and their medians.',
  )
  .option('--quick', 'one short round of four authorities: shows that all of it runs')
  .option(
    '--peers',
    'etcd and PostgreSQL in the same rounds; installs their Debian packages where they are missing',
  )
  .option(
    '--profile [directory]',
    'a CPU profile of every process under one more load, and where the time goes; default: a new directory',
  )
  .option('--json', 'print one JSON object as the last line')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => process.exit(await bench(command.opts<Options>())))

const bench = async ({
  quick = false,
  peers = false,
  profile,
  json = false,
}: Options): Promise<number> => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // The nodes live by our standard input to them, and end with us.
    process.once(signal, () => process.exit(EXIT_FAILED))
  }
  try {
    const profiles =
      profile === true ? await mkdtemp(join(tmpdir(), 'kermesse-profiles-')) : profile
    const report = await runBench({
      ...{ quick, peers },
      ...(profiles !== undefined && { profiles: resolve(profiles) }),
      tell: (line) => console.error(line),
    })
    for (const line of tableOf(report)) console.log(line)
    if (json) console.log(JSON.stringify(report))
    return 0
  } catch (error) {
    if (!(error instanceof BenchFault)) throw error
    console.error(`WRONG: ${error.message}`)
    return EXIT_FAILED
  }
}

await runToEnd(command)
