import type { Clock, Timers } from '#node/loop/ports.ts'

/** A clock that only `pass` moves, with the alarms that ring meanwhile. */
export type AlarmClock = {
  readonly clock: Clock
  readonly timers: Timers
  /** Moves both clocks on; alarms ring in the order of their times. */
  readonly pass: (ms: number) => void
  readonly armed: () => readonly string[]
}

const START_WALL_MS = 1_781_978_400_000

export const createAlarmClock = (startWallMs = START_WALL_MS): AlarmClock => {
  let nowMs = 0
  const alarms = new Map<string, { readonly atMs: number; readonly fire: () => void }>()
  const next = (untilMs: number) =>
    [...alarms]
      .filter(([, { atMs }]) => atMs <= untilMs)
      .toSorted(([, a], [, b]) => a.atMs - b.atMs)
      .at(0)
  return {
    clock: { wallMs: () => startWallMs + nowMs, monotonicMs: () => nowMs },
    timers: {
      set: (name, atMs, fire) => {
        alarms.set(name, { atMs, fire })
      },
      clear: (name) => {
        alarms.delete(name)
      },
      stop: () => alarms.clear(),
    },
    pass: (ms) => {
      const untilMs = nowMs + ms
      for (let due = next(untilMs); due !== undefined; due = next(untilMs)) {
        const [name, { atMs, fire }] = due
        alarms.delete(name)
        nowMs = Math.max(nowMs, atMs)
        fire()
      }
      nowMs = untilMs
    },
    armed: () => [...alarms.keys()],
  }
}
