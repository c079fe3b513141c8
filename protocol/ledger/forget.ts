import type { Records } from '../state/families.ts'
import type { Parameters } from '../state/parameters.ts'
import { createDueHeap, type DueEntry, type DueHeap } from './due-heap.ts'
import { parametersOf } from './network.ts'
import type { Touched } from './touched.ts'
import type { Draft, View } from './view.ts'

/**
 * Forgetting: at the start of a block the records that have lapsed by its time go, at most
 * `forgetPerBlock` of each short-lived family, ordered by (untilMs, key).
 *
 * Every node forgets the same records in the same block, whatever it went through, because what goes
 * is a function of the state alone. The heap of a family promises only this: for every record in
 * state it holds at least one entry (untilMs, key). Any other entry is void, and passed over when it
 * comes up. So the entries that count, in heap order, are the lapsed records in order. The promise
 * holds after a start from disk (an entry for each record), after a block (an entry for each record
 * that is new; a record's end never changes), and after a block is taken back (its forgotten records
 * return, and so do their entries; entries of records that are gone again are void). A kind that
 * changes `refundWindowMs` moves the end of every sale: it must have the index built anew.
 */
export type DueIndex = { readonly [F in LapsingFamily]: DueHeap }

const LAPSING_FAMILIES = ['payment', 'counter', 'sale'] as const
export type LapsingFamily = (typeof LAPSING_FAMILIES)[number]

/** What a block forgot: what `readmit` needs when the block is taken back. */
export type Forgotten = { readonly [F in LapsingFamily]: readonly DueEntry[] }

export type Clock = { readonly timestampMs: number; readonly parameters: Parameters }

/** An index of every record in a state, as after a start from disk. */
export const createDueIndex = (
  view: View & {
    readonly entries: <F extends LapsingFamily>(
      family: F,
    ) => Iterable<{ readonly key: string; readonly record: Records[F] }>
  },
): DueIndex => {
  const index = { payment: createDueHeap(), counter: createDueHeap(), sale: createDueHeap() }
  const parameters = parametersOf(view)
  for (const family of LAPSING_FAMILIES) {
    for (const { key, record } of view.entries(family)) {
      index[family].push({ untilMs: untilOf(record, parameters), key })
    }
  }
  return index
}

/** Removes what has lapsed. */
export const forget = (draft: Draft, index: DueIndex, clock: Clock): Forgotten => ({
  payment: forgetIn(draft, index, 'payment', clock),
  counter: forgetIn(draft, index, 'counter', clock),
  sale: forgetIn(draft, index, 'sale', clock),
})

/** Takes in the records that a sealed block made. */
export const admit = (view: View, index: DueIndex, touched: Touched): void => {
  const parameters = parametersOf(view)
  for (const family of LAPSING_FAMILIES) {
    for (const { key, before, after } of touched[family]) {
      if (before !== undefined || after === undefined) continue
      index[family].push({ untilMs: untilOf(after, parameters), key })
    }
  }
}

/** Takes the entries of forgotten records in again: their block is no more. */
export const readmit = (index: DueIndex, forgotten: Forgotten): void => {
  for (const family of LAPSING_FAMILIES) {
    for (const entry of forgotten[family]) index[family].push(entry)
  }
}

/** When a record lapses: from then on nothing reads it. */
export const untilOf = (record: Records[LapsingFamily], { refundWindowMs }: Parameters): number =>
  'untilMs' in record ? record.untilMs : record.timeMs + refundWindowMs

function forgetIn(
  draft: Draft,
  index: DueIndex,
  family: LapsingFamily,
  { timestampMs, parameters }: Clock,
): DueEntry[] {
  const heap = index[family]
  const forgotten: DueEntry[] = []
  while (forgotten.length < parameters.forgetPerBlock) {
    const entry = heap.first()
    if (entry === undefined || entry.untilMs > timestampMs) break
    heap.pop()
    const record = draft.get(family, entry.key)
    if (record === undefined || untilOf(record, parameters) !== entry.untilMs) continue
    draft.remove(family, entry.key)
    forgotten.push(entry)
  }
  return forgotten
}
