import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import { deriveId, type HoldId } from '#protocol/id.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { atVenue, type Deed, inNameOf, type Scene, uselessGrant } from './act.ts'
import { agreedMax, anyAsset, anyPayer, consentsOf, someGrant } from './acts-of-payers.ts'
import type { Signer } from './keys.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 3_600_000
/** Longer than any id of a place is remembered. */
const AGES_MS = 1_000 * HOUR_MS
/** One more than one place may have on one wallet. */
const TOO_MANY_HOLDS = 9

/** Signs what is captured from the venue's holds; and who was handed a part. */
const tapper = ({ keys }: Scene): Signer => keys.signer('tapper')
const tablet = ({ keys }: Scene): Signer => keys.signer('tablet')

const PURPOSES = ['lease', 'lease', 'tab', 'preauthorisation'] as const

/** Some end: soon, so that it is swept within the simulation; later; too late; past. */
const someEndMs = ({ random, nowMs, startMs }: Scene): number =>
  random.pick([nowMs + 3_000, nowMs + MINUTE_MS, nowMs + HOUR_MS, nowMs + AGES_MS, startMs])

/** Money of somebody is to be set apart, under some grant. */
const open: Deed = (scene) => {
  const { random, venue } = scene
  const payer = anyPayer(scene)
  const asset = anyAsset(scene)
  const cap = scene.amount(random.pick([60, 600, 3_000]))
  const expiresAtMs = someEndMs(scene)
  const max = agreedMax(scene, cap)
  const purpose = random.pick(PURPOSES)
  const grace = random.pick<{ readonly graceMs?: number }>([{}, { graceMs: 0 }, { graceMs: 2_000 }])
  const { graceMs = purpose === 'lease' ? 72 * HOUR_MS : 0 } = grace
  const endMs = expiresAtMs + graceMs
  const consents = consentsOf(scene, payer, (place) => ({
    kind: 'hold.open',
    place,
    asset,
    purpose: random.chance(0.95) ? purpose : 'preauthorisation',
    max,
    releaseAtMs: random.chance(0.1) ? endMs - 1 : endMs,
  }))
  const body = {
    kind: 'hold.open',
    place: venue.id,
    ...someGrant(scene),
    payer,
    asset,
    cap,
    key: tapper(scene).key,
    purpose,
    expiresAtMs,
    ...grace,
  } as const
  return [atVenue(scene, body, { consents })]
}

const openBody = (scene: Scene, changes: Partial<HoldOpen> = {}): HoldOpen => ({
  kind: 'hold.open',
  place: scene.venue.id,
  payer: { card: scene.freeCard() },
  asset: scene.assets.cups,
  cap: scene.amount(200),
  key: tapper(scene).key,
  purpose: 'tab',
  expiresAtMs: scene.nowMs + scene.random.pick([4_000, MINUTE_MS, HOUR_MS]),
  ...changes,
})

const byKey = (scene: Scene, by: Signer) => ({ place: scene.venue.id, by })

const captureOf = (scene: Scene, hold: HoldId, most: number, by: Signer = tapper(scene)) =>
  inNameOf(scene, byKey(scene, by), {
    kind: 'hold.capture',
    place: scene.venue.id,
    hold,
    amount: scene.amount(most),
  })

const releaseOf = (scene: Scene, hold: HoldId) => {
  const { random, venue } = scene
  const body = { kind: 'hold.release', place: venue.id, hold } as const
  return random.chance(0.5)
    ? inNameOf(scene, byKey(scene, tapper(scene)), body)
    : atVenue(scene, { ...body, ...someGrant(scene) })
}

/** A hold and what comes of it: captured in parts or too much, handed on, given back, all again. */
const openAndUse: Deed = (scene) => {
  const { random, venue, nowMs, desk } = scene
  const id = desk.newId(nowMs)
  const body = openBody(scene)
  const hold = createdHoldId({ scope: venue.id, jti: id, index: 0 })
  const opened = atVenue(scene, body, { id })
  const capture = () => captureOf(scene, hold, random.pick([body.cap, 2 * body.cap]))
  const ended = random.chance(0.5) ? [releaseOf(scene, hold), releaseOf(scene, hold)] : []
  return [opened, capture(), ...handedOn(scene, hold, body.cap), capture(), ...ended, capture()]
}

/** A part for a till, which captures from it. */
const handedOn = (scene: Scene, hold: HoldId, cap: number) => {
  const { random, venue, desk, nowMs } = scene
  if (random.chance(0.4)) return []
  const id = desk.newId(nowMs)
  const part = createdHoldId({ scope: venue.id, jti: id, index: 0 })
  const by = tablet(scene)
  const body = {
    kind: 'hold.split',
    place: venue.id,
    hold,
    key: by.key,
    cap: scene.amount(2 * cap),
  } as const
  return [
    inNameOf(scene, byKey(scene, tapper(scene)), body, { id }),
    captureOf(scene, part, cap, by),
  ]
}

/** A lease, within the terms of the venue's money or beyond. */
const lease: Deed = (scene) => {
  const { random, assets } = scene
  const asset = random.pick([assets.cups, assets.cups, assets.cups, assets.gift])
  const expiresAtMs = scene.nowMs + random.pick([MINUTE_MS, HOUR_MS / 2, 2 * HOUR_MS])
  return [atVenue(scene, openBody(scene, { purpose: 'lease', asset, expiresAtMs }))]
}

/** More at once than one place may have on one wallet. */
const openMany: Deed = (scene) => {
  const one = openBody(scene, { cap: units(1), expiresAtMs: scene.nowMs + 3_000 })
  const operations = Array.from({ length: TOO_MANY_HOLDS }, () => one)
  return [atVenue(scene, { kind: 'batch', operations })]
}

/** Under a grant whose caps a hold or two reach. */
const openUnderCaps: Deed = (scene) => {
  const { grants } = scene
  return [atVenue(scene, openBody(scene, { grant: grants.tight, cap: scene.amount(600) }))]
}

/** A grant that allows nothing now. */
const useless: Deed = (scene) => {
  const { random, venue, nowMs: now, desk } = scene
  const { grant, nowMs } = uselessGrant(scene)
  const id = desk.newId(now)
  const hold = createdHoldId({ scope: venue.id, jti: id, index: 0 })
  const release = { kind: 'hold.release', place: venue.id, grant, hold } as const
  const body = random.pick<TransactionBody>([release, openBody(scene, { grant })])
  return [atVenue(scene, openBody(scene), { id }), atVenue(scene, body, { nowMs })]
}

const releaseNothing: Deed = (scene) => [releaseOf(scene, deriveId('hld', 'nothing'))]

export const DEEDS_OF_HOLDS: readonly Deed[] = [
  open,
  open,
  open,
  openAndUse,
  openAndUse,
  openAndUse,
  lease,
  openMany,
  openUnderCaps,
  useless,
  releaseNothing,
]
