type Item = { readonly atMs: number; readonly order: number; readonly run: () => void }

/** Virtual time: what is due runs in order of time, then of planning. */
export const createVirtualClock = () => {
  let nowMs = 0
  let planned = 0
  const queue: Item[] = []

  return {
    nowMs: (): number => nowMs,
    /** A number for each plan, ascending. */
    planned: (): number => planned,
    after: (delayMs: number, run: () => void): void => {
      queue.push({ atMs: nowMs + delayMs, order: planned++, run })
    },
    advance: (byMs: number): void => {
      const untilMs = nowMs + byMs
      for (;;) {
        const first = firstOf(queue)
        if (first === undefined || first.atMs > untilMs) break
        queue.splice(queue.indexOf(first), 1)
        nowMs = first.atMs
        first.run()
      }
      nowMs = untilMs
    },
  }
}

const firstOf = (queue: readonly Item[]): Item | undefined => {
  let first: Item | undefined
  for (const item of queue) {
    const before =
      first === undefined ? -1 : item.atMs - first.atMs || item.order - (first.order ?? 0)
    if (before < 0) first = item
  }
  return first
}
