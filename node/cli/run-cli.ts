import { CommanderError } from 'commander'
import { type CommandFailure, failure } from '../control/command.ts'
import { type CliAnswer, EXIT_CODES, exitCodeOf, failureOf } from './answer.ts'
import { createProgram } from './program.ts'
import { failureLines, linesOf } from './render.ts'
import type { World } from './world.ts'

/**
 * Runs one command line (without the program's name) and gives the exit code: 0 ok, 1 failed, 2
 * usage, 3 the other side, 4 not ready. With `--json` the last line is one JSON object.
 */
export const runCli = async (words: readonly string[], world: World): Promise<number> => {
  const isJson = words.includes('--json')
  let exitCode: number = EXIT_CODES.ok
  const act = async (run: () => Promise<CliAnswer>): Promise<void> => {
    const answer = await run().catch((error: unknown) => reported(world, error))
    exitCode = exitCodeOf(answer)
    report(world, answer, isJson)
  }
  const complaints: string[] = []
  const program = createProgram({ act, world }, (command) =>
    command.exitOverride().configureOutput({
      writeOut: (text) => world.print(text.trimEnd()),
      writeErr: (text) => complaints.push(text.trim()),
    }),
  )
  try {
    await program.parseAsync([...words], { from: 'user' })
    return exitCode
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.exitCode === 0) return EXIT_CODES.ok
    report(world, usageFailure(complaints), isJson)
    return EXIT_CODES.usage
  }
}

/** A failure of the world has its code; our own mistake shows where it was made. */
const reported = (world: World, error: unknown): CommandFailure => {
  const known = failureOf(error)
  if (known !== undefined) return known
  const trace = error instanceof Error ? error.stack : undefined
  world.tell(trace ?? String(error))
  return failure('failed', 'internal', 'a mistake of Kermesse itself', 'report the lines above')
}

const report = (world: World, answer: CliAnswer, isJson: boolean): void => {
  if (!answer.ok) {
    const { code, message, todo } = answer
    if (isJson) world.print(JSON.stringify({ error: { code, message, todo } }))
    else for (const line of failureLines(answer)) world.tell(line)
    return
  }
  if (isJson) world.print(JSON.stringify(answer.result))
  else for (const line of answer.text ?? linesOf(answer.result)) world.print(line)
}

/** The parser's own words; a noun alone makes it print its help, which is then the message. */
const usageFailure = (complaints: readonly string[]): CommandFailure => {
  const message = complaints.join('\n').replace(/^error: /, '')
  return failure('usage', 'usage', message, 'see kermesse --help, and --help of each command')
}
