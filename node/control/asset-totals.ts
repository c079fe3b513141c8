import type { AssetId, PlaceId, WalletId } from '#protocol/id.ts'
import type { AssetRecord, WalletRecord } from '#protocol/state/record.ts'
import type { NodeOperations } from './operations.ts'

/** Where an asset is, in smallest units. What is held is part of where it is. */
type AssetTotals = {
  readonly asset: AssetId
  readonly code: string
  readonly category: AssetRecord['category']
  readonly supply: number
  readonly issued: number
  readonly burned: number
  /** The part of `burned` that was paid out. */
  readonly redeemed: number
  readonly cap?: number
  readonly inWallets: number
  readonly atPlaces: number
  readonly atGateways: number
  readonly held: number
  readonly places: readonly { readonly place: PlaceId; readonly amount: number }[]
}

/** What there is of every asset, and where: one pass over all balances of this node's final state. */
export const assetTotals = ({ view, records }: Pick<NodeOperations, 'view' | 'records'>) => {
  const found = new Map<AssetId, Found>()
  const placeOf = new Map([...records('place')].map(({ wallet, id }) => [wallet, id]))
  for (const { wallet, asset, available, held } of records('balance')) {
    const kind = view().get('wallet', wallet)?.kind
    const amount = available + held
    if (kind === undefined || amount === 0) continue
    const each = found.get(asset) ?? nothingOf()
    found.set(asset, each)
    each[ENDS[kind]] += amount
    each.held += held
    if (kind === 'place') each.wallets.set(wallet, amount)
  }
  return [...records('asset')].map((record) =>
    totalsOf(record, { found: found.get(record.id) ?? nothingOf(), placeOf }),
  )
}

type Found = {
  inWallets: number
  atPlaces: number
  atGateways: number
  held: number
  /** Of places, what they have. */
  readonly wallets: Map<WalletId, number>
}

const nothingOf = (): Found => ({
  inWallets: 0,
  atPlaces: 0,
  atGateways: 0,
  held: 0,
  wallets: new Map(),
})

const ENDS = {
  person: 'inWallets',
  card: 'inWallets',
  place: 'atPlaces',
  gateway: 'atGateways',
} as const satisfies { readonly [K in WalletRecord['kind']]: keyof Found }

const totalsOf = (
  { id, code, category, supply, issued, burned, redeemed, cap }: AssetRecord,
  {
    found: { wallets, ...where },
    placeOf,
  }: { readonly found: Found; readonly placeOf: ReadonlyMap<WalletId, PlaceId> },
): AssetTotals => ({
  asset: id,
  code,
  category,
  supply,
  issued,
  burned,
  redeemed: redeemed ?? 0,
  ...(cap !== undefined && { cap }),
  ...where,
  places: [...wallets].flatMap(([wallet, amount]) => {
    const place = placeOf.get(wallet)
    return place === undefined ? [] : [{ place, amount }]
  }),
})
