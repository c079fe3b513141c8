import { AMOUNT_MAX, units } from '#protocol/amount.ts'
import { deriveId } from '#protocol/id.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { alone, atVenue, type Deed, inNameOf, type Scene, uselessGrant } from './act.ts'
import { TIGHT_CAPS, walletOf } from './fair.ts'
import { personOf, referenceOf } from './fair-opening.ts'
import type { Consenting } from './signing-desk.ts'

/** What a fair pays with, and an asset that there is not. */
export const anyAsset = ({ random, assets }: Scene) =>
  random.pick([
    assets.cups,
    assets.cups,
    assets.euro,
    assets.gift,
    assets.minutes,
    assets.medal,
    assets.cake,
    assets.stars,
    deriveId('ast', 'nothing'),
  ])

/** Whoever may pay or get something, and some who may not. */
export const anyPayer = (scene: Scene): Payer => {
  const { random, cards, venue } = scene
  const [blank = scene.freeCard(), house = scene.freeCard()] = [cards.blank.at(-1), cards.house[0]]
  return random.pick<Payer>([
    { card: scene.freeCard() },
    { card: keyedCard(scene).id },
    { card: house },
    { card: blank },
    { card: deriveId('crd', 'nothing') },
    { wallet: walletOf(scene.person()) },
    { wallet: walletOf(venue.owner) },
    { wallet: deriveId('wal', 'nothing') },
  ])
}

const keyedCard = ({ random, cards }: Scene) => {
  const card = cards.keyed[random.below(cards.keyed.length)]
  if (card === undefined) throw new Error('no keyed card')
  return card
}

/** Whoever can sign for a payer agrees to so much, or to less, or to something else, or not at all. */
export const consentsOf = (
  scene: Scene,
  payer: Payer,
  agreeTo: (place: Scene['venue']['id']) => Consenting['agree'],
): readonly Consenting[] => {
  const { random, cards, persons, venue, cafe } = scene
  const by =
    'card' in payer
      ? cards.keyed.find(({ id }) => id === payer.card)?.signer
      : persons.find((person) => walletOf(person) === payer.wallet)
  if (by === undefined || random.chance(0.15)) return []
  return [{ by, agree: agreeTo(random.chance(0.1) ? cafe.id : venue.id) }]
}

/** By the venue's owner, by its till, or by who has a tight grant. */
export const someGrant = ({
  random,
  grants,
}: Scene): { readonly grant?: Scene['grants']['till'] } =>
  random.pick<{ readonly grant?: Scene['grants']['till'] }>([
    {},
    { grant: grants.till },
    { grant: grants.tight },
  ])

export const agreedMax = ({ random }: Scene, amount: number) =>
  units(random.chance(0.15) ? Math.max(1, amount - 1) : amount)

const EURO = { unit: 'EUR', scale: 2 } as const

/** A sale to somebody of the fair, under some grant. */
const sale: Deed = (scene) => {
  const { random, venue } = scene
  const payer = anyPayer(scene)
  const second = random.chance(0.3) ? [random.chance(0.5) ? payer : anyPayer(scene)] : []
  const amount = scene.amount(random.pick([60, 600, 3_000]))
  const named = random.chance(0.4) ? { assets: [anyAsset(scene)] } : {}
  const grant = someGrant(scene)
  const max = agreedMax(scene, amount)
  const payers = [payer, ...second]
  const consents = payers.flatMap((each) =>
    consentsOf(scene, each, (place) => ({ kind: 'sale', place, ...EURO, max })),
  )
  const body = {
    kind: 'sale',
    place: venue.id,
    ...grant,
    payers,
    amount,
    ...EURO,
    ...named,
  } as const
  return [atVenue(scene, body, { consents: consents.slice(0, 1) })]
}

/** A card of the venue alone, and one of the federation, pay at another place of it. */
const saleElsewhere: Deed = (scene) => {
  const { random, cafe, cards } = scene
  const card = random.chance(0.5) ? (cards.house[1] ?? scene.freeCard()) : scene.freeCard()
  const body = {
    kind: 'sale',
    place: cafe.id,
    payers: [{ card }],
    amount: scene.amount(200),
    ...EURO,
  } as const
  return [inNameOf(scene, { place: cafe.id, by: cafe.owner }, { ...body, payers: [{ card }] })]
}

/** Treats are bound by narrow limits for cards. */
const treat: Deed = (scene) => {
  const { venue, cards, assets } = scene
  const [card = scene.freeCard()] = cards.free
  const body = { kind: 'sale', place: venue.id, amount: scene.amount(700), ...EURO } as const
  return [atVenue(scene, { ...body, payers: [{ card }], assets: [assets.gift] })]
}

/** A grant that allows nothing now is tried for something. */
const useless: Deed = (scene) => {
  const { random, venue } = scene
  const place = venue.id
  const { grant, nowMs } = uselessGrant(scene)
  const card = scene.freeCard()
  const amount = units(5)
  const body = random.pick<TransactionBody>([
    { kind: 'sale', place, grant, payers: [{ card }], amount, ...EURO },
    { kind: 'payment.cancel', place, grant },
    { kind: 'card.block', place, grant, card },
    { kind: 'cashout', place, grant, payer: { card }, asset: scene.assets.cups, amount },
    { kind: 'grant.revoke', place, grant, target: scene.grants.tight },
  ])
  return [atVenue(scene, body, { nowMs })]
}

/** A holder's mandate is over, and nothing else allows the charge. */
const expiredMandate: Deed = (scene) => {
  const { venue, startMs } = scene
  const by = scene.person()
  const wallet = walletOf(by)
  const mandate = { wallet, to: venue.id, caps: TIGHT_CAPS, notAfterMs: startMs }
  const payers = [{ wallet }]
  return [
    alone(scene, by, { kind: 'mandate.set', ...mandate }),
    atVenue(scene, { kind: 'sale', place: venue.id, payers, amount: units(5), ...EURO }),
  ]
}

/** A sale and what is given back of it: a part, too much, all, all again. */
const saleAndRefunds: Deed = (scene) => {
  const { random, venue, nowMs, desk } = scene
  const place = venue.id
  const amount = scene.amount(400)
  const id = desk.newId(nowMs)
  const card = scene.freeCard()
  const sold = atVenue(scene, { kind: 'sale', place, payers: [{ card }], amount, ...EURO }, { id })
  const back = () => {
    const grant = someGrant(scene)
    const part = random.chance(0.5) ? {} : { amount: scene.amount(2 * amount) }
    return atVenue(scene, { kind: 'refund', place, ...grant, sale: id, ...part })
  }
  return [sold, back(), ...(random.chance(0.7) ? [back(), back()] : [])]
}

const refundOfNothing: Deed = (scene) => {
  const { venue, desk, nowMs, random, startMs } = scene
  const sale = desk.newId(random.chance(0.5) ? nowMs : startMs)
  return [atVenue(scene, { kind: 'refund', place: venue.id, sale })]
}

const cashout: Deed = (scene) => {
  const { random, venue } = scene
  const asset = anyAsset(scene)
  const payer = anyPayer(scene)
  const amount = scene.amount(random.pick([60, 600]))
  const max = agreedMax(scene, amount)
  const grant = someGrant(scene)
  const consents = consentsOf(scene, payer, (place) => ({ kind: 'cashout', place, asset, max }))
  const body = { kind: 'cashout', place: venue.id, ...grant, payer, asset, amount } as const
  return [atVenue(scene, body, { consents })]
}

const cashoutElsewhere: Deed = (scene) => {
  const { random, cafe, stall, assets } = scene
  const { owner, id: place } = random.pick([cafe, stall])
  const body = {
    kind: 'cashout',
    place,
    payer: { card: scene.freeCard() },
    amount: units(5),
  } as const
  return [inNameOf(scene, { place, by: owner }, { ...body, asset: assets.euro })]
}

/** Two cash-outs that lean on one consent, and the tight grant's cap over both. */
const cashoutsAtOnce: Deed = (scene) => {
  const { random, venue, assets, grants } = scene
  const card = keyedCard(scene)
  const place = venue.id
  const amount = scene.amount(120)
  const asset = assets.cups
  const max = units(random.chance(0.5) ? 2 * amount : amount)
  const grant = random.pick([grants.till, grants.tight])
  const one = { kind: 'cashout', place, grant, payer: { card: card.id }, asset, amount } as const
  const by = grant === grants.tight ? scene.barkeeper : scene.till
  const agree = { kind: 'cashout', place, asset, max } as const
  return [
    inNameOf(
      scene,
      { place, by },
      { kind: 'batch', operations: [one, one] },
      { consents: [{ by: card.signer, agree }] },
    ),
  ]
}

const issue: Deed = (scene) => {
  const { random, venue } = scene
  const grant = someGrant(scene)
  const amount = scene.amount(random.pick([60, 400]))
  const to = random.chance(0.3) ? ({ wallet: cardWallet(scene) } as const) : anyPayer(scene)
  const body = {
    kind: 'issue',
    place: venue.id,
    ...grant,
    asset: anyAsset(scene),
    amount,
    to,
  } as const
  return [atVenue(scene, body)]
}

/** A card's wallet is reached by its card only. */
const cardWallet = (scene: Scene) => walletOf(keyedCard(scene).signer)

const topUp: Deed = (scene) => {
  const { random, gateway } = scene
  const by = random.chance(0.8) ? gateway : scene.person()
  const asset = random.chance(0.7) ? scene.assets.euro : anyAsset(scene)
  const to = random.chance(0.7) ? { wallet: walletOf(scene.person()) } : anyPayer(scene)
  const reference = referenceOf(random.below(60))
  return [alone(scene, by, { kind: 'issue', asset, amount: scene.amount(90), to, reference })]
}

/** The same external payment, told twice. */
const topUpTwice: Deed = (scene) => {
  const { gateway, assets, random } = scene
  const reference = referenceOf(100 + random.below(100_000))
  const to = { wallet: walletOf(scene.person()) }
  const body = {
    kind: 'issue',
    asset: assets.euro,
    amount: scene.amount(90),
    to,
    reference,
  } as const
  return [alone(scene, gateway, body), alone(scene, gateway, body)]
}

const transfer: Deed = (scene) => {
  const { random, venue } = scene
  const by = random.pick([scene.person(), scene.person(), keyedCard(scene).signer, venue.owner])
  const from = walletOf(random.chance(0.9) ? by : scene.person())
  const payee = scene.person()
  const to = random.pick([
    walletOf(payee),
    walletOf(payee),
    cardWallet(scene),
    walletOf(venue.owner),
    deriveId('wal', 'nothing'),
  ])
  const amount = scene.amount(random.pick([60, 900]))
  return [alone(scene, by, { kind: 'transfer', from, to, asset: anyAsset(scene), amount })]
}

/** All stars there are, to and fro: what ever came to one wallet has a bound. */
const hoard: Deed = (scene) => {
  const [a, b] = [personOf(scene, 0), personOf(scene, 1)]
  const give = (by: typeof a, to: typeof a) =>
    alone(scene, by, {
      kind: 'transfer',
      from: walletOf(by),
      to: walletOf(to),
      asset: scene.assets.stars,
      amount: units(AMOUNT_MAX),
    })
  return [give(a, b), give(b, a)]
}

const cancel: Deed = (scene) => {
  const { random, venue, grants } = scene
  if (random.chance(0.5)) return [alone(scene, scene.person(), { kind: 'payment.cancel' })]
  return [atVenue(scene, { kind: 'payment.cancel', place: venue.id, grant: grants.tight })]
}

export const DEEDS_OF_PAYERS: readonly Deed[] = [
  sale,
  sale,
  sale,
  sale,
  saleElsewhere,
  treat,
  useless,
  expiredMandate,
  saleAndRefunds,
  saleAndRefunds,
  refundOfNothing,
  cashout,
  cashout,
  cashout,
  cashoutElsewhere,
  cashoutsAtOnce,
  issue,
  issue,
  topUp,
  topUpTwice,
  transfer,
  transfer,
  hoard,
  cancel,
]
