import type { z } from 'zod'
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
