import type { Scope } from '#protocol/state/record.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { paymentName, type Tombstone } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'

/** Payments that this node refused before their bytes left it. */
export type Tombstones = {
  /** From the moment it is set, before it is on disk: nobody signs the id meanwhile. */
  readonly get: (scope: Scope, id: PaymentId) => Tombstone | undefined
  /** Resolves once it is on disk. `full`: the disk does not keep up, and the id is as free as before. */
  readonly set: (tombstone: Tombstone) => Promise<'set' | 'full'>
  /** Whether a power cut can no longer lose it. */
  readonly isSettled: (scope: Scope, id: PaymentId) => boolean
  /** Resolves once a tombstone that is set is on disk; at once when it is, or was never set. */
  readonly settled: (scope: Scope, id: PaymentId) => Promise<void>
}

export const createTombstones = (table: LocalTable<Tombstone>): Tombstones => {
  /** One that fails stays: the disk may have it or not, and nobody may be told either. */
  const writing = new Map<string, Promise<void>>()
  return {
    get: (scope, id) => table.get(paymentName({ scope, id })),
    set: async (tombstone) => {
      if (!table.hasRoom()) return 'full'
      const name = paymentName(tombstone)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      const written = promise.then(() => void writing.delete(name))
      writing.set(name, written)
      table.put(tombstone, (error) => (error === undefined ? resolve() : reject(error)))
      await written
      return 'set'
    },
    isSettled: (scope, id) => !writing.has(paymentName({ scope, id })),
    settled: async (scope, id) => {
      await writing.get(paymentName({ scope, id }))
    },
  }
}
