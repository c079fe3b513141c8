import type { KnownTexts } from './text-cursor.ts'

/** Strings of which there are few, or which nothing else finds: the one named last is likely named next. */
export const createKnownTexts = (): KnownTexts => {
  const known = new Map<string, string>()
  let last: string | undefined
  return {
    guess: () => last,
    confirm: () => undefined,
    find: (text) => {
      const found = known.get(text)
      if (found !== undefined) last = found
      return found
    },
    add: (text) => {
      last = text
      if (known.size < KNOWN_MAX) known.set(text, text)
    },
  }
}

/** What a ledger has more of is not worth the room. */
const KNOWN_MAX = 10_000

/** The ids of a family of records in the order of their slots, which other families name in that order. */
export type KnownIds = KnownTexts & {
  /** The next slot of the family holds the record of this id, or none. */
  readonly append: (id: string | undefined) => void
}

/** `slotOf`: of the record of an id, once it is loaded. */
export const createKnownIds = (slotOf: (id: string) => number | undefined): KnownIds => {
  const ids: (string | undefined)[] = []
  let next = 0
  return {
    guess: () => ids[next],
    confirm: () => {
      next += 1
    },
    find: (text) => {
      const slot = slotOf(text)
      if (slot === undefined) return undefined
      next = slot + 1
      return ids[slot]
    },
    add: () => undefined,
    append: (id) => void ids.push(id),
  }
}
