import { faultsOf, quorumOf } from '#protocol/chain/authority-set.ts'
import type { Hash } from '#protocol/hash.ts'
import type { EpochBook } from '../epoch-book.ts'
import { type Checker, isReliable } from '../observation.ts'

/** Invariant 11: a final block is on the disks of at least q − f honest authorities of its epoch. */
export const createCopies = (book: EpochBook): Checker => {
  const holders = new Map<Hash, Set<number>>()
  const keep = (index: number | undefined, digests: readonly Hash[]): void => {
    if (index === undefined) return
    for (const digest of digests) holders.set(digest, (holders.get(digest) ?? new Set()).add(index))
  }

  /** What a disk still has after it came to harm does not count. */
  const lose = (index: number | undefined): void => {
    for (const disks of holders.values()) if (index !== undefined) disks.delete(index)
  }

  return {
    name: 'copies',
    see: (observation) => {
      const { who } = observation
      if (observation.type === 'boot' && who.impaired) lose(who.index)
      if (!isReliable(who)) return undefined
      if (observation.type === 'durable') keep(who.index, observation.blocks)
      if (observation.type !== 'final') return undefined
      const { digest, header } = observation.block.block
      const size = book.of(header.epoch)?.set.members.length ?? 0
      const least = quorumOf(size) - faultsOf(size)
      const copies = [...(holders.get(digest) ?? [])].filter(
        (machine) => book.memberOf(header.epoch, machine) !== undefined,
      ).length
      return copies < least ? `height ${header.height} is on ${copies} honest disks` : undefined
    },
  }
}
