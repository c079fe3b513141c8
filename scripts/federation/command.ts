import { z } from 'zod'
import { runCli } from '#node/cli/run-cli.ts'
import type { World } from '#node/cli/world.ts'
import { FederationError } from './federation-error.ts'

const EXIT_NOT_READY = 4
/** A node that has just started learns of its own place in a second; a busy machine takes longer. */
const READY_WAIT_MS = 60_000
const READY_PAUSE_MS = 100

const Output = z.record(z.string(), z.unknown())
/** How the command line says that it could not do what it was asked. */
export const Failure = z.object({
  error: z.object({ code: z.string(), message: z.string(), todo: z.string().optional() }),
})

type Run = { readonly exitCode: number; readonly output: string }

/**
 * Runs one ordinary command of the command line in this process, as an operator would type it, and
 * gives its JSON. Throws a `FederationError` with the command's own words.
 */
export const command = async (...words: readonly string[]): Promise<z.infer<typeof Output>> => {
  const { exitCode, output } = await run(words)
  if (exitCode === 0) return Output.parse(JSON.parse(output))
  throw new FederationError(`kermesse ${words.slice(0, 2).join(' ')}: ${sentenceOf(output)}`)
}

/** The same, repeated while the node says that it is not ready. */
export const commandWhenReady = async (
  ...words: readonly string[]
): Promise<z.infer<typeof Output>> => {
  const endMs = performance.now() + READY_WAIT_MS
  for (;;) {
    const { exitCode, output } = await run(words)
    if (exitCode !== EXIT_NOT_READY || performance.now() >= endMs) {
      if (exitCode === 0) return Output.parse(JSON.parse(output))
      throw new FederationError(`kermesse ${words.slice(0, 2).join(' ')}: ${sentenceOf(output)}`)
    }
    await new Promise((resolve) => setTimeout(resolve, READY_PAUSE_MS))
  }
}

/** The environment of the nodes: what a shell has set for another node does not leak into them. */
export const cleanEnvironment = (): Record<string, string | undefined> =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('KERMESSE_')))

const run = async (words: readonly string[]): Promise<Run> => {
  const lines: string[] = []
  const world: World = {
    environment: cleanEnvironment(),
    directory: process.cwd(),
    print: (line) => lines.push(line),
    tell: () => undefined,
    askSecret: undefined,
    redraw: undefined,
    readInput: async () => new Uint8Array(),
    untilStopped: () => Promise.resolve(),
  }
  const exitCode = await runCli([...words, '--json'], world)
  return { exitCode, output: lines.at(-1) ?? '' }
}

const sentenceOf = (output: string): string => {
  const parsed = Failure.safeParse(JSON.parse(output))
  if (!parsed.success) return output
  const { code, message, todo } = parsed.data.error
  return `${message} (${code})${todo === undefined ? '' : `; ${todo}`}`
}
