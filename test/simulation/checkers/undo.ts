import type { Hash } from '#protocol/hash.ts'
import type { Checker, ObservationOf } from '../observation.ts'

/**
 * Invariant 15, and 9 for what is not final: at a block the ledger has the root that the block's
 * header promises, and where blocks were taken back every record is what it was before them, byte by
 * byte.
 */
export const createUndo = (): Checker => {
  const records = new Map<Hash, string>()

  const onTip = (tip: ObservationOf<'tip'>): string | undefined => {
    const { height, digest, root, claimed } = tip
    if (root !== claimed) return `height ${height} has root ${root}, its header says ${claimed}`
    const known = records.get(digest)
    if (known === undefined) records.set(digest, tip.records())
    if (known === undefined || !tip.undone || tip.records() === known) return undefined
    return `height ${height} has other records after blocks were taken back`
  }

  return {
    name: 'undo',
    see: (observation) =>
      observation.type === 'tip' && observation.who.honest ? onTip(observation) : undefined,
  }
}
