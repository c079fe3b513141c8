import { type Answer, attempt, type Done, guarded, withValue } from './completion.ts'
import { after } from './key-map.ts'
import type { Entry, KeyRange, KeyValuePort } from './key-value-port.ts'
import { START_PAGE } from './limits.ts'

/**
 * Hands over every entry whose key begins with `start`, in order, a page at a time. A `StorageError`
 * that `onEntry` throws ends it.
 */
export const eachEntry = (
  port: KeyValuePort,
  start: Uint8Array,
  onEntry: (entry: Entry) => void,
  done: Done,
): void => {
  const to = after(start)
  const next = (from: Uint8Array): void =>
    port.range({ from, to, limit: START_PAGE }, (result) => {
      if (!result.ok) {
        done(result.error)
        return
      }
      const handed = attempt(() => {
        for (const entry of result.value) onEntry(entry)
      })
      if (!handed.ok) {
        done(handed.error)
        return
      }
      const last = result.value.at(-1)
      if (last === undefined || result.value.length < START_PAGE) done()
      else next(following(last.key))
    })
  next(start)
}

/** A page, each entry as a value. What `parse` throws as `StorageError` is answered. */
export const readPage = <T>(
  port: KeyValuePort,
  range: KeyRange,
  parse: (entry: Entry) => T,
  answer: Answer<readonly T[]>,
): void =>
  port.range(
    range,
    withValue(answer, (entries) =>
      guarded(
        answer,
        () => entries.map(parse),
        (value) => answer({ ok: true, value }),
      ),
    ),
  )

/** The first key after `key`. */
export const following = (key: Uint8Array): Uint8Array => {
  const next = new Uint8Array(key.length + 1)
  next.set(key)
  return next
}
