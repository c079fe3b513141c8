import { recordOf, type Slots } from './slots.ts'

/** What a record was before a block in work and what it is now; undefined: it was not, or is not. */
export type TouchedRecord<R> = {
  readonly key: string
  readonly before: R | undefined
  readonly after: R | undefined
}

const NOTHING: readonly never[] = []

/** Which slots a log has named so far: one byte each, all zero between two calls. */
let marks = new Uint8Array(1024)

/** The records that the log of a block in work changed, each key once, first changed first. */
export const touchedIn = <R extends object>(slots: Slots<R>): readonly TouchedRecord<R>[] => {
  const { log } = slots
  if (log.length === 0) return NOTHING
  if (marks.length < slots.records.length) marks = new Uint8Array(2 * slots.records.length)
  let removed: Set<string> | undefined
  const touched: TouchedRecord<R>[] = []
  for (const { kind, slot, key, before } of log) {
    // Only the first change of a key finds what was there before the block. A key that had a record
    // then is known by its slot, one that got a new slot by having lost its old one.
    const isKnown = before === undefined ? removed?.has(key) === true : marks[slot] === 1
    marks[slot] = 1
    if (kind === 'remove') {
      removed ??= new Set()
      removed.add(key)
    }
    if (!isKnown) touched.push({ key, before, after: recordAt(slots, slot, key) })
  }
  for (const { slot } of log) marks[slot] = 0
  return touched
}

/** The record under a key, which nearly always still is in the slot that it had. */
function recordAt<R extends object>(slots: Slots<R>, slot: number, key: string): R | undefined {
  return slots.keys[slot] === key ? slots.records[slot] : recordOf(slots, key)
}
