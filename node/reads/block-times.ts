import type { Storage } from '../storage/storage.ts'
import { heldAbove } from './held.ts'

/** When a stored block was made. */
export const blockTimeMs = ({ reader }: Pick<Storage, 'reader'>, height: number): number => {
  const block = reader.block(height)
  if (block === undefined) throw new Error(`no stored block at ${height}`)
  return block.header.timestampMs
}

/**
 * The newest block of those up to `upTo` that was made before a time; the one before the first of this
 * copy when none was. Block time never falls, so that a few looks find it.
 */
export const lastHeightBefore = (
  storage: Pick<Storage, 'reader'>,
  timeMs: number,
  upTo: number,
): number => {
  let [below, above] = [heldAbove(storage.reader) - 1, upTo + 1]
  while (above - below > 1) {
    const middle = Math.floor((below + above) / 2)
    if (blockTimeMs(storage, middle) < timeMs) below = middle
    else above = middle
  }
  return below
}
