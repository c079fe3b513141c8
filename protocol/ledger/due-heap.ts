/** That the record under `key` lapses at `untilMs`. */
export type DueEntry = { readonly untilMs: number; readonly key: string }

/** Entries by (untilMs, key), the first one on top: a binary heap. */
export type DueHeap = {
  readonly size: () => number
  readonly first: () => DueEntry | undefined
  readonly push: (entry: DueEntry) => void
  /** Takes the first entry off. */
  readonly pop: () => DueEntry | undefined
}

export const createDueHeap = (): DueHeap => {
  const entries: DueEntry[] = []
  return {
    size: () => entries.length,
    first: () => entries[0],
    push: (entry) => {
      entries.push(entry)
      rise(entries, entry)
    },
    pop: () => {
      const first = entries[0]
      const last = entries.pop()
      if (last !== undefined && entries.length > 0) sink(entries, last)
      return first
    },
  }
}

/** Whether `a` lapses before `b`; keys by UTF-16 code units, the same on every machine. */
const isBefore = (a: DueEntry, b: DueEntry): boolean =>
  a.untilMs === b.untilMs ? a.key < b.key : a.untilMs < b.untilMs

/** Moves the last entry up to its place. */
function rise(entries: DueEntry[], entry: DueEntry): void {
  let index = entries.length - 1
  while (index > 0) {
    const above = (index - 1) >>> 1
    const parent = entries[above]
    if (parent === undefined || !isBefore(entry, parent)) break
    entries[index] = parent
    index = above
  }
  entries[index] = entry
}

/** Puts an entry on top and moves it down to its place. */
function sink(entries: DueEntry[], entry: DueEntry): void {
  let index = 0
  for (;;) {
    const below = earlierChild(entries, index)
    const child = entries[below]
    if (child === undefined || !isBefore(child, entry)) break
    entries[index] = child
    index = below
  }
  entries[index] = entry
}

function earlierChild(entries: readonly DueEntry[], index: number): number {
  const left = 2 * index + 1
  const first = entries[left]
  const second = entries[left + 1]
  return first !== undefined && second !== undefined && isBefore(second, first) ? left + 1 : left
}
