import { PaymentRecord } from '#protocol/state/record.ts'
import type { ChainReader } from '../storage/chain-reader.ts'
import type { OutboxEntry } from './outbox.ts'

/**
 * Those entries of a stopped node's disk that still wait for their outcome. The others are final since
 * their last offer, or another transaction under their payment id is: a payment and its cancellation
 * end together.
 */
export const unfinished = (
  entries: readonly OutboxEntry[],
  reader: Pick<ChainReader, 'payment' | 'transaction'>,
): readonly OutboxEntry[] =>
  entries.filter(({ hash, scope, id }) => {
    const known = PaymentRecord.shape.scope.safeParse(scope)
    const used = known.success ? reader.payment(known.data, id) : undefined
    return used === undefined && reader.transaction(hash) === undefined
  })
