import type { JournalRecord } from '#consensus/journal-record.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Observation } from '../observation.ts'

/** Which blocks each node has on its disk, over all its lives, as far as its votes need them. */
export type KeptBlocks = {
  readonly note: (observation: Observation) => void
  readonly has: (node: string, digest: Hash) => boolean
  /** The lowest height between the final block and this one of which no block is on disk. */
  readonly missingBelow: (node: string, digest: Hash) => number | undefined
}

type Kept = {
  readonly blocks: Set<Hash>
  /** Of the highest block that is final here, in this life or in the store as it began. */
  finalHeight: number
}

export const createKeptBlocks = (): KeptBlocks => {
  const nodes = new Map<string, Kept>()
  /**
   * Heights as journals name them. That of any node will do: a block that a failed write left on the
   * disk is there after a restart, and its own journal never named it.
   */
  const heights = new Map<Hash, number>()
  const named = new Map<number, Set<Hash>>()

  const keptBy = (name: string): Kept => {
    const known = nodes.get(name) ?? { blocks: new Set(), finalHeight: 0 }
    nodes.set(name, known)
    return known
  }
  const name = (record: JournalRecord): void => {
    if (record.type !== 'block') return
    const { height, digest } = record
    heights.set(digest, height)
    named.set(height, (named.get(height) ?? new Set()).add(digest))
  }

  return {
    note: (observation) => {
      const kept = keptBy(observation.who.name)
      if (observation.type === 'durable') {
        for (const record of observation.records) name(record)
        for (const digest of observation.blocks) kept.blocks.add(digest)
      }
      if (observation.type === 'boot') kept.finalHeight = observation.height
      if (observation.type === 'final') kept.finalHeight = observation.block.block.header.height
    },
    has: (node, digest) => keptBy(node).blocks.has(digest),
    missingBelow: (node, digest) => {
      const { blocks, finalHeight } = keptBy(node)
      const top = heights.get(digest) ?? 0
      for (let height = finalHeight + 1; height < top; height++) {
        if (![...(named.get(height) ?? [])].some((each) => blocks.has(each))) return height
      }
      return undefined
    },
  }
}
