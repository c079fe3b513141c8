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
 * that is new or ends at another time), and after a block is taken back (its records return, and so do
 * all entries that came up in it, those that were void then too: a record that the block before it
 * changed or took away may return next). A kind that changes `refundWindowMs` moves the end of every sale: it must have the index built anew.
 */
export type DueIndex = { readonly [F in LapsingFamily]: DueHeap }

const LAPSING_FAMILIES = ['payment', 'counter', 'sale', 'invitation'] as const
export type LapsingFamily = (typeof LAPSING_FAMILIES)[number]

/** The entries that came up in a block: what `readmit` needs when the block is taken back. */
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
  const index = {
    payment: createDueHeap(),
    counter: createDueHeap(),
    sale: createDueHeap(),
    invitation: createDueHeap(),
  }
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
  invitation: forgetIn(draft, index, 'invitation', clock),
})

/** Takes in the records that a sealed block made, and those whose end it changed. */
export const admit = (view: View, index: DueIndex, touched: Touched): void => {
  const parameters = parametersOf(view)
  for (const family of LAPSING_FAMILIES) {
    for (const { key, before, after } of touched[family]) {
      if (after === undefined) continue
      const untilMs = untilOf(after, parameters)
      const isKnown = before !== undefined && untilOf(before, parameters) === untilMs
      if (!isKnown) index[family].push({ untilMs, key })
    }
  }
}

/** Takes the entries that came up in a block in again: it is no more. */
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
  const seen: DueEntry[] = []
  for (let forgotten = 0; forgotten < parameters.forgetPerBlock; ) {
    const entry = heap.first()
    if (entry === undefined || entry.untilMs > timestampMs) break
    heap.pop()
    seen.push(entry)
    const record = draft.get(family, entry.key)
    if (record === undefined || untilOf(record, parameters) !== entry.untilMs) continue
    draft.remove(family, entry.key)
    forgotten += 1
  }
  return seen
}
