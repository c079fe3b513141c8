import { units } from '#protocol/amount.ts'
import { cardWalletId } from '#protocol/derive.ts'
import { type CardId, deriveId, type WalletId } from '#protocol/id.ts'
import type { Payer } from '#protocol/transaction/kinds/terms.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { alone, atVenue, type Deed, inNameOf, oneOf, type Scene, uselessGrant } from './act.ts'
import { type ClaimedCard, walletOf } from './fair.ts'
import type { Signer } from './keys.ts'
import type { Consenting } from './signing-desk.ts'

const EURO = { unit: 'EUR', scale: 2 } as const

/** Taps that a reader may have seen: some come again, or late. */
const TAPS = 1_000

const claimedCard = (scene: Scene): ClaimedCard =>
  oneOf(scene, [...scene.cards.claimed, ...scene.cards.spare])

/** A card that nothing is known of but its id. */
const somebodys = (id: CardId, by: Signer): ClaimedCard => ({ id, signer: by, claim: by })

/** What a deed of a card is tried with: mostly one that has a claim code. */
const anyCard = (scene: Scene): ClaimedCard => {
  const { random, cards } = scene
  const claimed = claimedCard(scene)
  if (random.chance(0.7)) return claimed
  const by = scene.person()
  return random.pick([
    somebodys(cards.keyed[0]?.id ?? claimed.id, by),
    somebodys(oneOf(scene, [...cards.bands, ...cards.spareBands]), by),
    somebodys(deriveId('crd', 'nothing'), by),
  ])
}

/** Of one who claims a card: mostly the key of its code, to what is asked, or to something else. */
const claimConsents = (
  { random }: Scene,
  { claim }: ClaimedCard,
  [agree, other]: readonly [Consenting['agree'], Consenting['agree']],
): readonly Consenting[] =>
  random.chance(0.1) ? [] : [{ by: claim, agree: random.chance(0.1) ? other : agree }]

const link: Deed = (scene) => linkOf(scene, anyCard(scene))

const linkOf = (scene: Scene, card: ClaimedCard) => {
  const { random, venue } = scene
  const by = random.chance(0.95) ? scene.person() : venue.owner
  const wallet = walletOf(random.chance(0.95) ? by : scene.person())
  const agree = { kind: 'card.link', card: card.id, wallet } as const
  const consents = claimConsents(scene, card, [agree, { ...agree, wallet: walletOf(venue.owner) }])
  return [alone(scene, by, { kind: 'card.link', card: card.id, wallet }, { consents })]
}

/** The place's cards, or somebody's own, in the name of either. */
const decide = (
  scene: Scene,
  kind: 'card.block' | 'card.unblock' | 'card.void',
  card: ClaimedCard,
) => {
  const { random, venue, cafe, cards } = scene
  if (random.chance(0.4)) {
    const own = kind === 'card.block' && cards.claimed.includes(card)
    return own && random.chance(0.5)
      ? inNameOf(scene, { place: card.claim.key, by: card.claim }, { kind, card: card.id })
      : alone(scene, scene.person(), { kind, card: card.id })
  }
  const { owner, id: place } = random.chance(0.9) ? venue : cafe
  return inNameOf(scene, { place, by: owner }, { kind, place, card: card.id })
}

const blockAndFree: Deed = (scene) => {
  const { random, cards } = scene
  const card = random.chance(0.7) ? oneOf(scene, cards.claimed) : anyCard(scene)
  return [decide(scene, 'card.block', card), decide(scene, 'card.unblock', card)]
}

/** Who holds the claim code blocks a card that is somebody's; the place tries to free it. */
const blockLinked: Deed = (scene) => {
  const { venue, cards } = scene
  const card = oneOf(scene, cards.claimed)
  const { claim, id } = card
  return [
    ...linkOf(scene, card),
    inNameOf(scene, { place: claim.key, by: claim }, { kind: 'card.block', card: id }),
    atVenue(scene, { kind: 'card.unblock', place: venue.id, card: id }),
  ]
}

const free: Deed = (scene) => [decide(scene, 'card.unblock', anyCard(scene))]

const endCard: Deed = (scene) => [decide(scene, 'card.void', anyCard(scene))]

/** Another card for the same money, by the place or by whose it is. */
const replace: Deed = (scene) => {
  const { random, venue, cafe, cards } = scene
  const card = anyCard(scene)
  const next = random.pick([
    oneOf(scene, cards.spare).id,
    oneOf(scene, cards.spare).id,
    oneOf(scene, cards.spare).id,
    oneOf(scene, cards.spareBands),
    scene.freeCard(),
    deriveId('crd', 'nothing'),
  ])
  const agree = { kind: 'card.replace', card: card.id, with: next } as const
  const other = { ...agree, with: deriveId('crd', 'nothing') } as const
  const consents = claimConsents(scene, card, [agree, other])
  if (random.chance(0.3)) return [alone(scene, scene.person(), agree)]
  const { owner, id: place } = random.chance(0.9) ? venue : cafe
  return [inNameOf(scene, { place, by: owner }, { ...agree, place }, { consents })]
}

/** A lost wristband: the place believes whoever comes, as far as its grant reaches. */
const replaceBand: Deed = (scene) => {
  const { random, venue, cards, grants } = scene
  const card = oneOf(scene, [...cards.bands, ...cards.spareBands])
  const body = {
    kind: 'card.replace',
    place: venue.id,
    card,
    with: oneOf(scene, cards.spareBands),
  } as const
  const grant = random.pick<{ readonly grant?: typeof grants.till }>([
    {},
    { grant: grants.till },
    { grant: grants.tight },
  ])
  return [atVenue(scene, { ...body, ...grant })]
}

/** A wristband is emptied, ends, and is somebody else's; what it paid before finds nobody. */
const recycle: Deed = (scene) => {
  const { venue, cards, assets, desk, nowMs } = scene
  const place = venue.id
  const card = oneOf(scene, [...cards.bands.slice(-1), ...cards.spareBands])
  const amount = units(7)
  const to = { card }
  const id = desk.newId(nowMs)
  const sale = { kind: 'sale', place, payers: [{ card }], amount, ...EURO } as const
  return [
    atVenue(scene, { kind: 'issue', place, asset: assets.cups, amount, to }),
    atVenue(scene, { ...sale, payers: [to], assets: [assets.cups] }, { id }),
    atVenue(scene, { kind: 'card.void', place, card }),
    atVenue(scene, { kind: 'refund', place, sale: id }),
    atVenue(scene, { kind: 'card.activate', place, card }),
  ]
}

/** Cash for all that was on it, and the end of the card: both, or neither. */
const cashOutAndEnd: Deed = (scene) => {
  const { venue, cards, assets } = scene
  const place = venue.id
  const card = oneOf(scene, cards.bands)
  const amount = scene.amount(900)
  const payer = { card }
  return [
    atVenue(scene, {
      kind: 'batch',
      operations: [
        { kind: 'cashout', place, payer, asset: assets.cups, amount },
        { kind: 'card.void', place, card },
      ],
    }),
  ]
}

/** Somebody pays with a card that may be linked, replaced or void by now. */
const pay: Deed = (scene) => {
  const { random, venue, cards, assets } = scene
  const place = venue.id
  const card = claimedCard(scene)
  const amount = scene.amount(60)
  const payer: Payer = { card: random.chance(0.8) ? card.id : oneOf(scene, cards.bands) }
  const agree = { kind: 'sale', place, ...EURO, max: amount } as const
  const body = { kind: 'sale', place, payers: [payer], amount, ...EURO } as const
  const consents = [{ by: card.signer, agree }]
  const sold = atVenue(scene, { ...body, payers: [payer] }, { consents })
  if (random.chance(0.6)) return [sold]
  const by = random.pick([card.signer, scene.person()])
  const cash = { kind: 'cashout', place, asset: assets.cups, max: amount } as const
  const cashOut = { kind: 'cashout', place, payer, asset: assets.cups, amount } as const
  return [sold, atVenue(scene, cashOut, { consents: [{ by, agree: cash }] })]
}

/** What was paid before the card became somebody's goes back to them. */
const payLinkRefund: Deed = (scene) => {
  const { venue, desk, nowMs } = scene
  const place = venue.id
  const card = claimedCard(scene)
  const amount = units(3)
  const id = desk.newId(nowMs)
  const agree = { kind: 'sale', place, ...EURO, max: amount } as const
  const payers = [{ card: card.id }]
  return [
    atVenue(
      scene,
      { kind: 'sale', place, payers, amount, ...EURO },
      { id, consents: [{ by: card.signer, agree }] },
    ),
    ...linkOf(scene, card),
    atVenue(scene, { kind: 'refund', place, sale: id }),
  ]
}

/** A dynamic card is tapped: here or elsewhere, once or again, for one thing or two. */
const tapCard: Deed = (scene) => {
  const { random, venue, cafe, cards, assets, attester } = scene
  const card = oneOf(scene, cards.dynamic)
  const counter = 1 + random.below(TAPS)
  const place = venue.id
  const at = random.chance(0.1) ? cafe.id : place
  const amount = scene.amount(40)
  const agree = { kind: 'tap', card, counter, place: at, max: units(2 * amount) } as const
  const consents = random.chance(0.1) ? [] : [{ by: attester, agree }]
  const payer = { card }
  const sale = { kind: 'sale', place, payers: [payer], amount, ...EURO } as const
  const cash = { kind: 'cashout', place, payer, asset: assets.cups, amount } as const
  const body = random.pick<TransactionBody>([
    { ...sale, payers: [payer] },
    cash,
    { kind: 'batch', operations: [cash, cash] },
    { kind: 'batch', operations: [cash, cash, cash] },
  ])
  const once = () => atVenue(scene, body, { consents })
  return random.chance(0.3) ? [once(), once()] : [once()]
}

/** Money for wallets that are nobody's any more. */
const payDead: Deed = (scene) => {
  const { cards, assets } = scene
  const by = scene.person()
  const to: WalletId = cardWalletId(
    oneOf(scene, [...cards.claimed.map(({ id }) => id), ...cards.bands]),
  )
  const body = { kind: 'transfer', from: walletOf(by), to, asset: assets.cups } as const
  return [alone(scene, by, { ...body, amount: scene.amount(5) })]
}

/** Codes that are keys already, and batches that have another attester. */
const registerClaimed: Deed = (scene) => {
  const { random, venue, federation, keys } = scene
  const number = random.below(400)
  const claim = random.chance(0.4) ? scene.person() : keys.signer(`new claim ${number}`)
  return [
    atVenue(scene, {
      kind: 'card.register',
      place: venue.id,
      batch: `claims-${number % 7}`,
      strength: 'dynamic',
      attester: random.pick([scene.attester, scene.till]).key,
      mandate: { federation, caps: { charge: units(100), day: units(500) } },
      cards: [deriveId('crd', `new claimed card ${number}`)],
      claims: [claim.key],
    }),
  ]
}

/** A grant that allows nothing now is tried for a card. */
const uselessForCards: Deed = (scene) => {
  const { random, venue } = scene
  const { grant, nowMs } = uselessGrant(scene)
  const { id: card } = anyCard(scene)
  const acting = { place: venue.id, grant, card }
  const body = random.pick<TransactionBody>([
    { kind: 'card.unblock', ...acting },
    { kind: 'card.void', ...acting },
    { kind: 'card.replace', ...acting, with: deriveId('crd', 'nothing') },
  ])
  return [atVenue(scene, body, { nowMs })]
}

export const DEEDS_OF_CARDS: readonly Deed[] = [
  link,
  link,
  blockAndFree,
  blockLinked,
  free,
  endCard,
  replace,
  replace,
  replaceBand,
  recycle,
  cashOutAndEnd,
  pay,
  pay,
  payLinkRefund,
  payLinkRefund,
  tapCard,
  tapCard,
  payDead,
  registerClaimed,
  uselessForCards,
]
