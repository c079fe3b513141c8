/** How long somebody waits for an outcome. `signal` ends the waiting, never the submission. */
export type Waiting = { readonly waitMs: number; readonly signal: AbortSignal }

/** Whom to tell of a submission: that it is on disk, and what became of it. */
export type Told<T> = { readonly stored: () => void; readonly ended: (outcome: T) => void }

/**
 * The outcome of what `submit` begins, or undefined once patience is at an end and the submission is
 * on disk: nobody is told `pending` of what a power cut could undo.
 */
export const outcomeWithin = <T>(
  { waitMs, signal }: Waiting,
  submit: (told: Told<T>) => void,
): Promise<T | undefined> =>
  new Promise((resolve) => {
    let isStored = false
    let isOver = false
    const finish = (outcome: T | undefined): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', giveUp)
      resolve(outcome)
    }
    const giveUp = (): void => {
      isOver = true
      if (isStored) finish(undefined)
    }
    const stored = (): void => {
      isStored = true
      if (isOver) finish(undefined)
    }
    const timer = setTimeout(giveUp, waitMs)
    signal.addEventListener('abort', giveUp, { once: true })
    if (signal.aborted) giveUp()
    submit({ stored, ended: finish })
  })
