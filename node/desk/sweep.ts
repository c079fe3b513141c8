import type { Head } from '#api/ports/ledger.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import type { View } from '#protocol/ledger/view.ts'
import { type PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { promised } from '../storage/completion.ts'
import { type LocalFacts, paymentName } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import { SWEEP_PAGE } from './limits.ts'

export type SweepParts = {
  readonly local: Pick<LocalFacts, 'tombstones' | 'expired'>
  readonly view: () => View
  readonly head: () => Head
}

type Remembered = { readonly scope: string; readonly id: PaymentId }

/**
 * Forgets refusals and expiries of payments whose ids no block can contain any more; answers how
 * many. To be run now and then.
 */
export const sweepLapsed = async ({ local, view, head }: SweepParts): Promise<number> => {
  const validityMs = Math.max(...Object.values(parametersOf(view()).validityMs))
  const beforeMs = head().timeMs - validityMs
  return (await sweep(local.tombstones, beforeMs)) + (await sweep(local.expired, beforeMs))
}

const sweep = async <T extends Remembered>(
  table: LocalTable<T>,
  beforeMs: number,
): Promise<number> => {
  let swept = 0
  let from = ''
  for (;;) {
    const page = await promised<readonly T[]>((answer) => table.page(from, SWEEP_PAGE, answer))
    const lapsed = page.filter(({ id }) => paymentIdTimeMs(id) < beforeMs).map(paymentName)
    if (lapsed.length > 0) await removed(table, lapsed)
    swept += lapsed.length
    const last = page.at(-1)
    if (last === undefined || page.length < SWEEP_PAGE) return swept
    from = paymentName(last)
  }
}

const removed = <T>(table: LocalTable<T>, names: readonly string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    table.remove(names, (error) => (error === undefined ? resolve() : reject(error)))
  })
