import { HOLDS_SWEPT_PER_BLOCK_MAX } from '../limits.ts'
import type { Records } from '../state/families.ts'
import type { HoldRecord } from '../state/record-hold.ts'
import { createDueHeap, type DueEntry, type DueHeap } from './due-heap.ts'
import type { Movement } from './event.ts'
import { closeHold, lastGapMs, releaseAtMs } from './hold.ts'
import { planFlows } from './movement.ts'
import { putAll } from './rule.ts'
import type { Touched } from './touched.ts'
import type { Draft } from './view.ts'

/*
 * Sweeping: at the start of a block the holds that are over by its time leave, at most
 * HOLDS_SWEPT_PER_BLOCK_MAX, ordered by (end, id), and what they kept apart is their owner's again.
 *
 * Every node sweeps the same holds in the same block, as it forgets the same records: what goes is a
 * function of the state alone. The heap promises only this: for every hold in state that ends it has an
 * entry that is not later than its end. The end of a hold moves, when a ledger that stood still wakes
 * and when such a block is taken back. So an entry that comes up too early is pushed again with the
 * hold's end, and a block that is taken back gives back every entry that it took off. An entry of a hold
 * that is gone is void. What is swept therefore comes up in the order of its ends.
 */

/** What a block swept: what it moved before its first transaction, and the entries it took off. */
export type Swept = {
  readonly movements: readonly Movement[]
  readonly entries: readonly DueEntry[]
}

/** An entry for every hold in a state that ends, as after a start from disk. */
export const createHoldHeap = (view: {
  readonly entries: (
    family: 'hold',
  ) => Iterable<{ readonly key: string; readonly record: Records['hold'] }>
}): DueHeap => {
  const heap = createDueHeap()
  for (const { record } of view.entries('hold')) pushHold(heap, record)
  return heap
}

/** Removes the holds that are over. However many ends a gap moved, each comes up once for it. */
export const sweep = (draft: Draft, heap: DueHeap, timeMs: number): Swept => {
  const gapMs = lastGapMs(draft)
  const movements: Movement[] = []
  const entries: DueEntry[] = []
  let swept = 0
  while (swept < HOLDS_SWEPT_PER_BLOCK_MAX) {
    const entry = heap.first()
    if (entry === undefined || entry.untilMs > timeMs) break
    heap.pop()
    const hold = draft.get('hold', entry.key)
    if (hold === undefined) continue
    entries.push(entry)
    const untilMs = releaseAtMs(hold, gapMs)
    if (untilMs > entry.untilMs) {
      heap.push({ untilMs, key: entry.key })
      continue
    }
    movements.push(...removed(draft, hold))
    swept += 1
  }
  return { movements, entries }
}

/** Takes in the holds that a sealed block made. */
export const admitHolds = (heap: DueHeap, { hold }: Touched): void => {
  for (const { before, after } of hold) {
    if (before === undefined && after !== undefined) pushHold(heap, after)
  }
}

/** Takes in again what a block took off that is no more. */
export const readmitHolds = (heap: DueHeap, { entries }: Swept): void => {
  for (const entry of entries) heap.push(entry)
}

/** As early as the hold can end, whether or not the ledger stands still meanwhile. */
function pushHold(heap: DueHeap, hold: HoldRecord): void {
  const untilMs = releaseAtMs(hold, 0)
  if (Number.isFinite(untilMs)) heap.push({ untilMs, key: hold.id })
}

function removed(draft: Draft, hold: HoldRecord): readonly Movement[] {
  if (hold.status === 'closed') {
    draft.remove('hold', hold.id)
    return []
  }
  const { flows, writes } = closeHold(draft, hold)
  const plan = planFlows(draft, 'sweep', flows)
  if (!plan.ok) throw new Error(`a hold that cannot end: ${hold.id}`)
  putAll(draft, writes)
  putAll(draft, plan.writes)
  draft.remove('hold', hold.id)
  return plan.movements
}
