import { isRefusalExhausted } from '#protocol/ledger/ahead.ts'
import { spentUntilMs } from '#protocol/ledger/apply.ts'
import { judgeDoor } from '#protocol/ledger/door.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { Touched } from '#protocol/ledger/touched.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { CounterRecord } from '#protocol/state/record.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'

/**
 * Knows the transactions that no block can hold since state refuses them and somebody's refusals of
 * this hour are spent. While nobody's are, which is how it should be, nothing is read for it.
 */
export type SpentBudgets = {
  /** A block that is final now touched these records. */
  readonly onFinal: (touched: Pick<Touched, 'counter' | 'network'>) => void
  /** Whether anybody's are in a block of this time. */
  readonly areAny: (timeMs: number) => boolean
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

  const see = (counter: CounterRecord): void => {
    untilMs = Math.max(untilMs, spentUntilMs(counter, parametersOf(state)))
  }
  const seeAll = (): void => {
    for (const { record } of state.entries('counter')) see(record)
  }
  const onFinal: SpentBudgets['onFinal'] = ({ counter, network }) => {
    // Under other parameters what nobody touched may be spent.
    if (network.length > 0) seeAll()
    for (const { after } of counter) if (after !== undefined) see(after)
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

  seeAll()
  return {
    onFinal,
    areAny: (timeMs) => timeMs < untilMs,
    isExhausted: (transaction, timeMs, views) =>
      views.every((view) => isExhausted(view, transaction, timeMs)),
  }
}
