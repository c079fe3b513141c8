import { units } from '#protocol/amount.ts'
import { utf8 } from '#protocol/bytes.ts'
import {
  cardIdOfKey,
  cardWalletId,
  createdAssetId,
  createdGrantId,
  placeIdOfKey,
  walletIdOfKey,
} from '#protocol/derive.ts'
import type { Hash } from '#protocol/hash.ts'
import { hashOf } from '#protocol/hash.ts'
import type { WalletId } from '#protocol/id.ts'
import { type AssetId, type CardId, deriveId, type GrantId, type PlaceId } from '#protocol/id.ts'
import type { AssetCreate } from '#protocol/transaction/kinds/asset.ts'
import type { CardRegister } from '#protocol/transaction/kinds/card.ts'
import type { GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import type { PlaceRegister } from '#protocol/transaction/kinds/place.ts'
import { type Actor, actor, peerId } from './actors.ts'
import {
  type Consenting,
  GATEWAY,
  OPERATOR,
  ROOMY_CAPS,
  ROOMY_LIMITS,
  type World,
} from './ledger-builders.ts'

/** A place that joined, with a till whose grant allows everything, and its own two currencies. */
export type Venue = {
  readonly owner: Actor
  readonly place: PlaceId
  readonly wallet: WalletId
  readonly till: Actor
  readonly grant: GrantId
  readonly local: AssetId
  readonly gift: AssetId
}

export type TestCard = { readonly holder: Actor; readonly id: CardId; readonly wallet: WalletId }

/** What `place.register` and its consent say of a place of this name. */
export const registration = (
  world: World,
  name: string,
  changes: Partial<PlaceRegister> = {},
  authority: Actor = OPERATOR,
): { readonly body: PlaceRegister; readonly consents: Consenting[] } => {
  const owner = actor(name)
  const nodes = [peerId(name)]
  const body: PlaceRegister = {
    kind: 'place.register',
    placeKey: owner.key,
    name,
    nodes,
    federation: world.federation,
    accepts: [],
    ...changes,
  }
  const { placeKey: _, ...terms } = body
  return { body, consents: [{ by: owner, agree: { ...terms, authority: authority.key } }] }
}

export const openVenue = (
  world: World,
  name: string,
  changes: Partial<PlaceRegister> = {},
): Venue => {
  const owner = actor(name)
  const { body, consents } = registration(world, name, changes)
  world.must(OPERATOR, body, { consents })
  const place = placeIdOfKey(owner.key)
  const till = actor(`${name} till`)
  const grant = issueGrant(world, { owner, place }, { grantee: till.key })
  const shared = body.federation === undefined ? {} : { federations: [body.federation] }
  const issuer = { owner, place }
  const local = createAsset(world, issuer, { code: 'CUPS', category: 'local', ...shared })
  const gift = createAsset(world, issuer, { code: 'GIFT', category: 'gift', ...shared })
  return { owner, place, wallet: walletIdOfKey(owner.key), till, grant, local, gift }
}

type Issuer = { readonly owner: Actor; readonly place: PlaceId }

export const issueGrant = (
  world: World,
  { owner, place }: Issuer,
  changes: Partial<GrantIssue> & Pick<GrantIssue, 'grantee'>,
  by: Actor = owner,
): GrantId => {
  const jti = world.jti()
  world.must(
    by,
    { kind: 'grant.issue', place, actions: [...GRANT_ACTIONS], caps: {}, ...changes },
    { jti },
  )
  return createdGrantId({ scope: place, jti, index: 0 })
}

export const assetBody = (place: PlaceId, changes: Partial<AssetCreate> = {}): AssetCreate => ({
  kind: 'asset.create',
  place,
  code: 'CUPS',
  name: 'Cups',
  category: 'local',
  unit: 'EUR',
  scale: 2,
  transferable: true,
  cardLimits: ROOMY_LIMITS,
  ...changes,
})

/** What says something of its holder, and is no money. */
export const NO_MONEY: readonly Partial<AssetCreate>[] = [
  {
    code: 'CLUB',
    category: 'membership',
    unit: 'membership',
    scale: 0,
    transferable: false,
    periodMs: 31_536_000_000,
  },
  { code: 'CREW', category: 'badge', unit: 'badge', scale: 0, transferable: false },
]

/** One more asset of the federation, to be issued by this gateway. */
export const federatedAssetBody = (
  { federation }: World,
  gateway: Actor,
  changes: Partial<AssetCreate> = {},
): AssetCreate => ({
  kind: 'asset.create',
  federation,
  gateway: gateway.key,
  code: 'EUR2',
  name: 'Another euro',
  category: 'federated',
  unit: 'EUR',
  scale: 2,
  transferable: true,
  cardLimits: ROOMY_LIMITS,
  ...changes,
})

/** The gateway's consent to issue such an asset. */
export const gatewayTo = ({ federation, code }: AssetCreate, by: Actor): Consenting => {
  if (federation === undefined) throw new Error('not an asset of a federation')
  return { by, agree: { kind: 'asset.create', federation, code } }
}

export const createAsset = (
  world: World,
  { owner, place }: Issuer,
  changes: Partial<AssetCreate>,
): AssetId => {
  const jti = world.jti()
  world.must(owner, assetBody(place, changes), { jti })
  return createdAssetId({ scope: place, jti, index: 0 })
}

/** A subscription that the venue sells, a day at a time. */
export const membershipOf = (world: World, venue: Venue): AssetId => {
  const terms = { category: 'membership', unit: 'membership', periodMs: DAY_MS } as const
  return createAsset(world, venue, { code: 'CLUB', ...terms, scale: 0, transferable: false })
}

/** What the venue counts presence by. */
export const badgeOf = (world: World, venue: Venue): AssetId => {
  const terms = { category: 'badge', unit: 'badge', scale: 0, transferable: false } as const
  return createAsset(world, venue, { code: 'STAFF', ...terms })
}

export const DAY_MS = 86_400_000

/** An active secret card of the venue; its mandate covers the federation. */
export const secretCard = (
  world: World,
  venue: Venue,
  name: string,
  changes: Partial<CardRegister> = {},
): TestCard => {
  const holder = actor(name)
  return activeCard(
    world,
    venue,
    { holder, id: cardIdOfKey(holder.key) },
    {
      batch: 'secret',
      strength: 'secret',
      ...changes,
    },
  )
}

/** An active weak card. Its holder's key is not the card's. */
export const weakCard = (
  world: World,
  venue: Venue,
  name: string,
  changes: Partial<CardRegister> = {},
): TestCard =>
  activeCard(
    world,
    venue,
    { holder: actor(name), id: deriveId('crd', name) },
    {
      batch: 'weak',
      strength: 'weak',
      ...changes,
    },
  )

const activeCard = (
  world: World,
  { owner, place }: Venue,
  { holder, id }: { readonly holder: Actor; readonly id: CardId },
  changes: Partial<CardRegister>,
): TestCard => {
  world.must(owner, registerBody(world, place, { cards: [id], ...changes }))
  world.must(owner, { kind: 'card.activate', place, card: id })
  return { holder, id, wallet: cardWalletId(id) }
}

/** A batch whose cards pay at their origin alone. */
export const AT_ORIGIN_ONLY: Partial<CardRegister> = {
  batch: 'origin',
  mandate: { caps: ROOMY_CAPS },
}

export const registerBody = (
  { federation }: World,
  place: PlaceId,
  changes: Partial<CardRegister>,
): CardRegister => ({
  kind: 'card.register',
  place,
  batch: 'roll-1',
  strength: 'secret',
  mandate: { federation, caps: ROOMY_CAPS },
  cards: [],
  ...changes,
})

/** A person's wallet, opened by the venue. */
export const openWallet = (world: World, { owner, place }: Venue, name: string): TestWallet => {
  const holder = actor(name)
  world.must(
    owner,
    { kind: 'wallet.open', place, key: holder.key },
    { consents: [{ by: holder, agree: { kind: 'wallet.open', place } }] },
  )
  return { holder, id: walletIdOfKey(holder.key) }
}

export type TestWallet = { readonly holder: Actor; readonly id: WalletId }

/** The venue issues its own money to a card. */
export const topUp = (
  world: World,
  { owner, place, local }: Venue,
  { card, amount, asset = local }: TopUp,
): void => {
  world.must(owner, { kind: 'issue', place, asset, amount: units(amount), to: { card } })
}

export type TopUp = { readonly card: CardId; readonly amount: number; readonly asset?: AssetId }

/** The gateway issues federated money to a card. */
export const topUpEuro = (world: World, { card, amount }: TopUp): void => {
  world.must(GATEWAY, {
    kind: 'issue',
    asset: world.euro,
    amount: units(amount),
    to: { card },
    reference: referenceOf(`${card} ${world.height()}`),
  })
}

export const referenceOf = (text: string): Hash => hashOf(utf8(text))

export const saleBody = (
  { place, grant }: Venue,
  cards: readonly TestCard[],
  amount: number,
): Sale => ({
  kind: 'sale',
  place,
  grant,
  payers: cards.map(({ id }) => ({ card: id })),
  amount: units(amount),
  unit: 'EUR',
  scale: 2,
})

/** The consent of a card or a holder to pay up to `max` at the venue, with tips up to `tip` if any. */
export const saleConsent = (
  { place }: Pick<Venue, 'place'>,
  { holder }: Pick<TestCard, 'holder'>,
  max: number,
  tip?: number,
): Consenting => ({
  by: holder,
  agree: {
    kind: 'sale',
    place,
    unit: 'EUR',
    scale: 2,
    max: units(max),
    ...(tip !== undefined && { tip: units(tip) }),
  },
})
