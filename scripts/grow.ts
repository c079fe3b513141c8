/*
 * `npm run grow -- --directory <path> --wallets 1000000 --payments 2000000`: a federation whose ledger has
 * grown, for benchmarks and for whoever wants to see what a large one is like. The folder is that of a local
 * federation, so `npm start -- --directory <path> --free-ports` and `startFederation` go on with it. Cards
 * have the tags 04000000000000, 04000000000001, …; the tills' keys, the place and its asset come with `grow`
 * (`GrownFolder.cast`). A copy of a node's data for a run of one's own: `copyData`, which shares what no node
 * changes. Take a new folder after a run of real nodes: their blocks are on top of the ledger then.
 */
import { resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Command, InvalidArgumentError } from 'commander'
import { grow } from './bench/grown/grow.ts'
import { GrownSizes } from './bench/grown/sizes.ts'
import { runToEnd } from './federation/run-to-end.ts'

type Options = GrownSizes & { readonly directory: string; readonly json?: boolean }

const whole = (text: string): number => {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw new InvalidArgumentError('a whole number')
}

const command = new Command('npm run grow --')
  .description(
    'Makes a federation of four authorities and one venue with a grown ledger: a legal chain with real ' +
      'keys and signatures, in the data directory of every node. A run that was stopped goes on. Start ' +
      'it with: npm start -- --directory <path> --free-ports',
  )
  .requiredOption('--directory <path>', 'folder of the federation, made or gone on with')
  .option('--wallets <number>', 'funded weak cards, 1,000,000 at most', whole, 10_000)
  .option('--payments <number>', 'sales', whole, 20_000)
  .option('--tills <number>', 'keys that sell, each under its grant', whole, 8)
  .option('--days <number>', 'from genesis to now', whole, 365)
  .option('--seed <text>', 'what keys and ids grow from', 'kermesse')
  .option('--json', 'print one JSON object at the end')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => await run(command.opts<Options>()))

const run = async ({ directory, json = false, ...given }: Options): Promise<void> => {
  const startMs = performance.now()
  const sizes = GrownSizes.parse(given)
  const bar = new SingleBar({ format: '{bar} {value}/{total} blocks, {eta_formatted} left' })
  if (process.stderr.isTTY) bar.start(1, 0)
  const { cast } = await grow(resolve(directory), sizes, (done, of) => {
    bar.setTotal(of)
    bar.update(done)
  })
  bar.stop()
  const seconds = Math.round((performance.now() - startMs) / 100) / 10
  const { place, asset, networkId } = cast
  if (json) console.log(JSON.stringify({ directory, networkId, place, asset, ...sizes, seconds }))
  else console.log(`${sizes.wallets} wallets and ${sizes.payments} payments in ${seconds} s`)
}

await runToEnd(command)
