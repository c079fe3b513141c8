import type { Hash } from '#protocol/hash.ts'
import type { Outbox, OutboxEnd, OutboxEntry } from '../outbox/outbox.ts'
import { DELIVERED_AT_ONCE_MAX } from './limits.ts'

/** Something to be brought to the ledger. */
export type Parcel = {
  readonly hash: Hash
  /** Asked for when its turn comes; undefined: that is not wanted any more. */
  readonly entry: () => OutboxEntry | undefined
  /** Called once. `end`: undefined where it was not wanted any more. */
  readonly ended: (end: OutboxEnd | undefined) => void
}

/**
 * Brings what was captured into the outbox, oldest first and so many at one time. A venue that comes
 * back with the takings of an evening neither fills its outbox nor puts its next customers behind them,
 * and what one block took makes room for the next at once.
 */
export type Delivery = {
  readonly bring: (parcel: Parcel) => void
  /** To be called now and then: an outbox full of other things tells nobody that it has room again. */
  readonly goOn: () => void
}

export const createDelivery = (outbox: Pick<Outbox, 'submit' | 'onEnd'>): Delivery => {
  /** As many as the journal of captures has. */
  const waiting = new Map<Hash, Parcel>()
  let onTheWay = 0

  const isTaken = ({ hash, ended }: Parcel, entry: OutboxEntry): boolean => {
    onTheWay += 1
    const stop = outbox.onEnd(hash, (end) => {
      onTheWay -= 1
      ended(end)
      goOn()
    })
    if (outbox.submit(entry, () => undefined) === 'taken') return true
    onTheWay -= 1
    stop()
    return false
  }

  const goOn = (): void => {
    for (const [hash, parcel] of waiting) {
      if (onTheWay >= DELIVERED_AT_ONCE_MAX) return
      const entry = parcel.entry()
      if (entry !== undefined && !isTaken(parcel, entry)) return
      waiting.delete(hash)
      if (entry === undefined) parcel.ended(undefined)
    }
  }

  return {
    bring: (parcel) => {
      waiting.set(parcel.hash, parcel)
      goOn()
    },
    goOn,
  }
}
