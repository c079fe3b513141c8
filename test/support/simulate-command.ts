import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import type { ClaimOutcome } from '#test/claims/claim.ts'
import { LeasesReport } from '#test/simulation/leases/report.ts'
import { Report } from '#test/simulation/report.ts'
import { TwinsReport } from '#test/simulation/twins/report.ts'
import { lastObject, run } from './federation-command.ts'

type Options = Parameters<typeof run>[2]

/** How the command ended, and what its last line says. */
type Reported<T> = { readonly exitCode: number | null; readonly report: T }

/** Runs `npm run simulate` with these words, and reads its last line. */
export const reportOfSeeds = (
  words: readonly string[],
  options: Options,
): Promise<Reported<Report>> => simulated(words, Report, options)

/** Runs `npm run simulate -- --twins`, and reads its last line. */
export const reportOfTwins = (options: Options): Promise<Reported<TwinsReport>> =>
  simulated(['--twins'], TwinsReport, options)

/** Runs `npm run simulate -- --leases` with these words, and reads its last line. */
export const reportOfLeases = (
  words: readonly string[],
  options: Options,
): Promise<Reported<LeasesReport>> => simulated(['--leases', ...words], LeasesReport, options)

/** What is kept here outlives a claim's own directory: the claim goes on from it when it is run again. */
export const resultsFile = (name: string): string => join(tmpdir(), `kermesse-${name}.jsonl`)

export const MANY_SEEDS = 20_000
export const MANY_SEEDS_MS = 14_400_000
const MARGIN_MS = 20_000

/** Many seeds, none of which fails; goes on from what is done of them. */
export const manySeeds = async (onLine: (line: string) => void): Promise<ClaimOutcome> => {
  const results = resultsFile('twenty-thousand-seeds')
  const words = ['--seeds', String(MANY_SEEDS), '--results', results]
  const options = { timeoutMs: MANY_SEEDS_MS - MARGIN_MS, onLine }
  const { exitCode, report } = await reportOfSeeds(words, options)
  const { seeds, failed, blocks, transactions, seconds } = report
  return {
    ok: exitCode === 0 && seeds === MANY_SEEDS && failed.length === 0,
    figure: { seeds, failed: failed.length, blocks, transactions, seconds, results },
  }
}

const simulated = async <T>(
  words: readonly string[],
  schema: z.ZodType<T>,
  options: Options,
): Promise<Reported<T>> => {
  const finished = await run(
    'npm',
    ['run', '--silent', 'simulate', '--', ...words, '--json'],
    options,
  )
  return { exitCode: finished.exitCode, report: schema.parse(lastObject(finished)) }
}
