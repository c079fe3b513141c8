import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { cleanEnvironment, Failure } from './command.ts'
import { COMPILE_CACHE_ENVIRONMENT } from './compile-cache.ts'
import { FederationError } from './federation-error.ts'

const LAUNCHER = join(import.meta.dirname, '../../node/kermesse.mjs')
const READY_WAIT_MS = 60_000
/** A node stops within a second; what takes this long is ended. */
const STOP_WAIT_MS = 5_000
const LOG_LINES_SHOWN = 12
const LOG_BYTES_MAX = 16_384

const ReadyLine = z.object({
  ready: z.literal(true),
  apiUrl: z.string().optional(),
  controlPath: z.string(),
})

export type ChildOptions = {
  readonly name: string
  /** The node's folder; its log goes to node.log in it. */
  readonly directory: string
  readonly apiPort: number
  readonly log: string
  /** How long it may take to be ready; `READY_WAIT_MS` unless said. */
  readonly readyWaitMs?: number
  /** On top of this process's own environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** Called when the process ends though nobody asked it to. */
  readonly onLost: (reason: string) => void
}

/** One node in its own process, which ends when this one does. */
export class ChildNode {
  readonly #options: ChildOptions
  readonly #process: ChildProcess
  readonly #exited: Promise<string>
  #isExpected = false
  readonly apiUrl: string | undefined

  private constructor(
    options: ChildOptions,
    child: ChildProcess,
    { exited, apiUrl }: { readonly exited: Promise<string>; readonly apiUrl: string | undefined },
  ) {
    this.#options = options
    this.#process = child
    this.#exited = exited
    this.apiUrl = apiUrl
    void this.#watch()
  }

  /**
   * Resolves when the node is ready. Throws a `FederationError` with the end of its log. `signal` ends
   * the process in the midst of its start, as a power cut would.
   */
  static async start(options: ChildOptions, signal?: AbortSignal): Promise<ChildNode> {
    const { name, directory, readyWaitMs = READY_WAIT_MS } = options
    const child = spawnNode(options)
    const lines = createLines(child)
    const exited = exitOf(child, lines)
    signal?.addEventListener('abort', () => child.kill('SIGKILL'), { once: true })
    const ready = await Promise.race([
      lines.ready,
      exited.then((why) => `ended with ${why}`),
      late(readyWaitMs).then(() => `was not ready within ${readyWaitMs / 1000} s`),
    ])
    if (typeof ready !== 'string') return new ChildNode(options, child, { exited, ...ready })
    child.kill('SIGKILL')
    await exited
    throw new FederationError(`${name} ${ready}.\n${logTail(directory)}`)
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** Asks it to stop, and ends it if it does not. */
  async stop(): Promise<void> {
    this.#isExpected = true
    this.#process.kill('SIGTERM')
    const isLate = await Promise.race([
      this.#exited.then(() => false),
      late(STOP_WAIT_MS).then(() => true),
    ])
    if (isLate) await this.kill()
  }

  /** Ends it as a power cut would (SIGKILL). */
  async kill(): Promise<void> {
    this.#isExpected = true
    this.#process.kill('SIGKILL')
    await this.#exited
  }

  /** Resolves with why once it has ended by itself, which from now on nobody is alarmed by. */
  ended(): Promise<string> {
    this.#isExpected = true
    return this.#exited
  }

  async #watch(): Promise<void> {
    const why = await this.#exited
    if (this.#isExpected) return
    const { name, directory, onLost } = this.#options
    onLost(`${name} ended with ${why}.\n${logTail(directory)}`)
  }
}

/** Its log goes straight to a file; standard input is the line it lives by. */
const spawnNode = ({ directory, apiPort, log, environment }: ChildOptions): ChildProcess => {
  const logFile = openSync(logFileOf(directory), 'a', 0o600)
  const settings = ['--directory', directory, '--api-port', String(apiPort), '--log', log]
  try {
    return spawn(
      process.execPath,
      [LAUNCHER, 'node', 'run', ...settings, '--exit-with-parent', '--json'],
      {
        stdio: ['pipe', 'pipe', logFile],
        env: {
          ...cleanEnvironment(),
          ...COMPILE_CACHE_ENVIRONMENT,
          NODE_ENV: 'production',
          ...environment,
        },
        // Ctrl-C at the terminal is answered by this process alone, in order.
        detached: true,
      },
    )
  } finally {
    closeSync(logFile)
  }
}

/** What a node says on its standard output: that it is ready, and in the end why it could not go on. */
type Lines = {
  readonly ready: Promise<{ readonly apiUrl: string | undefined }>
  readonly failure: () => string | undefined
}

const createLines = (child: ChildProcess): Lines => {
  const { promise: ready, resolve } = Promise.withResolvers<{ apiUrl: string | undefined }>()
  let failure: string | undefined
  if (child.stdout !== null) {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const parsed = ReadyLine.safeParse(jsonOf(line))
      if (parsed.success) resolve({ apiUrl: parsed.data.apiUrl })
      failure = Failure.safeParse(jsonOf(line)).data?.error.code ?? failure
    })
  }
  return { ready, failure: () => failure }
}

/** How the process ended, such as `SIGKILL` or `exit code 1 (disk_full)`. */
const exitOf = (child: ChildProcess, lines: Lines): Promise<string> =>
  new Promise((resolve) => {
    // After the last line of its output, which an exit may overtake.
    child.once('close', (code, signal) => {
      const failure = lines.failure()
      resolve(signal ?? `exit code ${code}${failure === undefined ? '' : ` (${failure})`}`)
    })
    child.once('error', (error) => resolve(error.message))
  })

const jsonOf = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    // Some other line of output.
    return undefined
  }
}

const late = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })

/** Where the node of a folder writes its log. */
export const logFileOf = (directory: string): string => join(directory, 'node.log')

/** The last lines that the node of a folder wrote. */
export const logTail = (directory: string): string => {
  const file = logFileOf(directory)
  const lines = readFileSync(file).subarray(-LOG_BYTES_MAX).toString('utf8').trimEnd().split('\n')
  return `The end of ${file}:\n${lines.slice(-LOG_LINES_SHOWN).join('\n')}`
}
