import type { Genesis } from '../genesis.ts'
import { FAMILIES, type Records } from '../state/families.ts'
import { type BlockUndo, createState, type State } from '../state/state.ts'
import type { DueHeap } from './due-heap.ts'
import { createDueIndex, type DueIndex, type Forgotten, readmit } from './forget.ts'
import { writeGenesis } from './genesis-records.ts'
import type { Finding } from './invariants/finding.ts'
import { checkEverything } from './invariants/full.ts'
import { RULE_BOOK, type RuleBook } from './rule-book.ts'
import { createHoldHeap, readmitHolds, type Swept } from './sweep.ts'
import { widening } from './touched.ts'

/** The ledger of one node in memory: all records, and when the short-lived ones lapse. */
export type Ledger = {
  readonly state: State<Records>
  readonly due: DueIndex
  /** When its holds end. */
  readonly holds: DueHeap
  /** The rules its blocks may follow. */
  readonly book: RuleBook
}

/** Takes one executed block back: valid once, while it is the last one that is not taken back. */
export type LedgerUndo = {
  readonly state: BlockUndo
  readonly forgotten: Forgotten
  readonly swept: Swept
}

export type LedgerLoaded =
  | { readonly ok: true; readonly ledger: Ledger }
  | { readonly ok: false; readonly finding: Finding }

/** The ledger at height 0; `state.root()` is the state root of the genesis header. */
export const createLedger = (genesis: Genesis, book: RuleBook = RULE_BOOK): Ledger => {
  const state = createState<Records>(FAMILIES)
  state.beginBlock()
  writeGenesis(widening(state).draft, genesis)
  state.sealBlock()
  return ledgerOver(state, book)
}

/** A state with no record yet, to be filled from a store by its `load` steps. */
export const createEmptyState = (): State<Records> => createState<Records>(FAMILIES)

/**
 * The ledger over a state that was loaded and finished. Checks every invariant; the caller has
 * compared the root with its header's.
 */
export const loadLedger = (state: State<Records>, book: RuleBook = RULE_BOOK): LedgerLoaded => {
  const finding = checkEverything(state)
  return finding === undefined
    ? { ok: true, ledger: ledgerOver(state, book) }
    : { ok: false, finding }
}

/** Takes the last executed block back: records, slots, root and what was due. */
export const undoBlock = ({ state, due, holds }: Ledger, undo: LedgerUndo): void => {
  state.undoBlock(undo.state)
  readmit(due, undo.forgotten)
  readmitHolds(holds, undo.swept)
}

function ledgerOver(state: State<Records>, book: RuleBook): Ledger {
  return { state, due: createDueIndex(state), holds: createHoldHeap(state), book }
}
