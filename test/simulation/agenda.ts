/** What is still to happen, in virtual time: ordered by time, then by when it was asked for. */
export type Agenda = {
  /** Whole milliseconds since the simulation began. */
  readonly nowMs: () => number
  /** Runs `act` at that time, or now if it is past, after everything asked for before. */
  readonly at: (atMs: number, act: () => void) => void
  /** Runs what is due until that time, which it then is; stops early when `until` holds. */
  readonly advance: (untilMs: number, until?: () => boolean) => void
  /** Acts done so far. */
  readonly steps: () => number
}

type Item = { readonly atMs: number; readonly order: number; readonly act: () => void }

export const createAgenda = (): Agenda => {
  const heap: Item[] = []
  let nowMs = 0
  let order = 0
  let steps = 0

  const advance: Agenda['advance'] = (untilMs, until) => {
    for (let first = heap[0]; first !== undefined && first.atMs <= untilMs; first = heap[0]) {
      removeFirst(heap)
      nowMs = first.atMs
      steps += 1
      first.act()
      if (until?.() === true) return
    }
    nowMs = untilMs
  }

  return {
    nowMs: () => nowMs,
    at: (atMs, act) => {
      order += 1
      insert(heap, { atMs: Math.max(atMs, nowMs), order, act })
    },
    advance,
    steps: () => steps,
  }
}

const isBefore = (a: Item, b: Item): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

const insert = (heap: Item[], item: Item): void => {
  let index = heap.length
  while (index > 0) {
    const above = (index - 1) >> 1
    const parent = heap[above]
    if (parent === undefined || !isBefore(item, parent)) break
    heap[index] = parent
    index = above
  }
  heap[index] = item
}

const removeFirst = (heap: Item[]): void => {
  const last = heap.pop()
  if (last === undefined || heap.length === 0) return
  let index = 0
  for (;;) {
    const child = smallerChild(heap, index)
    const item = heap[child]
    if (item === undefined || !isBefore(item, last)) break
    heap[index] = item
    index = child
  }
  heap[index] = last
}

const smallerChild = (heap: readonly Item[], index: number): number => {
  const left = 2 * index + 1
  const [a, b] = [heap[left], heap[left + 1]]
  return a !== undefined && b !== undefined && isBefore(b, a) ? left + 1 : left
}
