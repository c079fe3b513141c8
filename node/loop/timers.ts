import type { Clock, Timers } from './ports.ts'

/** Longest delay that a timer of the runtime can take: 2^31 − 1 ms. */
const DELAY_MAX_MS = 2_147_483_647

/** Alarms on the runtime's timers; one that is due fires at the end of this turn of the loop. */
export const createTimers = (clock: Clock): Timers => {
  const cancels = new Map<string, () => void>()

  const clear = (name: string): void => {
    cancels.get(name)?.()
    cancels.delete(name)
  }

  const set: Timers['set'] = (name, atMs, fire) => {
    clear(name)
    const run = (): void => {
      cancels.delete(name)
      fire()
    }
    const delayMs = atMs - clock.monotonicMs()
    if (delayMs > DELAY_MAX_MS) {
      const half = setTimeout(() => set(name, atMs, fire), DELAY_MAX_MS)
      cancels.set(name, () => clearTimeout(half))
      return
    }
    if (delayMs <= 0) {
      const immediate = setImmediate(run)
      cancels.set(name, () => clearImmediate(immediate))
      return
    }
    const timeout = setTimeout(run, delayMs)
    cancels.set(name, () => clearTimeout(timeout))
  }

  return {
    set,
    clear,
    stop: () => {
      for (const cancel of cancels.values()) cancel()
      cancels.clear()
    },
  }
}

/** The machine's clocks: wall time, and whole milliseconds since the process began. */
export const createClock = (): Clock => ({
  wallMs: () => Date.now(),
  monotonicMs: () => Math.floor(performance.now()),
})
