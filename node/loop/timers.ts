import type { Clock, Timers } from './ports.ts'

/** Longest delay that a timer of the runtime can take: 2^31 − 1 ms. */
const DELAY_MAX_MS = 2_147_483_647

type Alarm = { readonly atMs: number; readonly fire: () => void; isRinging: boolean }

/**
 * Alarms on one timer of the runtime. Nearly all are cleared or moved before their time, several at each
 * step: that leaves the timer as it is, which then looks for what is due and sleeps on. One that is due
 * fires at the end of this turn of the loop: a process that did not run for a while hears first what
 * came meanwhile, and gives nobody up who has answered.
 */
export const createTimers = (clock: Clock): Timers => {
  const alarms = new Map<string, Alarm>()
  let timeout: NodeJS.Timeout | undefined
  let wakesAtMs = Number.POSITIVE_INFINITY

  const ring = (name: string, alarm: Alarm): void => {
    alarm.isRinging = true
    setImmediate(() => {
      if (alarms.get(name) !== alarm) return
      alarms.delete(name)
      alarm.fire()
    })
  }

  const sleepUntil = (atMs: number): void => {
    clearTimeout(timeout)
    wakesAtMs = atMs
    timeout = setTimeout(wake, Math.min(atMs - clock.monotonicMs(), DELAY_MAX_MS))
  }

  const wake = (): void => {
    const nowMs = clock.monotonicMs()
    const waiting = [...alarms].filter(([, { isRinging }]) => !isRinging)
    const inOrder = waiting.toSorted(([, a], [, b]) => a.atMs - b.atMs)
    wakesAtMs = Number.POSITIVE_INFINITY
    for (const [name, alarm] of inOrder) {
      if (alarm.atMs > nowMs) {
        sleepUntil(alarm.atMs)
        return
      }
      ring(name, alarm)
    }
  }

  return {
    set: (name, atMs, fire) => {
      const alarm = { atMs, fire, isRinging: false }
      alarms.set(name, alarm)
      if (atMs <= clock.monotonicMs()) ring(name, alarm)
      else if (atMs < wakesAtMs) sleepUntil(atMs)
    },
    clear: (name) => {
      alarms.delete(name)
    },
    stop: () => {
      clearTimeout(timeout)
      alarms.clear()
    },
  }
}

/** The machine's clocks: wall time, and whole milliseconds since the process began. */
export const createClock = (): Clock => ({
  wallMs: () => Date.now(),
  monotonicMs: () => Math.floor(performance.now()),
})
