import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program of a peer, which ends at the latest with this process. */
export type Child = { readonly stop: () => Promise<void> }

const STOP_WAIT_MS = 10_000

/** `ending`: the signal by which it ends in order. */
export const startChild = (
  program: string,
  words: readonly string[],
  { ending, ...options }: SpawnOptions & { readonly ending: NodeJS.Signals },
): Child => {
  const child = spawn(program, words, { ...options, stdio: 'ignore' })
  let failure: unknown
  child.once('error', (error) => {
    failure = error
  })
  const kill = (): void => void child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    stop: async () => {
      process.off('exit', kill)
      if (failure !== undefined || !isRunning(child)) return
      const gone = once(child, 'exit')
      child.kill(ending)
      const timer = setTimeout(kill, STOP_WAIT_MS)
      await gone
      clearTimeout(timer)
    },
  }
}

const isRunning = ({ exitCode, signalCode }: ChildProcess): boolean =>
  exitCode === null && signalCode === null

const READY_WAIT_MS = 30_000
const READY_PAUSE_MS = 100

/** Asks until it works; throws why it did not in time. */
export const untilReady = async <T>(ask: () => Promise<T>): Promise<T> => {
  const endMs = performance.now() + READY_WAIT_MS
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (performance.now() > endMs) throw error
    }
    await sleep(READY_PAUSE_MS)
  }
}
