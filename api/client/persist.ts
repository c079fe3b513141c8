import { PAUSE_FIRST_MS, PAUSE_GROWTH, PAUSE_MAX_MS } from './limits.ts'
import type { World } from './world.ts'

/** How long a caller waits. */
export type Patience = {
  readonly patienceMs: number
  readonly signal?: AbortSignal | undefined
}

/** Whether an attempt was the last one; if not, how long its answer asked to wait. */
export type Attempt = { readonly over: boolean; readonly retryAfterMs?: number | undefined }

/**
 * Tries until an attempt is over, with pauses that grow, are never equal, and are never shorter than
 * was asked for. Gives the last attempt: not over when the patience ends first.
 */
export const persist = async <A extends Attempt>(
  world: World,
  { patienceMs, signal }: Patience,
  attempt: () => Promise<A>,
): Promise<A> => {
  const endMs = world.monotonicMs() + patienceMs
  for (let count = 0; ; count++) {
    const made = await attempt()
    if (made.over || signal?.aborted === true) return made
    const pauseMs = Math.max(made.retryAfterMs ?? 0, pauseAfter(count, world.random()))
    if (world.monotonicMs() + pauseMs > endMs) return made
    await world.pause(pauseMs, signal)
  }
}

/** From half the pause to all of it: tills that were cut off together come back apart. */
const pauseAfter = (count: number, random: number): number => {
  const wholeMs = Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * PAUSE_GROWTH ** Math.min(count, 20))
  return wholeMs * (0.5 + random / 2)
}
