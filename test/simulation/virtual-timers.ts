import type { Timers } from '#node/loop/ports.ts'

/** Alarms of one process in virtual time. */
export type VirtualTimers = Timers & { readonly armed: () => readonly string[] }

/**
 * `at` runs an act at a time of the process's monotonic clock, or now if that is past; `fired` hears
 * of each alarm that goes off.
 */
export const createVirtualTimers = (
  at: (atMs: number, act: () => void) => void,
  fired: (name: string) => void,
): VirtualTimers => {
  const current = new Map<string, number>()
  let last = 0
  return {
    set: (name, atMs, fire) => {
      last += 1
      const mine = last
      current.set(name, mine)
      at(Math.ceil(atMs), () => {
        if (current.get(name) !== mine) return
        current.delete(name)
        fired(name)
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
