import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { AMOUNT_MAX, units } from '#protocol/amount.ts'
import { type Hash, hashOfText } from '#protocol/hash.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import type {
  BatchOperation,
  TransactionBody,
} from '#protocol/transaction/kinds/transaction-body.ts'
import { ROOMY_CAPS, ROOMY_LIMITS } from './circuit.ts'
import { type Fair, GRANT_CAPS, TIGHT_CAPS, type Venue, walletOf } from './fair.ts'
import type { SigningDesk } from './signing-desk.ts'

/** What each card and person begins with. */
const CARD_MONEY = 2_000
const PERSON_MEDALS = 500
const SOME_MONEY = 700
/** So many minutes can ever be. */
const MINUTES_CAP = 500

/** What may be leased of the venue's money: two holds of a card, for an hour. */
const LEASE_TERMS = { cap: units(300), durationMs: 3_600_000 }

const OPENING_MS = 60_000
const DAY_MS = 86_400_000

/** What must be applied before anybody can pay, in waves: a wave needs the ones before it. */
export const openingOf = (
  fair: Fair,
  desk: SigningDesk,
  nowMs: number,
): readonly (() => readonly OutboxEntry[])[] => {
  const { venue, cafe, stall, openingIds } = fair
  const acting = { nowMs, forMs: OPENING_MS, scope: venue.id }
  const places = placesOf(fair, desk, nowMs)
  return [
    () => [places(venue, 'Venue', []), places(stall, 'Stall', [])],
    () => [
      // No wave is longer than the shortest blocks hold.
      ...fair.stands.map((stand) => places(stand, 'Stand', [])),
      desk.sign(
        venue.owner,
        { kind: 'batch', operations: houseOperations(fair) },
        {
          ...acting,
          id: openingIds.house,
          consents: [...fair.persons, ...fair.movers].map((by) => ({
            by,
            agree: { kind: 'wallet.open', place: venue.id },
          })),
        },
      ),
    ],
    () => [
      desk.sign(
        fair.collector,
        { kind: 'batch', operations: medalsOf(fair) },
        { ...acting, scope: walletOf(fair.collector) },
      ),
      desk.sign(
        fair.gateway,
        { kind: 'batch', operations: topUpsOf(fair) },
        { ...acting, scope: fair.gateway.key },
      ),
      desk.sign(fair.till, deeper(fair, fair.grants.till), { ...acting, id: openingIds.second }),
      places(cafe, 'Cafe', [fair.assets.cups]),
    ],
    () => [
      desk.sign(
        cafe.owner,
        { kind: 'batch', operations: cafeOperations(fair) },
        { ...acting, scope: cafe.id, id: openingIds.cafe },
      ),
      desk.sign(fair.till, deeper(fair, fair.grants.second), { ...acting, id: openingIds.third }),
      // Refused where it comes before the one it needs: no payment waits for it.
      desk.sign(fair.till, deeper(fair, fair.grants.third), { ...acting, id: openingIds.fourth }),
      desk.sign(
        venue.owner,
        { kind: 'grant.revoke', place: venue.id, target: fair.grants.revoked },
        acting,
      ),
    ],
  ]
}

/** A till hands its own rights on to itself: chains of grants have an end. */
export const deeper = ({ venue, till }: Fair, grant: Fair['grants']['till']): TransactionBody => ({
  kind: 'grant.issue',
  place: venue.id,
  grant,
  grantee: till.key,
  actions: [...GRANT_ACTIONS],
  caps: {},
})

const placesOf =
  ({ operator, federation, peers, stall, cafe, stands }: Fair, desk: SigningDesk, nowMs: number) =>
  (place: Venue, name: string, accepts: Fair['assets']['cups'][]): OutboxEntry => {
    const isStand = stands.includes(place)
    const alone = place === stall ? peers.stall : peers.stand
    const joined = place === cafe ? peers.cafe : peers.venue
    const isAlone = isStand || place === stall
    const peer = isAlone ? alone : joined
    const own = isAlone ? {} : { federation }
    const terms = { name, nodes: [peer], ...own, accepts }
    const agree = { kind: 'place.register', authority: operator.key, ...terms } as const
    return desk.sign(
      operator,
      { kind: 'place.register', placeKey: place.owner.key, ...terms },
      { nowMs, forMs: OPENING_MS, scope: operator.key, consents: [{ by: place.owner, agree }] },
    )
  }

/** All that the venue has; the first fourteen make what `fair.ts` knows by its index. */
const houseOperations = (fair: Fair): BatchOperation[] => {
  const { venue, cards, assets } = fair
  const place = venue.id
  const active = [...cards.free, ...cards.keyed.map(({ id }) => id), ...cards.house]
  const laterCards = [...cards.claimed.map(({ id }) => id), ...cards.dynamic, ...cards.bands]
  const give = (asset: typeof assets.cups, amount: number, card: (typeof active)[number]) =>
    ({ kind: 'issue', place, asset, amount: units(amount), to: { card } }) as const
  return [
    ...grantsAndAssets(fair),
    ...rollsOf(fair),
    ...[...fair.persons, ...fair.movers].map(
      ({ key }) => ({ kind: 'wallet.open', place, key }) as const,
    ),
    ...[...active, ...laterCards].map((card) => ({ kind: 'card.activate', place, card }) as const),
    ...cards.free.map((card) => give(assets.cups, CARD_MONEY, card)),
    ...[...cards.keyed.map(({ id }) => id), ...cards.house].map((card) =>
      give(assets.cups, SOME_MONEY, card),
    ),
    ...laterCards.slice(0, -1).map((card) => give(assets.cups, SOME_MONEY, card)),
    ...active.slice(0, 2).map((card) => give(assets.gift, SOME_MONEY, card)),
    ...active.slice(0, 1).map((card) => give(assets.old, SOME_MONEY, card)),
    { kind: 'asset.archive', place, asset: assets.old },
    ...fair.persons.slice(0, 3).map(
      (person) =>
        ({
          kind: 'issue',
          place,
          asset: assets.cups,
          amount: units(SOME_MONEY),
          to: { wallet: walletOf(person) },
        }) as const,
    ),
    {
      kind: 'issue',
      place,
      asset: assets.stars,
      amount: units(AMOUNT_MAX),
      to: { wallet: walletOf(personOf(fair, 0)) },
    },
  ]
}

/** What few issues reach: of a day, and of one minter alone. */
export const VOUCHER_TERMS = { issueLimits: { day: units(800), secondAbove: units(200) } }

const grantsAndAssets = (fair: Fair): BatchOperation[] => {
  const { venue, till, barkeeper, startMs } = fair
  const place = venue.id
  const money = { kind: 'asset.create', place, unit: 'EUR', scale: 2 } as const
  const grant = { kind: 'grant.issue', place, grantee: till.key, caps: {} } as const
  const all = [...GRANT_ACTIONS]
  const service = {
    kind: 'asset.create',
    place,
    scale: 0,
    transferable: false,
    cardLimits: ROOMY_LIMITS,
  } as const
  const tight = { weak: TIGHT_CAPS, secret: TIGHT_CAPS }
  return [
    { ...grant, actions: all },
    {
      ...money,
      code: 'CUPS',
      name: 'Cups',
      category: 'local',
      transferable: true,
      federations: [fair.federation],
      cardLimits: ROOMY_LIMITS,
      lease: LEASE_TERMS,
    },
    {
      ...money,
      code: 'TREAT',
      name: 'Treats',
      category: 'gift',
      transferable: false,
      cardLimits: tight,
    },
    {
      ...money,
      code: 'MINUTE',
      name: 'Minutes',
      category: 'time',
      unit: 'minute',
      scale: 0,
      cap: units(MINUTES_CAP),
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
    {
      ...money,
      code: 'STARS',
      name: 'Stars',
      category: 'points',
      unit: 'point',
      scale: 0,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
    {
      ...grant,
      grantee: barkeeper.key,
      actions: all,
      assets: [fair.assets.cups, fair.assets.minutes],
      till: 'bar',
      caps: GRANT_CAPS,
    },
    { ...grant, actions: ['read'] },
    { ...grant, actions: all, notBeforeMs: startMs + DAY_MS },
    { ...grant, actions: all, notAfterMs: startMs },
    { ...grant, actions: all },
    {
      ...service,
      code: 'CLUB',
      name: 'Club',
      category: 'membership',
      unit: 'membership',
      periodMs: DAY_MS,
    },
    { ...service, code: 'STAFF', name: 'Staff', category: 'badge', unit: 'badge' },
    {
      ...money,
      code: 'VOUCH',
      name: 'Vouchers',
      category: 'local',
      transferable: true,
      cardLimits: ROOMY_LIMITS,
      ...VOUCHER_TERMS,
    },
    {
      ...money,
      code: 'OLD',
      name: 'Old cups',
      category: 'local',
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
  ]
}

const rollsOf = (fair: Fair): BatchOperation[] => {
  const { venue, cards, federation } = fair
  const roll = { kind: 'card.register', place: venue.id } as const
  const free = { federation, caps: ROOMY_CAPS }
  const keyed = cards.keyed.map(({ id }) => id)
  return [
    { ...roll, batch: 'roll-1', strength: 'weak', mandate: free, cards: [...cards.free] },
    {
      ...roll,
      batch: 'roll-2',
      strength: 'secret',
      mandate: { federation, caps: TIGHT_CAPS },
      cards: keyed,
    },
    {
      ...roll,
      batch: 'roll-3',
      strength: 'weak',
      mandate: { caps: TIGHT_CAPS },
      cards: [...cards.house],
    },
    { ...roll, batch: 'roll-4', strength: 'weak', mandate: free, cards: [...cards.blank] },
    ...laterRolls(fair, { roll, mandate: free }),
  ]
}

type Roll = { readonly kind: 'card.register'; readonly place: Venue['id'] }
type Mandate = { readonly federation: Fair['federation']; readonly caps: typeof ROOMY_CAPS }

/** Cards with claim codes, those whose taps somebody sees, and wristbands. */
const laterRolls = (
  { cards, attester }: Fair,
  { roll, mandate }: { readonly roll: Roll; readonly mandate: Mandate },
): BatchOperation[] => {
  const claimed = [...cards.claimed, ...cards.spare]
  return [
    {
      ...roll,
      batch: 'roll-5',
      strength: 'secret',
      mandate,
      cards: claimed.map(({ id }) => id),
      claims: claimed.map(({ claim }) => claim.key),
    },
    {
      ...roll,
      batch: 'roll-6',
      strength: 'dynamic',
      attester: attester.key,
      mandate,
      cards: [...cards.dynamic],
    },
    {
      ...roll,
      batch: 'roll-7',
      strength: 'weak',
      mandate,
      cards: [...cards.bands, ...cards.spareBands],
    },
  ]
}

const medalsOf = ({ collector, persons, assets }: Fair): BatchOperation[] =>
  persons.map((person) => ({
    kind: 'transfer',
    from: walletOf(collector),
    to: walletOf(person),
    asset: assets.medal,
    amount: units(PERSON_MEDALS),
  }))

const topUpsOf = ({ cards, persons, assets }: Fair): BatchOperation[] =>
  [
    ...persons.map((person) => ({ wallet: walletOf(person) })),
    ...cards.keyed.map(({ id }) => ({ card: id })),
    ...cards.free.slice(0, 3).map((card) => ({ card })),
  ].map((to, index) => ({
    kind: 'issue',
    asset: assets.euro,
    amount: units(SOME_MONEY),
    to,
    reference: referenceOf(index),
  }))

const cafeOperations = ({ cafe, persons, assets }: Fair): BatchOperation[] => [
  {
    kind: 'asset.create',
    place: cafe.id,
    code: 'CAKE',
    name: 'Cake',
    category: 'local',
    unit: 'EUR',
    scale: 2,
    transferable: true,
    cardLimits: ROOMY_LIMITS,
  },
  ...persons.slice(0, 2).map(
    (person) =>
      ({
        kind: 'issue',
        place: cafe.id,
        asset: assets.cake,
        amount: units(SOME_MONEY),
        to: { wallet: walletOf(person) },
      }) as const,
  ),
]

/** An external payment, by its number. */
export const referenceOf = (index: number): Hash => hashOfText(`reference ${index}`)

export const personOf = ({ persons }: Fair, index: number): Fair['persons'][number] => {
  const person = persons[index % persons.length]
  if (person === undefined) throw new Error('nobody is there')
  return person
}
