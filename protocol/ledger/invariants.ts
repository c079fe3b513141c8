import type { LedgerEvent, Movement } from './event.ts'
import { checkAuthorities } from './invariants/authorities.ts'
import { checkCards } from './invariants/cards.ts'
import { checkClearings } from './invariants/clearings.ts'
import { checkConservation } from './invariants/conservation.ts'
import { checkCounters } from './invariants/counters.ts'
import type { Finding } from './invariants/finding.ts'
import { checkHolds } from './invariants/holds.ts'
import { checkMovements } from './invariants/movements.ts'
import { checkOnce } from './invariants/once.ts'
import { checkGrants } from './invariants/rights.ts'
import { checkTopUps } from './invariants/topups.ts'
import { checkWallets } from './invariants/wallets.ts'
import type { Touched, Widest } from './touched.ts'
import type { View } from './view.ts'

/** What a block did, for those who check it without the rules' code. */
export type BlockEffect = {
  readonly touched: Touched
  readonly widest: Widest
  /** What moved before the first transaction: holds that were over. */
  readonly swept: readonly Movement[]
  readonly events: readonly LedgerEvent[]
  readonly timestampMs: number
}

/**
 * The invariants of ledger.md §11 over what a block touched, from the records before and after it;
 * the first that does not hold. Asserted on every node after every block.
 */
export const checkBlock = (
  view: View,
  { touched, widest, swept, events, timestampMs }: BlockEffect,
): Finding | undefined =>
  checkConservation(touched) ??
  checkMovements(touched, { swept, events }) ??
  checkHolds(view, touched, timestampMs) ??
  checkCards(view, touched) ??
  checkWallets(view, touched) ??
  checkGrants(touched) ??
  checkOnce(view, touched, timestampMs) ??
  checkCounters(view, touched, { widest, timestampMs }) ??
  checkAuthorities(touched) ??
  checkTopUps(touched, timestampMs) ??
  checkClearings(view, events)
