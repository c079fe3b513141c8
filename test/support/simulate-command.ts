import { Report } from '#test/simulation/report.ts'
import { lastObject, run } from './federation-command.ts'

/** Runs `npm run simulate` with these words, and reads its last line. */
export const reportOfSeeds = async (
  words: readonly string[],
  options: Parameters<typeof run>[2],
): Promise<{ readonly exitCode: number | null; readonly report: Report }> => {
  const finished = await run(
    'npm',
    ['run', '--silent', 'simulate', '--', ...words, '--json'],
    options,
  )
  return { exitCode: finished.exitCode, report: Report.parse(lastObject(finished)) }
}
