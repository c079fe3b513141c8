import { execFile } from 'node:child_process'
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { z } from 'zod'

/** The files that say where the borders are. */
const RULES = [
  'biome.json',
  'no-cast.grit',
  'no-random.grit',
  'package.json',
  'tsconfig.json',
  'tsconfig.core.json',
]
const ROOT = join(import.meta.dirname, '../..')
const FIXTURES = join(import.meta.dirname, 'fixtures')
const CHECK_TIMEOUT_MS = 60_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024

/** Which rules each file of a house breaks, by its path; a file that breaks none is absent. */
export type Violations = ReadonlyMap<string, readonly string[]>

/** An empty house with the real rules: its rooms are folders of a temporary directory. */
export type House = {
  /** Puts a fixture, or a text, at the path where it is to be judged. */
  readonly place: (path: string, content: { fixture: string } | { text: string }) => Promise<void>
  readonly lint: () => Promise<Violations>
  readonly types: () => Promise<Violations>
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

export const openHouse = async (): Promise<House> => {
  const directory = await mkdtemp(join(tmpdir(), 'kermesse-borders-'))
  for (const rule of RULES) await copyFile(join(ROOT, rule), join(directory, rule))
  return {
    place: async (path, content) => {
      const text =
        'text' in content
          ? content.text
          : await readFile(join(FIXTURES, `${content.fixture}.ts`), 'utf8')
      await mkdir(dirname(join(directory, path)), { recursive: true })
      await writeFile(join(directory, path), text)
    },
    lint: async () =>
      lintViolations(
        await run('biome', ['lint', '--reporter=json', '--max-diagnostics=1000'], directory),
      ),
    types: async () =>
      typeViolations(
        await run('tsc', ['-p', 'tsconfig.core.json', '--pretty', 'false'], directory),
      ),
    [Symbol.asyncDispose]: async () => await rm(directory, { recursive: true }),
  }
}

const LintReport = z.object({
  summary: z.object({ diagnosticsNotPrinted: z.literal(0) }),
  diagnostics: z.array(
    z.object({
      category: z.string(),
      message: z.string(),
      location: z.object({ path: z.string() }),
    }),
  ),
})

/** Rules by their name; those of a plugin, which have none, by their message. */
const lintViolations = (output: string): Violations =>
  byPath(
    LintReport.parse(JSON.parse(output)).diagnostics.map(({ category, message, location }) => ({
      path: location.path,
      rule: category === 'plugin' ? message : category.replace('lint/', ''),
    })),
  )

const typeViolations = (output: string): Violations =>
  byPath(
    [...output.matchAll(/^(?<path>\S+)\(\d+,\d+\): error (?<rule>TS\d+):/gm)].map(({ groups }) => ({
      path: groups?.['path'] ?? '',
      rule: groups?.['rule'] ?? '',
    })),
  )

const byPath = (found: readonly { path: string; rule: string }[]): Violations => {
  const violations = new Map<string, string[]>()
  for (const { path, rule } of found) {
    violations.set(path, [...(violations.get(path) ?? []), rule])
  }
  return violations
}

/** Standard output of a checker, whose exit code says only whether it found something. */
const run = (tool: string, args: readonly string[], cwd: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const options = { cwd, timeout: CHECK_TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX }
    execFile(join(ROOT, 'node_modules/.bin', tool), args, options, (error, stdout) => {
      if (error !== null && stdout === '') reject(error)
      else resolve(stdout)
    })
  })
