import type { AssetRecord } from '../state/record.ts'

/** A membership or a badge: it says something of its holder and has no amount that could move. */
export const isNoMoney = ({ category }: AssetRecord): boolean =>
  category === 'membership' || category === 'badge'
