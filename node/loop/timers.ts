import type { Clock, Timers } from './ports.ts'

/** Longest delay that a timer of the runtime can take: 2^31 − 1 ms. */
const DELAY_MAX_MS = 2_147_483_647

/**
 * Alarms on the runtime's timers. One that is due fires at the end of this turn of the loop: a process
 * that did not run for a while hears first what came meanwhile, and gives nobody up who has answered.
 */
export const createTimers = (clock: Clock): Timers => {
  const cancels = new Map<string, () => void>()

  const clear = (name: string): void => {
    cancels.get(name)?.()
    cancels.delete(name)
  }

  const set: Timers['set'] = (name, atMs, fire) => {
    clear(name)
    const ring = (): void => {
      const immediate = setImmediate(() => {
        cancels.delete(name)
        fire()
      })
      cancels.set(name, () => clearImmediate(immediate))
    }
    const delayMs = atMs - clock.monotonicMs()
    if (delayMs <= 0) {
      ring()
      return
    }
    const isFar = delayMs > DELAY_MAX_MS
    const timeout = isFar
      ? setTimeout(() => set(name, atMs, fire), DELAY_MAX_MS)
      : setTimeout(ring, delayMs)
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
