type Item = { readonly atMs: number; readonly order: number; readonly run: () => void }

/** Virtual time: what is due runs in order of time, then of planning. */
export const createEpochClock = () => {
  let nowMs = 0
  let planned = 0
  let queue: Item[] = []

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
        const [first, ...rest] = queue.toSorted((a, b) => a.atMs - b.atMs || a.order - b.order)
        if (first === undefined || first.atMs > untilMs) break
        queue = rest
        nowMs = first.atMs
        first.run()
      }
      nowMs = untilMs
    },
  }
}
