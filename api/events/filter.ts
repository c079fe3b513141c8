import type { AssetId, WalletId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { Entry } from '../ports/events.ts'

/** Which entries a stream shows of those that its reader may see. What is absent shows all. */
export type EventFilter = {
  /** Kinds of transaction. */
  readonly kinds?: ReadonlySet<string>
  /** Only what was signed under a grant with this label. */
  readonly till?: string
  /** Only what moved money of this wallet, and of this asset: one movement that is both. */
  readonly wallet?: WalletId
  readonly asset?: AssetId
  readonly blocks: boolean
}

export const shows = (filter: EventFilter, entry: Entry): boolean => {
  if (entry.kind === 'block') return filter.blocks
  const { kinds, till } = filter
  if (kinds?.has(entry.event.kind) === false) return false
  if (till !== undefined && entry.till !== till) return false
  return moves(filter, entry.event)
}

const moves = ({ wallet, asset }: EventFilter, { movements }: LedgerEvent): boolean => {
  if (wallet === undefined && asset === undefined) return true
  return movements.some(
    (movement) =>
      (wallet === undefined || movement.wallet === wallet) &&
      (asset === undefined || movement.asset === asset),
  )
}

/** The same text for filters that show the same. */
export const filterKey = ({ kinds, till, wallet, asset, blocks }: EventFilter): string =>
  JSON.stringify([kinds && [...kinds].toSorted(), till, wallet, asset, blocks])
