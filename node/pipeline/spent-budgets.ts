import { isRefusalExhausted } from '#protocol/ledger/ahead.ts'
import { spentUntilMs } from '#protocol/ledger/apply.ts'
import { judgeDoor } from '#protocol/ledger/door.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { CounterRecord } from '#protocol/state/record.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'

/**
 * Knows the transactions that no block can hold since state refuses them and somebody's refusals of
 * this hour are spent. While nobody's are, which is how it should be, nothing is read for it.
 */
export type SpentBudgets = {
  /** A block that is final now left these counters behind. */
  readonly onFinal: (counters: Iterable<CounterRecord>) => void
  /** In a block of this time after any of these states. */
  readonly isExhausted: (
    transaction: VerifiedTransaction,
    timeMs: number,
    views: readonly View[],
  ) => boolean
}

/** Over the ledger as it is at the final block. */
export const createSpentBudgets = ({ state, book }: Ledger): SpentBudgets => {
  let untilMs = 0

  const onFinal: SpentBudgets['onFinal'] = (counters) => {
    for (const counter of counters) {
      untilMs = Math.max(untilMs, spentUntilMs(counter, parametersOf(state)))
    }
  }

  const isExhausted = (view: View, transaction: VerifiedTransaction, timeMs: number): boolean => {
    try {
      const door = judgeDoor(view, transaction, timeMs)
      if (!door.ok) return false
      return isRefusalExhausted(view, transaction, { acting: door.acting, timeMs, book })
    } catch {
      // A rule throws: whoever builds or checks a block with it finds that out, and quarantines it.
      return false
    }
  }

  for (const { record } of state.entries('counter')) onFinal([record])
  return {
    onFinal,
    isExhausted: (transaction, timeMs, views) => {
      if (timeMs >= untilMs) return false
      return views.every((view) => isExhausted(view, transaction, timeMs))
    },
  }
}
