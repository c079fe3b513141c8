import { z } from 'zod'
import type { WalletId } from '#protocol/id.ts'
import { AssetId, PlaceId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { At, Page } from '../ports/ledger.ts'
import { BlockView } from './chain.ts'
import { FederationView } from './federations.ts'
import { cursorOf } from './list.ts'
import { AssetView, BalanceView, PlaceView } from './records.ts'
import { ApiKeyView, GrantView } from './rights.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

const stamp = { height: z.int().min(0), time: Timestamp }
const page = { ...stamp, next: z.string().optional().describe('Cursor of the next page') }

/** What one transaction did to one wallet. */
export const HistoryEntryView = z
  .strictObject({
    id: PaymentId,
    kind: z.string(),
    place: PlaceId.optional(),
    changes: z.array(z.strictObject({ asset: AssetId, change: z.int() })).readonly(),
    height: z.int().min(0),
    index: z.int().min(0),
    time: Timestamp,
  })
  .meta({ id: 'HistoryEntry' })
export type HistoryEntryView = z.infer<typeof HistoryEntryView>

export const historyEntryView = (wallet: WalletId, event: LedgerEvent): HistoryEntryView => ({
  id: event.id,
  kind: event.kind,
  ...(event.place && { place: event.place }),
  changes: event.movements
    .filter((movement) => movement.wallet === wallet)
    .map(({ asset, change }) => ({ asset, change })),
  height: event.height,
  index: event.index,
  time: timestampOf(event.timeMs),
})

export const HistoryPage = z
  .strictObject({ items: z.array(HistoryEntryView).readonly(), ...page })
  .meta({ id: 'HistoryPage' })
export const BlockPage = z
  .strictObject({ items: z.array(BlockView).readonly(), ...page })
  .meta({ id: 'BlockPage' })
export const AssetPage = z
  .strictObject({ items: z.array(AssetView).readonly(), ...page })
  .meta({ id: 'AssetPage' })
export const PlacePage = z
  .strictObject({ items: z.array(PlaceView).readonly(), ...page })
  .meta({ id: 'PlacePage' })
export const FederationPage = z
  .strictObject({ items: z.array(FederationView).readonly(), ...page })
  .meta({ id: 'FederationPage' })
export const GrantPage = z
  .strictObject({ items: z.array(GrantView).readonly(), ...page })
  .meta({ id: 'GrantPage' })
export const ApiKeyPage = z
  .strictObject({ items: z.array(ApiKeyView).readonly(), ...page })
  .meta({ id: 'ApiKeyPage' })
export const BalanceList = z
  .strictObject({ items: z.array(BalanceView).readonly(), ...stamp })
  .meta({ id: 'BalanceList' })

/** A page as it is answered: its items shown by `view`, with the height it was read at. */
export const pageView = <T, V>(
  { height, timeMs, value }: At<Page<T>>,
  view: (item: T) => V,
): {
  readonly items: readonly V[]
  readonly height: number
  readonly time: string
  readonly next?: string
} => ({
  items: value.items.map(view),
  height,
  time: timestampOf(timeMs),
  ...(value.next && { next: cursorOf(value.next) }),
})
