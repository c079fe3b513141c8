import type { Head } from '#api/ports/ledger.ts'
import { type DoorJudgement, judgeDoor, rememberedUntilMs } from '#protocol/ledger/door.ts'
import { parametersOf } from '#protocol/ledger/network.ts'
import { type Acting, actingOf } from '#protocol/ledger/scope.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Clock } from '../loop/ports.ts'

export type DoorParts = {
  readonly clock: Pick<Clock, 'wallMs'>
  readonly view: () => View
  readonly head: () => Head
}

/** In whose name a transaction would act in the next block, and when. */
export type Next = { readonly acting: Acting; readonly timeMs: number }

/** When the next block may be made: what is to be in it is judged at this time. */
export const nextTimeMs = ({ clock, head }: Pick<DoorParts, 'clock' | 'head'>): number =>
  Math.max(clock.wallMs(), head().timeMs)

/**
 * Whether the next block may contain the transaction, whose id is not in use. It is `expired` only
 * once a final block has passed it: what no block has passed yet may still be in one, whatever the
 * clock here says.
 */
export const judgeNext = (transaction: VerifiedTransaction, parts: DoorParts): DoorJudgement => {
  const view = parts.view()
  const door = judgeDoor(view, transaction, nextTimeMs(parts))
  if (door.ok || door.code !== 'expired') return door
  if (parts.head().timeMs >= lapsesAtMs(transaction)) return door
  const acting = actingOf(view, transaction.signer, transaction.body)
  return typeof acting === 'string' ? { ok: false, code: acting } : { ok: true, acting }
}

/** From this block time on no block can contain it: an expired consent expires its transaction. */
export const lapsesAtMs = ({
  expMs,
  consents,
}: Pick<VerifiedTransaction, 'expMs' | 'consents'>): number =>
  Math.min(expMs, ...consents.map((consent) => consent.expMs))

/**
 * From this block time on nothing can come under the id: the latest expiry, in whole seconds. Only a
 * cancellation that lives so long ends with its id; the expiry of a shorter one says nothing of it.
 */
export const idLapsesAtMs = (
  view: View,
  { scope, id }: { readonly scope: string; readonly id: PaymentId },
): number =>
  Math.floor(rememberedUntilMs(id, { kind: classOf(scope) }, parametersOf(view)) / 1_000) * 1_000

const classOf = (scope: string): Acting['kind'] => {
  if (scope.startsWith('plc1')) return 'place'
  return scope.startsWith('wal1') ? 'wallet' : 'key'
}
