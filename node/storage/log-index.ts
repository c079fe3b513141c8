import type { Hash } from '#protocol/hash.ts'
import { type BlockPosition, isBefore } from './block-position.ts'

/** Blocks in the block log that are not committed: by digest, on disk or on their way there. */
export type LogIndex = {
  /** Whether the block was handed to the log. */
  readonly has: (digest: Hash) => boolean
  readonly expect: (digest: Hash, height: number) => void
  readonly arrive: (digest: Hash, position: BlockPosition) => void
  /** Where the block lies; undefined unless it is on disk. */
  readonly position: (digest: Hash) => BlockPosition | undefined
  /** The earliest place of a block above `height` that is on disk; undefined: there is none. */
  readonly earliestAbove: (height: number) => BlockPosition | undefined
  /** Forgets all blocks up to `height`: they are in the database, or dead. */
  readonly forgetTo: (height: number) => void
}

export const createLogIndex = (): LogIndex => {
  const blocks = new Map<Hash, { readonly height: number; position?: BlockPosition }>()
  return {
    has: (digest) => blocks.has(digest),
    expect: (digest, height) => {
      blocks.set(digest, { height })
    },
    arrive: (digest, position) => {
      const block = blocks.get(digest)
      if (block !== undefined) block.position = position
    },
    position: (digest) => blocks.get(digest)?.position,
    earliestAbove: (height) => {
      let earliest: BlockPosition | undefined
      for (const block of blocks.values()) {
        const { position } = block
        if (block.height <= height || position === undefined) continue
        if (earliest === undefined || isBefore(position, earliest)) earliest = position
      }
      return earliest
    },
    forgetTo: (height) => {
      for (const [digest, block] of blocks) if (block.height <= height) blocks.delete(digest)
    },
  }
}
