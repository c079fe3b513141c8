import type { Page, PageQuery, Position } from '#api/ports/ledger.ts'
import { sha256 } from '#digest'
import { utf8 } from '#protocol/bytes.ts'

/** Where something stands among what waits: since when, and which of those it is. */
export type Waiting = { readonly sinceMs: number; readonly name: string }

/**
 * A page of what waits, oldest first. Such a list shrinks while somebody pages through it, so that its
 * cursor is no count: it is the last item's own place, above which the next page begins.
 */
export const waitingPage = <T>(
  items: readonly T[],
  waitingOf: (item: T) => Waiting,
  { limit, after }: PageQuery,
): Page<T> => {
  const rest = items
    .map((item) => ({ item, key: keyOf(waitingOf(item)) }))
    .filter(({ key }) => after === undefined || compare(key, after) > 0)
    .toSorted((a, b) => compare(a.key, b.key))
  const page = rest.slice(0, limit)
  const last = page.at(-1)
  return {
    items: page.map(({ item }) => item),
    ...(last !== undefined && rest.length > limit && { next: last.key }),
  }
}

/** Of those of one moment the digest of a name decides: 48 bits of it, which a cursor has room for. */
const keyOf = ({ sinceMs, name }: Waiting): Position => ({
  height: sinceMs,
  index: sha256(utf8(name))
    .subarray(0, 6)
    .reduce((value, byte) => value * 256 + byte, 0),
})

const compare = (a: Position, b: Position): number => a.height - b.height || a.index - b.index
