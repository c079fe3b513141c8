import { writeFile } from 'node:fs/promises'
import { Command } from 'commander'
import { costChart, costsOverSize } from './bench/costs/costs-over-size.ts'
import { runToEnd } from './federation/run-to-end.ts'

type Options = { readonly chart: string; readonly json?: boolean }

const SIZES = [1_000, 10_000, 100_000, 1_000_000]

const command = new Command('npm run bench:ledger --')
  .description('What one payment costs over the size of the ledger, in this process, with a chart.')
  .option('--chart <file>', 'SVG file to write', 'docs/cost-over-ledger-size.svg')
  .option('--json', 'print one JSON object at the end')
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => await run(command.opts<Options>()))

const run = async ({ chart, json = false }: Options): Promise<void> => {
  const measured = costsOverSize(SIZES, ({ balances, ...costs }) => {
    const { decodeUs, checkUs, applyUs, stateRootUs } = costs
    const parts = { decode: decodeUs, check: checkUs, apply: applyUs, root: stateRootUs }
    const texts = Object.entries(parts).map(([name, us]) => `${name} ${us.toFixed(1)} µs`)
    console.log(`${balances} balances: ${texts.join(', ')} a payment`)
  })
  await writeFile(chart, costChart(measured))
  if (json) console.log(JSON.stringify({ byBalances: measured }))
}

await runToEnd(command)
