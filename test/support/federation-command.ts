import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** The repository whose working tree this is. */
export const ROOT = join(import.meta.dirname, '../..')

export type Finished = {
  readonly exitCode: number | null
  /** Standard output. */
  readonly output: string
  /** Standard output and standard error, as they came. */
  readonly everything: string
}

export type RunOptions = {
  readonly cwd?: string
  readonly timeoutMs: number
  /** Told of every line while the command runs. */
  readonly onLine?: (line: string) => void
}

const OUTPUT_CHARACTERS_MAX = 1_000_000

/** Runs a program to its end, or ends it after `timeoutMs`. */
export const run = async (
  program: string,
  words: readonly string[],
  { cwd = ROOT, timeoutMs, onLine }: RunOptions,
): Promise<Finished> => {
  const child = spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let everything = ''
  const hear = (isAnswer: boolean) => (chunk: string) => {
    if (isAnswer) output = (output + chunk).slice(-OUTPUT_CHARACTERS_MAX)
    everything = (everything + chunk).slice(-OUTPUT_CHARACTERS_MAX)
    for (const line of chunk.split('\n')) if (line.trim() !== '') onLine?.(line.trim())
  }
  child.stdout.setEncoding('utf8').on('data', hear(true))
  child.stderr.setEncoding('utf8').on('data', hear(false))
  const exitCode = await ended(child, timeoutMs)
  return { exitCode, output, everything }
}

/** The JSON object in the last line of an output. */
export const lastObject = ({ output, everything }: Finished): unknown => {
  const line = output.trim().split('\n').at(-1) ?? ''
  try {
    return JSON.parse(line)
  } catch (cause) {
    throw new Error(`no JSON in the last line; the end was:\n${everything.slice(-2_000)}`, {
      cause,
    })
  }
}

const KILL_AFTER_MS = 10_000

/** Starts a program as a shell does: in a process group of its own. To be ended with `interrupt`. */
export const start = (program: string, words: readonly string[], cwd: string = ROOT) =>
  spawn(program, words, { cwd, stdio: ['ignore', 'pipe', 'inherit'], detached: true })

/** What Ctrl-C does to a program that was started here: a signal to its whole group. */
export const interrupt = async (child: ChildProcess): Promise<void> => {
  const { pid } = child
  if (pid === undefined || child.exitCode !== null || child.signalCode !== null) return
  const gone = once(child, 'exit')
  const timer = setTimeout(() => process.kill(-pid, 'SIGKILL'), KILL_AFTER_MS)
  process.kill(-pid, 'SIGINT')
  await gone
  clearTimeout(timer)
}

const ended = (child: ChildProcess, timeoutMs: number): Promise<number | null> =>
  new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve(child.exitCode)
      return
    }
    const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs)
    child.once('error', reject)
    child.once('close', (exitCode) => {
      clearTimeout(timer)
      resolve(exitCode)
    })
  })
