import { units } from '#protocol/amount.ts'
import { cardIdOfKey } from '#protocol/derive.ts'
import { type CardId, deriveId } from '#protocol/id.ts'
import { alone, atVenue, type Deed, inNameOf, type Scene } from './act.ts'
import { ROOMY_CAPS, ROOMY_LIMITS } from './circuit.ts'
import { GRANT_CAPS, TIGHT_CAPS, walletOf } from './fair.ts'
import { deeper } from './fair-opening.ts'
import type { Signer } from './keys.ts'

/** Assets of one place are counted: one more than there may be. */
const TOO_MANY_ASSETS = 33
/** Newcomers, so many that some come twice. */
const NEWCOMERS = 40

const newcomer = ({ random, keys }: Scene): Signer =>
  keys.signer(`newcomer ${random.below(NEWCOMERS)}`)

const anyCard = ({ random, cards }: Scene): CardId =>
  random.pick([
    cards.blank[random.below(cards.blank.length)] ?? deriveId('crd', 'nothing'),
    cards.blank[random.below(cards.blank.length)] ?? deriveId('crd', 'nothing'),
    cards.keyed.at(-1)?.id ?? deriveId('crd', 'nothing'),
    cards.house.at(-1) ?? deriveId('crd', 'nothing'),
    deriveId('crd', 'nothing'),
  ])

const openWallet: Deed = (scene) => {
  const { random, venue, cafe, operator } = scene
  const by = random.pick([newcomer(scene), newcomer(scene), scene.person(), operator])
  const place = random.chance(0.15) ? cafe.id : venue.id
  const consents = random.chance(0.15)
    ? []
    : [{ by, agree: { kind: 'wallet.open', place } as const }]
  return [atVenue(scene, { kind: 'wallet.open', place: venue.id, key: by.key }, { consents })]
}

/** More newcomers in a batch than a place may have in a day. */
const openWallets: Deed = (scene) => {
  const { keys, venue, random } = scene
  const some = random.below(1_000)
  const people = Array.from({ length: 7 }, (_, index) => keys.signer(`crowd ${some} ${index}`))
  const place = venue.id
  return [
    atVenue(
      scene,
      {
        kind: 'batch',
        operations: people.map(({ key }) => ({ kind: 'wallet.open', place, key })),
      },
      { consents: people.map((by) => ({ by, agree: { kind: 'wallet.open', place } })) },
    ),
  ]
}

const setMandate: Deed = (scene) => {
  const { random, venue, cafe, federation, startMs } = scene
  const by = random.chance(0.9) ? scene.person() : venue.owner
  const wallet = walletOf(random.chance(0.9) ? by : scene.person())
  const to = random.pick([
    venue.id,
    cafe.id,
    federation,
    deriveId('plc', 'nothing'),
    deriveId('fed', 'nothing'),
  ])
  const end = random.chance(0.4) ? { notAfterMs: startMs } : {}
  return [alone(scene, by, { kind: 'mandate.set', wallet, to, caps: TIGHT_CAPS, ...end })]
}

const activate: Deed = (scene) => {
  const { random, venue, cafe } = scene
  const { owner, id: place } = random.chance(0.85) ? venue : cafe
  return [
    inNameOf(scene, { place, by: owner }, { kind: 'card.activate', place, card: anyCard(scene) }),
  ]
}

/** A card whose key is somebody's wallet already. */
const activateTaken: Deed = (scene) => {
  const { venue, federation } = scene
  const place = venue.id
  const card = cardIdOfKey(scene.person().key)
  const mandate = { federation, caps: TIGHT_CAPS }
  return [
    atVenue(scene, {
      kind: 'batch',
      operations: [
        {
          kind: 'card.register',
          place,
          batch: 'roll-2',
          strength: 'secret',
          mandate,
          cards: [card],
        },
        { kind: 'card.activate', place, card },
      ],
    }),
  ]
}

const block: Deed = (scene) => {
  const { random, venue, cafe, stall, cards } = scene
  const card = anyCard(scene)
  if (random.chance(0.3)) {
    const by = random.pick([cards.keyed.at(-1)?.signer ?? scene.person(), scene.person()])
    return [alone(scene, by, { kind: 'card.block', card })]
  }
  const { owner, id: place } = random.pick([venue, cafe, stall])
  return [inNameOf(scene, { place, by: owner }, { kind: 'card.block', place, card })]
}

const registerCards: Deed = (scene) => {
  const { random, venue, stall, federation } = scene
  const { owner, id: place } = random.chance(0.85) ? venue : stall
  const number = random.below(200)
  // One in a few is registered already.
  const cards = [scene.cards.free[number % 40] ?? deriveId('crd', `new card ${number}`)]
  const caps = random.chance(0.8) ? ROOMY_CAPS : TIGHT_CAPS
  const body = { kind: 'card.register', place, batch: 'roll-4', strength: 'weak', cards } as const
  return [inNameOf(scene, { place, by: owner }, { ...body, mandate: { federation, caps } })]
}

const handOn: Deed = (scene) => {
  const { random, venue, grants, barkeeper, assets } = scene
  const depth = random.pick([grants.third, grants.fourth])
  if (random.chance(0.3)) return [atVenue(scene, deeper(scene, depth))]
  const named = random.pick([assets.cups, assets.gift, deriveId('ast', 'nothing')])
  const till = random.pick(['bar', 'door'])
  const body = {
    kind: 'grant.issue',
    place: venue.id,
    grantee: barkeeper.key,
    actions: ['sale', 'refund'],
    assets: [named],
    till,
    caps: random.chance(0.7) ? GRANT_CAPS : {},
  } as const
  const parent = random.chance(0.5) ? { grant: grants.tight } : {}
  return [atVenue(scene, { ...body, ...parent, actions: ['sale', 'refund'], assets: [named] })]
}

const revoke: Deed = (scene) => {
  const { random, venue, grants } = scene
  const target = random.pick([grants.future, grants.revoked, deriveId('grt', 'nothing')])
  const by = random.chance(0.3) ? { grant: grants.tight } : {}
  return [atVenue(scene, { kind: 'grant.revoke', place: venue.id, ...by, target })]
}

const MONEY = { name: 'New money', transferable: true, cardLimits: ROOMY_LIMITS } as const

const createAsset: Deed = (scene) => {
  const { random, venue, grants } = scene
  const code = random.pick([`NEW${random.below(20)}`, 'CUPS', 'EUR1', 'XEUR'])
  const category = random.pick(['local', 'gift', 'points', 'federated'] as const)
  const grant = random.chance(0.15) ? { grant: grants.tight } : {}
  const terms = { ...MONEY, code, category, unit: 'EUR', scale: 2 } as const
  return [atVenue(scene, { kind: 'asset.create', place: venue.id, ...grant, ...terms })]
}

const createAssets: Deed = (scene) => {
  const { stall } = scene
  const place = stall.id
  const operations = Array.from(
    { length: TOO_MANY_ASSETS },
    (_, index) =>
      ({
        kind: 'asset.create',
        place,
        ...MONEY,
        code: `MANY${index}`,
        category: 'local',
        unit: 'EUR',
        scale: 2,
      }) as const,
  )
  return [inNameOf(scene, { place, by: stall.owner }, { kind: 'batch', operations })]
}

/** A place comes, or somebody says so. */
const registerPlace: Deed = (scene) => {
  const { random, keys, operator, otherOperator, venue, federation, assets, desk, nowMs } = scene
  const owner = random.pick([
    keys.signer(`new place ${random.below(NEWCOMERS)}`),
    keys.signer(`new place ${random.below(NEWCOMERS)}`),
    venue.owner,
    scene.person(),
    operator,
  ])
  const known = random.chance(0.2) ? [scene.person()] : [operator, operator, otherOperator]
  const by = random.shuffle(known)[0] ?? operator
  const accepts = random.pick([[], [assets.cups], [assets.medal], [deriveId('ast', 'nothing')]])
  const member = random.pick<{ readonly federation?: typeof federation }>([
    {},
    { federation },
    { federation },
    { federation: deriveId('fed', 'no') },
  ])
  const terms = { name: 'New place', nodes: [keys.peerId('new place')], ...member, accepts }
  const said = random.chance(0.1) ? { ...terms, name: 'Old place' } : terms
  const agree = { kind: 'place.register', authority: by.key, ...said } as const
  const consents = random.chance(0.1) ? [] : [{ by: owner, agree }]
  const scope = by.key === operator.key || by.key === otherOperator.key ? by.key : walletOf(by)
  return [
    desk.sign(
      by,
      { kind: 'place.register', placeKey: owner.key, ...terms },
      { nowMs, forMs: 20_000, scope, consents },
    ),
  ]
}

/** Some of everything at once: all of it, or nothing. */
const mixed: Deed = (scene) => {
  const { random, venue, assets } = scene
  const place = venue.id
  const give = (amount: number) =>
    ({
      kind: 'issue',
      place,
      asset: assets.cups,
      amount: units(amount),
      to: { card: scene.freeCard() },
    }) as const
  const last = random.chance(0.5)
    ? give(3)
    : ({ kind: 'card.activate', place, card: scene.freeCard() } as const)
  return [atVenue(scene, { kind: 'batch', operations: [give(1), give(2), last] })]
}

export const DEEDS_OF_PLACES: readonly Deed[] = [
  openWallet,
  openWallet,
  openWallets,
  setMandate,
  setMandate,
  activate,
  activate,
  activateTaken,
  block,
  block,
  registerCards,
  handOn,
  handOn,
  revoke,
  createAsset,
  createAsset,
  createAssets,
  registerPlace,
  registerPlace,
  mixed,
]
