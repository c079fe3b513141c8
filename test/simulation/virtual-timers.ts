import type { Timers } from '#node/loop/ports.ts'

/** Alarms of one process in virtual time. */
export type VirtualTimers = Timers & { readonly armed: () => readonly string[] }

export type VirtualTimersParts = {
  /** Runs an act at a time of the process's monotonic clock, or now if that is past. */
  readonly at: (atMs: number, act: () => void) => void
  /** Something to remember of the moment an alarm is set. */
  readonly mark: () => number
  /** An alarm goes off, with what was remembered. */
  readonly fired: (name: string, mark: number) => void
}

export const createVirtualTimers = ({ at, mark, fired }: VirtualTimersParts): VirtualTimers => {
  const current = new Map<string, number>()
  let last = 0
  return {
    set: (name, atMs, fire) => {
      last += 1
      const mine = last
      const marked = mark()
      current.set(name, mine)
      at(Math.ceil(atMs), () => {
        if (current.get(name) !== mine) return
        current.delete(name)
        fired(name, marked)
        fire()
      })
    },
    clear: (name) => {
      current.delete(name)
    },
    stop: () => current.clear(),
    armed: () => [...current.keys()],
  }
}
