import { units } from '#protocol/amount.ts'
import { createdGrantId } from '#protocol/derive.ts'
import { type AssetId, deriveId } from '#protocol/id.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import { atVenue, type Deed, inNameOf, type Scene, uselessGrant } from './act.ts'
import { walletOf } from './fair.ts'

type Line = NonNullable<Sale['lines']>[number]

const EURO = { unit: 'EUR', scale: 2 } as const

/** A card, a person, and some who cannot be meant. */
const somebody = (scene: Scene): Payer => {
  const { random, cards, venue } = scene
  return random.pick<Payer>([
    { card: scene.freeCard() },
    { card: scene.freeCard() },
    { wallet: walletOf(scene.person()) },
    { wallet: walletOf(venue.owner) },
    { card: cards.blank.at(-1) ?? scene.freeCard() },
  ])
}

const grantOf = ({ random, grants }: Scene) =>
  random.pick<{ readonly grant?: Scene['grants']['till'] }>([
    {},
    { grant: grants.till },
    { grant: grants.tight },
  ])

const membership: Deed = (scene) => {
  const { random, venue, cafe, assets } = scene
  const asset = random.pick([
    assets.club,
    assets.club,
    assets.cups,
    assets.staff,
    deriveId('ast', 'nothing'),
  ])
  const to = somebody(scene)
  const amount = random.chance(0.5) ? { amount: scene.amount(50) } : {}
  const body = { kind: 'membership.set', asset, to, ...amount } as const
  if (random.chance(0.2)) {
    return [inNameOf(scene, { place: cafe.id, by: cafe.owner }, { ...body, place: cafe.id })]
  }
  return [atVenue(scene, { ...body, place: venue.id, ...grantOf(scene) })]
}

/** Comes, goes, and goes again. */
const badge: Deed = (scene) => {
  const { random, venue, cafe, assets } = scene
  const { staff, cups } = assets
  const asset = random.pick([staff, staff, staff, staff, cups, deriveId('ast', 'nothing')])
  const who = somebody(scene)
  const place = venue.id
  const go = (direction: 'in' | 'out') =>
    atVenue(scene, { kind: 'badge', place, ...grantOf(scene), asset, who, direction })
  if (random.chance(0.15)) {
    const body = { kind: 'badge', place: cafe.id, asset, who, direction: 'in' } as const
    return [inNameOf(scene, { place: cafe.id, by: cafe.owner }, body)]
  }
  const twice = random.chance(0.5) ? [go('in'), go('in')] : [go('out'), go('out')]
  return random.pick([[go('in')], twice, twice, [go('out')], [go('in'), go('out')]])
}

const someLine = (scene: Scene, amount: number): Line => {
  const { random, assets, venue } = scene
  const part = units(Math.max(1, Math.floor(amount / 3)))
  const brought = (known: AssetId, other: AssetId): AssetId =>
    random.pick([known, known, other, assets.cake])
  return random.pick<Line>([
    { line: 'membership', asset: brought(assets.club, assets.gift), amount: part },
    { line: 'topup', asset: brought(assets.gift, assets.minutes), amount: part },
    { line: 'topup', asset: assets.minutes, amount: units(1), price: units(0) },
    { line: 'topup', asset: assets.cups, amount: part },
    { line: 'deposit', amount: part },
    { line: 'tip', wallet: walletOf(scene.person()), amount: part },
    { line: 'tip', wallet: walletOf(scene.person()), amount: part },
    { line: 'tip', wallet: walletOf(venue.owner), amount: part },
  ])
}

const isOfOneAsset = (one: Line, other: Line): boolean =>
  'asset' in one && 'asset' in other && one.asset === other.asset

/** A sale of more than goods, and what is given back of it. */
const saleOfLines: Deed = (scene) => {
  const { random, venue, desk, nowMs, assets } = scene
  const place = venue.id
  const amount = units(2 + scene.amount(60))
  const id = desk.newId(nowMs)
  const one = someLine(scene, amount)
  const other = someLine(scene, amount)
  const lines = other.line === one.line || isOfOneAsset(one, other) ? [one] : [one, other]
  const isBought = (asset: AssetId) => lines.some((line) => 'asset' in line && line.asset === asset)
  const kinds = [assets.cups, random.pick([assets.gift, assets.euro]), assets.euro]
  const paid = [...new Set(kinds)].filter((asset) => !isBought(asset))
  const named = random.chance(0.3) ? { assets: paid } : {}
  const body = { kind: 'sale', place, ...grantOf(scene), amount, ...EURO, ...named } as const
  const by = scene.person()
  const isTipped = lines.some(({ line }) => line === 'tip')
  const tip = isTipped && random.chance(0.8) ? { tip: random.chance(0.9) ? amount : units(1) } : {}
  const agree = { kind: 'sale', place, ...EURO, max: amount, ...tip } as const
  const isOfPerson = isTipped ? random.chance(0.85) : random.chance(0.1)
  const payers = [isOfPerson ? { wallet: walletOf(by) } : { card: scene.freeCard() }]
  const consents = isOfPerson && random.chance(0.9) ? [{ by, agree }] : []
  const sold = atVenue(scene, { ...body, payers, lines }, { id, consents })
  const back = (part: object) => atVenue(scene, { kind: 'refund', place, sale: id, ...part })
  return random.chance(0.5) ? [sold] : [sold, back({}), back({ amount: scene.amount(20) })]
}

/** Treats do not pass from hand to hand; a person gives no tip to himself. */
const tipThatMayNotBe: Deed = (scene) => {
  const { random, venue, assets } = scene
  const place = venue.id
  const by = scene.person()
  const tip = { line: 'tip', wallet: walletOf(by), amount: units(1) } as const
  const body = { kind: 'sale', place, amount: units(3), ...EURO, lines: [tip] } as const
  const agree = { kind: 'sale', place, ...EURO, max: units(3), tip: units(1) } as const
  const payers = [{ wallet: walletOf(by) }]
  const consents = [{ by, agree }]
  if (random.chance(0.5)) {
    return [atVenue(scene, { ...body, lines: [tip], payers }, { consents })]
  }
  const to = { wallet: walletOf(by) }
  const waiter = { ...tip, wallet: walletOf(scene.person()) }
  return [
    atVenue(scene, { kind: 'issue', place, asset: assets.gift, amount: units(3), to }),
    atVenue(scene, { ...body, lines: [waiter], payers, assets: [assets.gift] }, { consents }),
  ]
}

/** Whoever may sell only issues nothing, makes nobody a member and gives no tip, by a line of a sale. */
const lineBeyondRights: Deed = (scene) => {
  const { random, venue, till, assets, desk, nowMs } = scene
  const place = venue.id
  const id = desk.newId(nowMs)
  const grant = createdGrantId({ scope: place, jti: id, index: 0 })
  const line = random.pick<Line>([
    { line: 'topup', asset: assets.gift, amount: units(2) },
    { line: 'membership', asset: assets.club, amount: units(2) },
    { line: 'deposit', amount: units(2) },
    { line: 'tip', wallet: walletOf(scene.person()), amount: units(2) },
  ])
  const rights = { grantee: till.key, actions: ['sale' as const], caps: {} }
  const payers = [{ card: scene.freeCard() }]
  const body = { kind: 'sale', place, grant, payers, amount: units(5), ...EURO } as const
  return [
    atVenue(scene, { kind: 'grant.issue', place, ...rights }, { id }),
    atVenue(scene, { ...body, payers: [...payers], lines: [line] }),
  ]
}

/** The cafe brings its own to a card of the venue, which lets it or not. */
const bring: Deed = (scene) => {
  const { random, cafe, cards, assets } = scene
  const card = random.pick([cards.house[0] ?? scene.freeCard(), scene.freeCard()])
  const body = random.pick([
    { kind: 'issue', place: cafe.id, asset: assets.cake, amount: units(1), to: { card } } as const,
    { kind: 'membership.set', place: cafe.id, asset: assets.club, to: { card } } as const,
  ])
  return [inNameOf(scene, { place: cafe.id, by: cafe.owner }, body)]
}

const uselessService: Deed = (scene) => {
  const { random, venue, assets } = scene
  const place = venue.id
  const { grant, nowMs } = uselessGrant(scene)
  const card = scene.freeCard()
  const body = random.pick([
    { kind: 'membership.set', place, grant, asset: assets.club, to: { card } } as const,
    { kind: 'badge', place, grant, asset: assets.staff, who: { card }, direction: 'in' } as const,
  ])
  return [atVenue(scene, body, { nowMs })]
}

export const DEEDS_OF_SERVICES: readonly Deed[] = [
  membership,
  badge,
  badge,
  saleOfLines,
  saleOfLines,
  tipThatMayNotBe,
  lineBeyondRights,
  bring,
  uselessService,
]
