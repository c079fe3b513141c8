import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { units } from '#protocol/amount.ts'
import { createdAssetId, createdGrantId } from '#protocol/derive.ts'
import { GRANT_ACTIONS } from '#protocol/transaction/kinds/grant.ts'
import type {
  BatchOperation,
  TransactionBody,
} from '#protocol/transaction/kinds/transaction-body.ts'
import { atVenue, type Deed, inNameOf, type Scene, sceneOf } from './act.ts'
import type { Act } from './acts.ts'
import { ROOMY_LIMITS } from './circuit.ts'
import { type Fair, walletOf } from './fair.ts'
import type { RandomSource } from './random.ts'
import type { SigningDesk } from './signing-desk.ts'

/** What a few payments use up: a day's cap or a total, of a grant, of a card, or of an asset. */
const FEW_PAYMENTS = units(300)
/** The most of one payment: two of about as much pass a cap for a transaction, three of them a day's. */
const PAYMENT_MAX = 100
const CARD_MONEY = units(2_000)
const OPENING_MS = 60_000
/** An id may be half a minute ahead: this one may be told in ten seconds, and its text ends before. */
const AHEAD_MS = 40_000
const EARLY_MS = 8_000

/** People who meet caps all the time, one cap each, so that nothing else stands behind it. */
export type TightCaps = {
  /** After the opening of the fair. */
  readonly opening: (nowMs: number) => readonly (() => readonly OutboxEntry[])[]
  readonly act: Act
  /** What no block may hold, for it comes too early, or of who may not say it. */
  readonly junk: (nowMs: number, random: RandomSource) => string
}

type Tight = ReturnType<typeof namesOf>

export const createTightCaps = (fair: Fair, desk: SigningDesk): TightCaps => {
  const tight = namesOf(fair, desk)
  const deeds = deedsOf(tight)
  const scene = (random: RandomSource, nowMs: number): Scene =>
    sceneOf(fair, { desk, random, nowMs })
  return {
    opening: (nowMs) => openingOf(fair, { desk, tight, nowMs }),
    act: (random, nowMs) => random.pick(deeds)(scene(random, nowMs)),
    junk: (nowMs, random) => random.pick(JUNK)(scene(random, nowMs), tight).text,
  }
}

/** Every grant is the till's; both children have the cap that their parent has for both. */
const namesOf = ({ venue, startMs }: Fair, desk: SigningDesk) => {
  const scope = venue.id
  const ids = { top: desk.newId(startMs), below: desk.newId(startMs) }
  const top = (index: number) => ({ scope, jti: ids.top, index })
  const below = (index: number) => ({ scope, jti: ids.below, index })
  return {
    ids,
    day: createdGrantId(top(0)),
    total: createdGrantId(top(1)),
    transaction: createdGrantId(top(2)),
    parent: createdGrantId(top(3)),
    ended: createdGrantId(top(4)),
    rare: createdAssetId(top(5)),
    narrow: createdAssetId(top(6)),
    children: [createdGrantId(below(0)), createdGrantId(below(1))],
    orphan: createdGrantId(below(2)),
  }
}

type Opening = {
  readonly desk: SigningDesk
  readonly tight: Tight
  readonly nowMs: number
}

const openingOf = (fair: Fair, { desk, tight, nowMs }: Opening) => {
  const { venue, till } = fair
  const acting = { nowMs, forMs: OPENING_MS, scope: venue.id }
  const { ids, ended: target } = tight
  return [
    () => [
      desk.sign(
        venue.owner,
        { kind: 'batch', operations: topOf(fair, tight) },
        { ...acting, id: ids.top },
      ),
    ],
    () => [
      desk.sign(
        till,
        { kind: 'batch', operations: belowOf(fair, tight) },
        { ...acting, id: ids.below },
      ),
    ],
    () => [desk.sign(venue.owner, { kind: 'grant.revoke', place: venue.id, target }, acting)],
  ]
}

const grantOf = ({ venue, till }: Fair) => {
  const grant = { kind: 'grant.issue', place: venue.id, grantee: till.key } as const
  return { ...grant, actions: [...GRANT_ACTIONS] }
}

const topOf = (fair: Fair, { narrow }: Tight): BatchOperation[] => {
  const { venue, cards } = fair
  const place = venue.id
  const grant = grantOf(fair)
  const money = { kind: 'asset.create', place, category: 'local', unit: 'EUR', scale: 2 } as const
  const tight = { charge: FEW_PAYMENTS, day: FEW_PAYMENTS }
  return [
    { ...grant, caps: { day: FEW_PAYMENTS } },
    { ...grant, caps: { total: FEW_PAYMENTS } },
    { ...grant, caps: { transaction: units(PAYMENT_MAX) } },
    { ...grant, caps: { total: FEW_PAYMENTS } },
    { ...grant, caps: {} },
    {
      ...money,
      code: 'RARE',
      name: 'Rare money',
      cap: FEW_PAYMENTS,
      transferable: true,
      cardLimits: ROOMY_LIMITS,
    },
    {
      ...money,
      code: 'NARROW',
      name: 'Narrow money',
      transferable: true,
      cardLimits: { ...ROOMY_LIMITS, weak: tight },
    },
    ...[...cards.free, ...cards.keyed.map(({ id }) => id)].map(
      (card) =>
        ({ kind: 'issue', place, asset: narrow, amount: CARD_MONEY, to: { card } }) as const,
    ),
  ]
}

const belowOf = (fair: Fair, { parent, ended, children }: Tight): BatchOperation[] => {
  const grant = grantOf(fair)
  return [
    ...children.map(() => ({ ...grant, grant: parent, caps: { total: FEW_PAYMENTS } })),
    { ...grant, grant: ended, caps: {} },
  ]
}

type Grant = Tight['day']

const giving = (scene: Scene, grant: Grant, amount: number) =>
  ({
    kind: 'issue',
    place: scene.venue.id,
    grant,
    asset: scene.assets.cups,
    amount: units(amount),
    to: { card: scene.freeCard() },
  }) as const

const deedsOf = (tight: Tight): readonly [Deed, ...Deed[]] => {
  const { day, total, transaction, children, orphan, rare, narrow } = tight

  const give: Deed = (scene) => [
    atVenue(
      scene,
      giving(scene, scene.random.pick([day, total, ...children]), scene.amount(PAYMENT_MAX)),
    ),
  ]

  /** Each within the cap for a transaction, both together mostly not. */
  const giveTwice: Deed = (scene) => {
    const one = () => giving(scene, transaction, scene.amount(PAYMENT_MAX))
    const body: TransactionBody = { kind: 'batch', operations: [one(), one()] }
    return [inNameOf(scene, { place: scene.venue.id, by: scene.till }, body)]
  }

  /** What is above its grant was revoked after the id was made: a refusal, and no effect. */
  const giveOrphaned: Deed = (scene) => [
    atVenue(scene, giving(scene, orphan, 5), { nowMs: scene.startMs - 1 }),
  ]

  const mint: Deed = (scene) => {
    const to = { wallet: walletOf(scene.person()) }
    const amount = scene.amount(PAYMENT_MAX)
    return [atVenue(scene, { kind: 'issue', place: scene.venue.id, asset: rare, amount, to })]
  }

  /** Cards without a key are bound, in what they spend of this money in a day; those with one are not. */
  const spend: Deed = (scene) => {
    const { venue, cards, random } = scene
    const card = random.chance(0.8) ? cards.free[0] : cards.keyed[0]?.id
    const signer = card === cards.free[0] ? undefined : cards.keyed[0]?.signer
    if (card === undefined) throw new Error('no card to spend from')
    const amount = scene.amount(PAYMENT_MAX)
    const money = { unit: 'EUR', scale: 2 } as const
    const agree = { kind: 'sale', place: venue.id, ...money, max: amount } as const
    return [
      atVenue(
        scene,
        { kind: 'sale', place: venue.id, payers: [{ card }], amount, ...money, assets: [narrow] },
        { consents: signer === undefined ? [] : [{ by: signer, agree }] },
      ),
    ]
  }

  return [give, give, give, give, giveTwice, giveOrphaned, mint, spend, spend]
}

type Junk = (scene: Scene, tight: Tight) => OutboxEntry

/** An id that was made in a time to come. */
const early: Junk = (scene) => {
  const { desk, nowMs, till, grants, venue } = scene
  const id = desk.newId(nowMs + AHEAD_MS)
  const body = giving(scene, grants.till, 1)
  return desk.sign(till, body, { id, nowMs, forMs: EARLY_MS, scope: venue.id })
}

/** A grant that is somebody else's, and a place that is. */
const foreign: Junk = (scene) => {
  const { venue, grants, barkeeper, assets, random } = scene
  const body: TransactionBody = random.chance(0.5)
    ? giving(scene, grants.till, 1)
    : {
        kind: 'issue',
        place: venue.id,
        asset: assets.cups,
        amount: units(1),
        to: { card: scene.freeCard() },
      }
  return inNameOf(scene, { place: venue.id, by: barkeeper }, body)
}

/** What is above the grant was revoked before the id was made: it is nobody's. */
const orphaned: Junk = (scene, { orphan }) => atVenue(scene, giving(scene, orphan, 1))

const JUNK: readonly [Junk, ...Junk[]] = [early, foreign, orphaned]
