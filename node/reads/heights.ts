import { HEIGHT_WAITERS_MAX } from './limits.ts'

/** A height that only rises, and who waits for it. */
export type Heights = {
  readonly now: () => number
  readonly rise: (height: number) => void
  /** Resolves once `height` is there; rejects when `signal` aborts, or when too many wait. */
  readonly reach: (height: number, signal: AbortSignal) => Promise<void>
}

type Waiter = { readonly height: number; readonly resolve: () => void }

export const createHeights = (start: number): Heights => {
  let now = start
  const waiters = new Set<Waiter>()
  return {
    now: () => now,
    rise: (height) => {
      now = Math.max(now, height)
      for (const waiter of waiters) if (waiter.height <= now) waiter.resolve()
    },
    reach: async (height, signal) => {
      if (height <= now) return
      signal.throwIfAborted()
      if (waiters.size >= HEIGHT_WAITERS_MAX) throw new Error('too many wait for a height')
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const waiter = { height, resolve }
      const onAbort = (): void => reject(new Error('no longer waited for'))
      waiters.add(waiter)
      signal.addEventListener('abort', onAbort, { once: true })
      try {
        await promise
      } finally {
        waiters.delete(waiter)
        signal.removeEventListener('abort', onAbort)
      }
    },
  }
}
