import { Command } from 'commander'
import { curlLines } from './federation/curl-lines.ts'
import { type LocalFederation, startFederation } from './federation/local-federation.ts'
import { runToEnd } from './federation/run-to-end.ts'

type Options = {
  readonly directory: string
  readonly freePorts?: boolean
  readonly log: 'debug' | 'info' | 'warn' | 'error' | 'silent'
  readonly json?: boolean
}

const EXIT_FAILED = 1

const command = new Command('npm start --')
  .description('Runs a federation on this machine: four authorities and two venues.')
  .option('--directory <path>', 'keeps keys and ledger; delete it to begin anew', '.federation')
  .option('--free-ports', 'venues answer on free ports instead of 4101 and 4102')
  .option('--log <level>', 'what node.log in each folder holds', 'info')
  .option('--json', 'print one JSON object when ready')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => await run(command.opts<Options>()))

const run = async (options: Options): Promise<void> => {
  const { promise: lost, resolve: lose } = Promise.withResolvers<string>()
  const stopped = new Promise<undefined>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.on(signal, () => resolve(undefined))
    }
  })
  const starting = startFederation({
    directory: options.directory,
    ports: options.freePorts === true ? 'free' : 'default',
    log: options.log,
    onProgress: (line) => console.error(line),
    onLost: lose,
  })
  // Asked to stop while starting: children live by our standard input to them, and end with us.
  const federation = await Promise.race([starting, stopped])
  if (federation === undefined) process.exit(EXIT_FAILED)
  announce(federation, options)
  const reason = await Promise.race([lost, stopped])
  if (reason !== undefined)
    console.error(`${reason}\nStopping the others; start again with: npm start`)
  await federation.stop()
  process.exit(reason === undefined ? 0 : EXIT_FAILED)
}

const announce = (federation: LocalFederation, { json }: Options): void => {
  const venues = federation.venues()
  const authorities = federation.authorities()
  if (json === true) {
    console.log(
      JSON.stringify({ ready: true, genesis: federation.genesisFile, authorities, venues }),
    )
    return
  }
  const [first] = venues
  if (first === undefined) return
  for (const { name, apiUrl } of [...authorities, ...venues]) console.log(`${name}  ${apiUrl}`)
  console.log('\nReady. Paste these lines in a second terminal, in this folder:\n')
  for (const line of curlLines(first.apiUrl, first.apiKey)) console.log(line)
  console.log(`\nThe documentation of the API: ${first.apiUrl}/docs`)
  console.log('Ctrl-C stops everything; the next npm start goes on with the same ledger.')
}

await runToEnd(command)
