/** How long somebody waits for an outcome. `signal` ends the waiting, never the submission. */
export type Waiting = { readonly waitMs: number; readonly signal: AbortSignal }

/**
 * The outcome, or undefined once patience is at an end and the submission is on disk: nobody is told
 * `pending` of what a power cut could undo.
 */
export const outcomeWithin = async <T>(
  outcome: Promise<T>,
  stored: Promise<void>,
  { waitMs, signal }: Waiting,
): Promise<T | undefined> => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = (): void => resolve()
  const timer = setTimeout(end, waitMs)
  signal.addEventListener('abort', end, { once: true })
  if (signal.aborted) end()
  const patience = Promise.all([promise, stored]).then(() => undefined)
  try {
    return await Promise.race([outcome, patience])
  } finally {
    clearTimeout(timer)
    signal.removeEventListener('abort', end)
  }
}
