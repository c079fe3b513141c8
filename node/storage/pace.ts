import type { Gather } from './batch-queue.ts'

/**
 * A write starts some time after the one before started, or, where that is past, at the end of this
 * turn of the event loop: what a busy node reads from its sockets in one turn, or decides within the
 * pause, shares one sync. On a disk that takes longer than the pause nothing waits for it.
 */
export const createPace = (pauseMs: number): Gather => {
  let nextMs = 0
  return (start) => {
    const begin = (): void => {
      nextMs = performance.now() + pauseMs
      start()
    }
    const waitMs = nextMs - performance.now()
    if (waitMs > 0) setTimeout(begin, waitMs)
    else setImmediate(begin)
  }
}
