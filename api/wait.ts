import { WAIT_MAX_MS } from './limits.ts'

/**
 * How long a submission waits for its outcome: `Prefer: wait=5` in seconds (RFC 7240), at most
 * WAIT_MAX_MS; `respond-async` not at all. A preference that is not understood is not one: the node's
 * own time.
 */
export const waitMsOf = (
  prefer: string | readonly string[] | undefined,
  unsaidMs: number,
): number => {
  if (prefer === undefined) return unsaidMs
  const text = String(prefer).toLowerCase()
  const wait = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,4})"?\s*(?=$|[,;\s])/.exec(text)
  if (wait) return Math.min(Number(wait[1]) * 1_000, WAIT_MAX_MS)
  return /(?:^|[,\s])respond-async(?=$|[,;\s])/.test(text) ? 0 : unsaidMs
}

/** The value of `work`, or 'late' once `ms` have passed. The work goes on. */
export const within = <T>(ms: number, work: Promise<T>): Promise<T | 'late'> =>
  new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, 'late')
    work.then(
      (value) => {
        clearTimeout(timer)
        resolve(value)
      },
      (error: unknown) => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
