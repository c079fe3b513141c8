/**
 * How long somebody waits for an outcome. `signal` ends the waiting, never the submission. Whoever waits
 * for several outcomes of one request gives the same for each: then it is watched once.
 */
export type Waiting = { readonly waitMs: number; readonly signal: AbortSignal }

/** Whom to tell of a submission: that it is on disk, and what became of it. */
export type Told<T> = { readonly stored: () => void; readonly ended: (outcome: T) => void }

/**
 * The outcome of what `submit` begins, or undefined once patience is at an end and the submission is
 * on disk: nobody is told `pending` of what a power cut could undo.
 */
export const outcomeWithin = <T>(
  waiting: Waiting,
  submit: (told: Told<T>) => void,
): Promise<T | undefined> =>
  new Promise((resolve) => {
    let isStored = false
    let isOver = false
    const finish = (outcome: T | undefined): void => {
      leave()
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
    const leave = whenOver(waiting, giveUp)
    submit({ stored, ended: finish })
  })

type Watch = { readonly waiters: Set<() => void>; readonly end: () => void }

const watches = new WeakMap<Waiting, Watch>()

/** Calls back once when patience is at an end; the returned function stops that. */
const whenOver = (waiting: Waiting, giveUp: () => void): (() => void) => {
  if (waiting.signal.aborted) {
    giveUp()
    return () => undefined
  }
  const { waiters, end } = watches.get(waiting) ?? watch(waiting)
  waiters.add(giveUp)
  return () => {
    if (waiters.delete(giveUp) && waiters.size === 0) end()
  }
}

const watch = (waiting: Waiting): Watch => {
  const { waitMs, signal } = waiting
  const waiters = new Set<() => void>()
  const end = (): void => {
    clearTimeout(timer)
    signal.removeEventListener('abort', tell)
    watches.delete(waiting)
  }
  const tell = (): void => {
    end()
    for (const giveUp of [...waiters]) giveUp()
  }
  const timer = setTimeout(tell, waitMs)
  signal.addEventListener('abort', tell, { once: true })
  const made = { waiters, end }
  watches.set(waiting, made)
  return made
}
