import { PaymentRecord } from '#protocol/state/record.ts'
import type { ChainReader } from '../storage/chain-reader.ts'
import { type Answer, type Done, inOrder, whenDone } from '../storage/completion.ts'
import type { OutboxEntry } from './outbox.ts'

/**
 * Those entries of a stopped node's disk that still wait for their outcome. The others are final since
 * their last offer, or another transaction under their payment id is: a payment and its cancellation
 * end together.
 */
export const unfinished = (
  entries: readonly OutboxEntry[],
  reader: Pick<ChainReader, 'payment' | 'transaction'>,
  answer: Answer<readonly OutboxEntry[]>,
): void => {
  const open: OutboxEntry[] = []
  const sort = (entry: OutboxEntry, done: Done): void => {
    const scope = PaymentRecord.shape.scope.safeParse(entry.scope)
    const isUsed = scope.success && reader.payment(scope.data, entry.id) !== undefined
    if (isUsed) {
      done()
      return
    }
    reader.transaction(entry, (found) => {
      if (found.ok && found.value === undefined) open.push(entry)
      done(found.ok ? undefined : found.error)
    })
  }
  inOrder(
    entries.map((entry) => (done: Done) => sort(entry, done)),
    whenDone(answer, () => answer({ ok: true, value: open })),
  )
}
