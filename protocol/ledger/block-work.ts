import type { NextEpoch } from '../chain/epoch.ts'
import type { BlockChanges } from '../state/state.ts'
import type { VerifiedTransaction } from '../transaction/envelope.ts'
import type { DoorCode } from '../transaction/outcome.ts'
import { applyTransaction } from './apply.ts'
import { judgeDoor } from './door.ts'
import { beginEpoch, nextEpochOf, placeAfter } from './epoch.ts'
import type { LedgerEvent } from './event.ts'
import { admit, type Forgotten, forget, readmit } from './forget.ts'
import { noteGap } from './gap.ts'
import type { Finding } from './invariants/finding.ts'
import { checkBlock } from './invariants.ts'
import type { Ledger, LedgerUndo } from './ledger.ts'
import { parametersOf } from './network.ts'
import { rulesOf } from './rule-book.ts'
import { admitHolds, readmitHolds, type Swept, sweep } from './sweep.ts'
import { type Touched, touchedIn, widening } from './touched.ts'

/** Height and time of a block in work, and the time of its parent. */
export type BlockFrame = {
  readonly height: number
  readonly parentMs: number
  readonly timestampMs: number
}

/** What came of one transaction. A `thrown` one may have left half of itself behind. */
type Step =
  | { readonly kind: 'recorded'; readonly event: LedgerEvent }
  | { readonly kind: 'turned_away'; readonly code: DoorCode }
  | { readonly kind: 'thrown'; readonly reason: string }

/** A block in work over the state of its parent. It ends by `seal` or `abandon`. */
export type BlockWork = {
  readonly events: readonly LedgerEvent[]
  readonly step: (transaction: VerifiedTransaction) => Step
  /** A step that leaves nothing behind unless it is recorded. */
  readonly stepOrNothing: (transaction: VerifiedTransaction) => Step
  readonly check: () => Finding | undefined
  readonly seal: () => {
    readonly changes: BlockChanges
    readonly undo: LedgerUndo
    readonly touched: Touched
    readonly next: NextEpoch | undefined
  }
  readonly abandon: () => void
}

/**
 * Begins a block. After a sealing block the new epoch begins with it, and the rules that it chose. Before
 * its first transaction a gap before it is noted, holds that are over are swept, and what has lapsed by
 * its time is forgotten.
 */
export const beginBlock = ({ state, due, holds, book }: Ledger, frame: BlockFrame): BlockWork => {
  const rules = rulesOf(book, placeAfter(state).version)
  state.beginBlock()
  const { draft, widest } = widening(state)
  const { height, timestampMs } = frame
  beginEpoch(draft, height)
  const parameters = parametersOf(draft)
  noteGap(draft, frame, parameters)
  const swept: Swept = sweep(draft, holds, timestampMs)
  const forgotten: Forgotten = forget(draft, due, { timestampMs, parameters })
  const events: LedgerEvent[] = []
  let known: Touched | undefined

  const take = (transaction: VerifiedTransaction): Step => {
    const door = judgeDoor(draft, transaction, timestampMs)
    if (!door.ok) return { kind: 'turned_away', code: door.code }
    const position = { height, index: events.length, timestampMs, parameters, rules }
    const application = applyTransaction(draft, transaction, door, position)
    if (!application.ok) return { kind: 'turned_away', code: application.code }
    events.push(application.event)
    return { kind: 'recorded', event: application.event }
  }

  const touched = (): Touched => {
    known ??= touchedIn(state)
    return known
  }

  const step = (transaction: VerifiedTransaction): Step => {
    known = undefined
    try {
      return take(transaction)
    } catch (error) {
      // A rule that throws is our mistake in one transaction: the caller quarantines it and goes on.
      return { kind: 'thrown', reason: String(error) }
    }
  }

  return {
    events,
    step,
    stepOrNothing: (transaction) => {
      const mark = draft.mark()
      const result = step(transaction)
      if (result.kind === 'thrown') draft.rollback(mark)
      return result
    },
    check: () =>
      checkBlock(draft, {
        touched: touched(),
        widest,
        swept: swept.movements,
        events,
        timestampMs,
      }),
    seal: () => {
      const effect = touched()
      const changes = state.sealBlock()
      admit(state, due, effect)
      admitHolds(holds, effect)
      const undo = { state: changes.undo, forgotten, swept }
      return { changes, undo, touched: effect, next: nextEpochOf(state) }
    },
    abandon: () => {
      state.abandonBlock()
      readmit(due, forgotten)
      readmitHolds(holds, swept)
    },
  }
}
