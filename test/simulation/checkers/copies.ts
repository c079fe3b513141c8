import { faultsOf, quorumOf } from '#protocol/chain/authority-set.ts'
import type { Hash } from '#protocol/hash.ts'
import { type Checker, isReliable } from '../observation.ts'

/** Invariant 11: a final block is on the disks of at least q − f honest authorities. */
export const createCopies = (size: number): Checker => {
  const holders = new Map<Hash, Set<number>>()
  const least = quorumOf(size) - faultsOf(size)
  return {
    name: 'copies',
    see: (observation) => {
      const { who } = observation
      if (!isReliable(who)) return undefined
      if (observation.type === 'durable' && who.index !== undefined) {
        for (const digest of observation.blocks) {
          holders.set(digest, (holders.get(digest) ?? new Set()).add(who.index))
        }
      }
      if (observation.type !== 'final') return undefined
      const { digest, header } = observation.block.block
      const copies = holders.get(digest)?.size ?? 0
      return copies < least ? `height ${header.height} is on ${copies} honest disks` : undefined
    },
  }
}
