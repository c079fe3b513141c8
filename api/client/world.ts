import { TIMER_MS_MAX } from './limits.ts'

/** What the client takes from around it. Node.js 20 and browsers have all of it. */
export type World = {
  readonly fetch: (url: string, request: RequestInit) => Promise<Response>
  /** Milliseconds since the epoch, by this device's clock. */
  readonly wallMs: () => number
  /** Milliseconds that never go backwards. */
  readonly monotonicMs: () => number
  /** Resolves after `ms`, of which 24 days count, or earlier once `signal` aborts. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>
  /** From 0 up to, not including, 1: for pauses, never for keys. */
  readonly random: () => number
}

/** The world of this process or page. */
export const thisWorld = (): World => ({
  fetch: (url, request) => fetch(url, request),
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  pause: (ms, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, Math.min(ms, TIMER_MS_MAX))
      if (signal?.aborted === true) end()
      else signal?.addEventListener('abort', end)
    }),
  random: () => Math.random(),
})
