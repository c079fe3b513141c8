import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { runCli } from '#node/cli/run-cli.ts'
import type { World } from '#node/cli/world.ts'

export type CliRun = {
  readonly exitCode: number
  readonly output: string
  readonly errors: string
  /** The last line, if it is JSON. */
  readonly json: Readonly<Record<string, unknown>> | undefined
}

export type Cli = {
  readonly directory: string
  readonly run: (...words: readonly string[]) => Promise<CliRun>
  /** Runs with `--json`; throws unless it succeeds. */
  readonly must: (...words: readonly string[]) => Promise<Readonly<Record<string, unknown>>>
}

/** A command line in an empty folder of its own. */
export const openCli = (changes: Partial<World> = {}): Cli => {
  const directory = mkdtempSync(join(tmpdir(), 'kermesse-cli-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const run: Cli['run'] = async (...words) => {
    const [lines, told]: [string[], string[]] = [[], []]
    const exitCode = await runCli(words, {
      environment: {},
      directory,
      print: (line) => lines.push(line),
      tell: (line) => told.push(line),
      askSecret: undefined,
      redraw: undefined,
      readInput: async () => new Uint8Array(),
      untilStopped: () => Promise.resolve(),
      ...changes,
    })
    const json = jsonOf(lines.at(-1) ?? '')
    return { exitCode, output: lines.join('\n'), errors: told.join('\n'), json }
  }
  return {
    directory,
    run,
    must: async (...words) => {
      const { exitCode, json, output } = await run(...words, '--json')
      if (exitCode === 0 && json !== undefined) return json
      throw new Error(`${words.join(' ')}: ${output}`)
    },
  }
}

const jsonOf = (line: string): Readonly<Record<string, unknown>> | undefined => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}
