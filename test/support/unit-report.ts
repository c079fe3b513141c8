import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { run } from './federation-command.ts'

const TIMEOUT_MS = 900_000

const Report = z.object({
  testResults: z.array(
    z.object({
      assertionResults: z.array(
        z.object({
          ancestorTitles: z.array(z.string()),
          title: z.string(),
          status: z.string(),
        }),
      ),
    }),
  ),
})

/** One test of a file, under the heads it stands under. */
export type UnitTest = {
  readonly heads: readonly string[]
  readonly title: string
  readonly passed: boolean
}

/** Runs the unit tests whose files begin so, under these variables, and tells of each how it ended. */
export const unitTests = async (
  directory: string,
  files: readonly string[],
  onLine: (line: string) => void,
  variables: readonly `${string}=${string}`[] = [],
): Promise<readonly UnitTest[]> => {
  const report = join(directory, 'report.json')
  const words = ['run', '--project', 'unit', '--reporter=json', `--outputFile=${report}`]
  await run('env', [...variables, 'npx', 'vitest', ...words, ...files], {
    timeoutMs: TIMEOUT_MS,
    onLine,
  })
  const { testResults } = Report.parse(JSON.parse(await readFile(report, 'utf8')))
  return testResults.flatMap(({ assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      heads: ancestorTitles,
      title,
      passed: status === 'passed',
    })),
  )
}
