import { BeforeCopyError } from '#api/ports/before-copy.ts'
import type { ChainReader } from '../storage/chain-reader.ts'

/** The newest block of which this copy has no body, though others have: 0 where it has all. */
export const heldAbove = (reader: Pick<ChainReader, 'begin'>): number => reader.begin()

/** Throws a `BeforeCopyError` where this copy does not have the block at a height, and others do. */
export const requireHeld = (reader: Pick<ChainReader, 'begin'>, height: number): void => {
  const begin = heldAbove(reader)
  if (begin > 0 && height <= begin) throw new BeforeCopyError(begin)
}
