import type { LeaseTotal } from '#api/ports/holds.ts'
import type { AssetId } from '#protocol/id.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { LeaseBook } from './lease-book.ts'
import type { Leases } from './leases.ts'

/** What a venue keeps apart, and what it promised of it. */
export type LeaseFacts = {
  readonly leases: Pick<Leases, 'leftOf' | 'losses' | 'onTheWay' | 'size'>
  readonly book: Pick<LeaseBook, 'all'>
}

/** What a venue could take without the ledger, and what it took. */
export type LeaseFigures = {
  readonly open: number
  /** Of all of them together, in smallest units of whatever assets. */
  readonly left: number
  /** Captures that no final block tells of yet. */
  readonly waiting: number
  readonly lost: number
}

export const leaseFiguresOf = ({ leases, book }: LeaseFacts): LeaseFigures => {
  const open = book.all()
  return {
    open: open.length,
    left: open.reduce((sum, lease) => sum + leases.leftOf(lease), 0),
    waiting: leases.size(),
    lost: leases.losses().length,
  }
}

/** Of some leases, asset by asset in the order in which they first come. */
export const leaseTotalsOf = (
  holds: readonly HoldRecord[],
  leases: Pick<Leases, 'onTheWay'>,
): readonly LeaseTotal[] => {
  const totals = new Map<AssetId, LeaseTotal>()
  for (const hold of holds) {
    const { asset, cap, captured } = hold
    const before = totals.get(asset) ?? { asset, ...NOTHING }
    const onTheWay = leases.onTheWay(hold.id)
    totals.set(asset, {
      asset,
      leases: before.leases + 1,
      cap: before.cap + cap,
      captured: before.captured + captured,
      onTheWay: before.onTheWay + onTheWay,
      left: before.left + cap - captured - onTheWay,
    })
  }
  return [...totals.values()]
}

const NOTHING = { leases: 0, cap: 0, captured: 0, onTheWay: 0, left: 0 } as const
