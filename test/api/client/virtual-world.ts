import type { World } from '#api/client/world.ts'

/** A world whose time passes when nothing else is left to do. */
export type VirtualWorld = World & {
  /** Runs until `work` is done; time passes whenever it waits. */
  readonly finish: <T>(work: Promise<T>) => Promise<T>
}

type Sleeper = { readonly wakeMs: number; readonly wake: () => void }

/** Turns of the event loop in which whoever can go on does so, before time passes. */
const TURNS = 4

export const virtualWorld = (options: {
  readonly fetch: World['fetch']
  readonly random?: () => number
  /** How wrong this device's clock is. */
  readonly skewMs?: number
}): VirtualWorld => {
  let nowMs = 0
  const sleepers = new Set<Sleeper>()
  const pause: World['pause'] = (ms, signal) =>
    new Promise((resolve) => {
      const sleeper = {
        wakeMs: nowMs + ms,
        wake: () => {
          sleepers.delete(sleeper)
          resolve()
        },
      }
      if (signal?.aborted === true) return resolve()
      sleepers.add(sleeper)
      signal?.addEventListener('abort', sleeper.wake, { once: true })
    })
  const turns = async (): Promise<void> => {
    for (let turn = 0; turn < TURNS; turn++) await new Promise((done) => setImmediate(done))
  }
  return {
    fetch: options.fetch,
    wallMs: () => START_MS + nowMs + (options.skewMs ?? 0),
    monotonicMs: () => nowMs,
    random: options.random ?? (() => 0.5),
    pause,
    finish: async (work) => {
      let over = false
      const end = work.finally(() => {
        over = true
      })
      end.catch(() => undefined)
      for (;;) {
        await turns()
        if (over) return await end
        const next = [...sleepers].toSorted((a, b) => a.wakeMs - b.wakeMs)[0]
        if (next === undefined) continue
        nowMs = Math.max(nowMs, next.wakeMs)
        next.wake()
      }
    },
  }
}

export const START_MS = Date.UTC(2026, 5, 21, 18)
