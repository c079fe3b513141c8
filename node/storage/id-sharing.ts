import type { AssetId, CardId, FederationId, PlaceId, WalletId } from '#protocol/id.ts'
import type { Records } from '#protocol/state/families.ts'

/**
 * Makes the records of a load say an id by the same string. A million cards name their wallets in four
 * records each, and all of them one place: half of a state's memory would be copies of ids.
 */
export type IdSharing = {
  readonly wallet: (record: Records['wallet']) => Records['wallet']
  readonly balance: (record: Records['balance']) => Records['balance']
  readonly card: (record: Records['card']) => Records['card']
  readonly mandate: (record: Records['mandate']) => Records['mandate']
  readonly sale: (record: Records['sale']) => Records['sale']
}

export const createIdSharing = (): IdSharing => {
  const wallet = createSharer<WalletId>()
  const asset = createSharer<AssetId>()
  const place = createSharer<PlaceId>()
  const card = createSharer<CardId>()
  const party = createSharer<PlaceId | FederationId>()
  const caps = new Map<string, Records['mandate']['caps']>()

  const sameCaps = (given: Records['mandate']['caps']): Records['mandate']['caps'] => {
    const name = `${given.charge} ${given.day}`
    const known = caps.get(name)
    if (known !== undefined) return known
    // Cards of a batch have the same; whoever has their own adds little.
    if (caps.size < CAPS_MAX) caps.set(name, given)
    return given
  }

  return {
    wallet: (record) =>
      record.assets === undefined
        ? { ...record, id: wallet(record.id) }
        : { ...record, id: wallet(record.id), assets: record.assets.map(asset) },
    balance: ({ wallet: owner, asset: of, available, held, totalIn, totalOut }) => ({
      wallet: wallet(owner),
      asset: asset(of),
      available,
      held,
      totalIn,
      totalOut,
    }),
    card: (record) => {
      const shared = { ...record, id: card(record.id), place: place(record.place) }
      return record.wallet === undefined ? shared : { ...shared, wallet: wallet(record.wallet) }
    },
    mandate: (record) => ({
      ...record,
      wallet: wallet(record.wallet),
      to: party(record.to),
      caps: sameCaps(record.caps),
    }),
    sale: (record) => ({
      ...record,
      place: place(record.place),
      legs: record.legs.map((leg) => {
        const shared = { ...leg, wallet: wallet(leg.wallet), asset: asset(leg.asset) }
        return leg.card === undefined ? shared : { ...shared, card: card(leg.card) }
      }),
    }),
  }
}

const CAPS_MAX = 1_000

/**
 * The first string of each content. What is named in the order in which it was first named, as the cards of
 * a roll are, is found without looking for it.
 */
const createSharer = <T extends string>(): ((id: T) => T) => {
  const places = new Map<T, number>()
  const known: T[] = []
  let next = 0
  return (id) => {
    const expected = known[next]
    if (expected === id) {
      next += 1
      return expected
    }
    const place = places.get(id)
    if (place === undefined) {
      places.set(id, known.length)
      known.push(id)
      return id
    }
    next = place + 1
    return known[place] ?? id
  }
}
