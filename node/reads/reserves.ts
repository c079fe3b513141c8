import type { Reserve } from '#api/ports/books.ts'
import type { AssetId, PlaceId, WalletId } from '#protocol/id.ts'
import type { AssetRecord, PlaceRecord } from '#protocol/state/record.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { stockOf } from './positions.ts'

/**
 * Where all there is of some assets is. Persons and cards have what is nobody else's: every node has seen,
 * after every block, that all balances of an asset come to its supply, and there may be a million of them.
 * What each place has is told to the place itself and to the asset's issuer.
 */
export const reservesOf = (
  view: FinalView,
  assets: readonly AssetRecord[],
  reader: PlaceId | undefined,
): readonly Reserve[] => {
  const places = [...view.records('place')]
  const set = heldApart(view)
  const issued = new Set(reader && view.get('place', reader)?.assets)
  return assets.map((asset) => {
    const reserve = reserveOf(view, { asset, places, set })
    if (issued.has(asset.id)) return reserve
    return { ...reserve, places: reserve.places.filter(({ place }) => place === reader) }
  })
}

type Apart = { readonly payout: Map<AssetId, number>; readonly clearing: Map<AssetId, number> }

const reserveOf = (
  view: FinalView,
  {
    asset,
    places,
    set,
  }: {
    readonly asset: AssetRecord
    readonly places: readonly PlaceRecord[]
    readonly set: Apart
  },
): Reserve => {
  const stocks = places
    .map(({ id, wallet }) => ({ place: id, ...stockOf(view, wallet, asset.id) }))
    .filter(({ available, held }) => available + held > 0)
  const atPlaces = stocks.reduce((sum, { available, held }) => sum + available + held, 0)
  const gateway = gatewayWalletOf(view, asset)
  const stock = gateway && stockOf(view, gateway, asset.id)
  const atGateway = stock === undefined ? 0 : stock.available + stock.held
  return {
    asset,
    inWallets: asset.supply - atPlaces - atGateway,
    atGateway,
    atPlaces,
    deficit: view.get('deficit', asset.id)?.amount ?? 0,
    inPayouts: set.payout.get(asset.id) ?? 0,
    inClearings: set.clearing.get(asset.id) ?? 0,
    places: stocks,
  }
}

const gatewayWalletOf = (view: FinalView, { gateway }: AssetRecord): WalletId | undefined =>
  gateway && view.get('key', gateway)?.wallet

/** One pass over the open holds: what waits for a payout or a clearing, by asset. */
const heldApart = (view: FinalView): Apart => {
  const set: Apart = { payout: new Map(), clearing: new Map() }
  for (const { purpose, status, asset, cap, captured } of view.records('hold')) {
    if (status !== 'open' || (purpose !== 'payout' && purpose !== 'clearing')) continue
    const sums = set[purpose]
    sums.set(asset, (sums.get(asset) ?? 0) + cap - captured)
  }
  return set
}
