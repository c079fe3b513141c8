import { join } from 'node:path'
import { SingleBar } from 'cli-progress'
import { Command, CommanderError } from 'commander'
import { type ClaimFilter, discoverClaims, type FoundClaim } from './claims/discover.ts'
import { type ClaimReport, runClaim } from './claims/run.ts'

type Options = ClaimFilter & { readonly directory: string; readonly json?: boolean }

const EXIT_FAILED = 1
const EXIT_USAGE = 2

const prove = async (options: Options): Promise<number> => {
  const found = await discoverClaims(options.directory, options)
  if (found.length === 0) {
    console.error('No claim matches: leave out --area, --claim or --short, and see test/claims/.')
    return EXIT_USAGE
  }
  const claims = await runAll(found)
  const fallen = claims.filter(({ ok }) => !ok)
  for (const line of closingLines(fallen, claims.length)) console.log(line)
  const failed = fallen.map(({ area, name }) => `${area}/${name}`)
  if (options.json === true) console.log(JSON.stringify({ claims, failed }))
  return failed.length === 0 ? 0 : EXIT_FAILED
}

/** One after the other: a claim that measures must not share the machine with another. */
const runAll = async (found: readonly FoundClaim[]): Promise<readonly ClaimReport[]> => {
  const bar = new SingleBar({ format: '{value}/{total} {name} {text}', stream: process.stderr })
  const reports: ClaimReport[] = []
  for (const each of found) {
    const name = `${each.claim.area}/${each.claim.name}`
    bar.start(found.length, reports.length, { name, text: '' })
    const report = await runClaim(each, (text) => bar.update(reports.length, { name, text }))
    bar.stop()
    reports.push(report)
    console.log(lineOf(report))
  }
  return reports
}

/** Whoever reads only the end of a long log sees which claims failed, and with what figure. */
const closingLines = (fallen: readonly ClaimReport[], count: number): readonly string[] =>
  fallen.length === 0 ? [] : [`${fallen.length} of ${count} claims failed:`, ...fallen.map(lineOf)]

const lineOf = ({ area, name, ok, figure, bound, seconds }: ClaimReport): string => {
  const shown = typeof figure === 'object' ? JSON.stringify(figure) : figure
  return `${ok ? 'holds' : 'FAILS'}  ${area}/${name}: ${shown}  (${bound}; ${seconds.toFixed(1)} s)`
}

const command = new Command('prove')
  .description('Shows that every claim of Kermesse holds: test/claims/<area>/<claim>.ts')
  .option('--area <area>', 'only the claims of one area')
  .option('--claim <claim>', 'only the claim of this name')
  .option('--short', 'only the claims that CI runs')
  .option('--json', 'print one JSON object as the last line')
  .option('--directory <path>', 'where the claims are', join(import.meta.dirname, '../test/claims'))
  .allowExcessArguments(false)
  .exitOverride()
  .action(async () => process.exit(await prove(command.opts<Options>())))

try {
  await command.parseAsync()
} catch (error) {
  if (!(error instanceof CommanderError)) throw error
  process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE
}
