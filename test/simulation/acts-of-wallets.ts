import { cardWalletId } from '#protocol/derive.ts'
import { deriveId } from '#protocol/id.ts'
import { alone, atVenue, type Deed, oneOf, type Scene } from './act.ts'
import { operatorsTo } from './acts-of-redemption.ts'
import { TIGHT_CAPS, walletOf } from './fair.ts'
import { personOf } from './fair-opening.ts'
import type { Signer } from './keys.ts'

/** Nobody is frozen for longer: others want to pay with them. */
const FREEZE_MS = 1_500
/** Two years: more than a freeze may last. */
const TOO_LONG_MS = 2 * 365 * 86_400_000

const revokeMandate: Deed = (scene) => {
  const { random, venue, cafe, federation } = scene
  const by = random.chance(0.9) ? scene.person() : venue.owner
  const wallet = walletOf(random.chance(0.9) ? by : scene.person())
  const to = random.pick([venue.id, cafe.id, federation])
  return [alone(scene, by, { kind: 'mandate.revoke', wallet, to })]
}

/** A mandate that is set, ended, and tried. */
const endMandate: Deed = (scene) => {
  const { venue } = scene
  const by = scene.person()
  const wallet = walletOf(by)
  const mandate = { wallet, to: venue.id } as const
  const payers = [{ wallet }]
  const sale = { kind: 'sale', place: venue.id, payers, unit: 'EUR', scale: 2 } as const
  return [
    alone(scene, by, { kind: 'mandate.set', ...mandate, caps: TIGHT_CAPS }),
    alone(scene, by, { kind: 'mandate.revoke', ...mandate }),
    atVenue(scene, { ...sale, payers, amount: scene.amount(3) }),
  ]
}

/** Somebody who exchanges a key at this fair. */
const moverOf = (scene: Scene): Signer => {
  const { random, keys, movers } = scene
  const places = Array.from({ length: 8 }, (_, number) => keys.signer(`new place ${number}`))
  return random.chance(0.6) ? oneOf(scene, movers) : oneOf(scene, places)
}

/** Another key for a wallet or a place; with the former one somebody tries to give, then and later. */
const rotate: Deed = (scene) => {
  const by = moverOf(scene)
  if (scene.moved.has(by.key)) return givingOf(scene, by)
  const next = scene.keys.signer(`exchanged ${by.key}`)
  const wallet = walletOf(by)
  const agree = { kind: 'wallet.rotate', wallet } as const
  const body = { kind: 'wallet.rotate', wallet, key: next.key } as const
  scene.moved.add(by.key)
  return [alone(scene, by, body, { consents: [{ by: next, agree }] }), ...givingOf(scene, by)]
}

/** A key that is somebody's, does not agree, or is to have what is not the signer's. */
const rotateWrongly: Deed = (scene) => {
  const { random, keys, cards } = scene
  const by = scene.person()
  const wallet = walletOf(random.chance(0.8) ? by : personOf(scene, 0))
  const next = random.chance(0.4) ? scene.venue.owner : scene.person()
  const taken = random.chance(0.6) ? next : keys.signer('never a key')
  const said = random.pick([wallet, walletOf(taken)])
  const consents = random.chance(0.8)
    ? [{ by: taken, agree: { kind: 'wallet.rotate', wallet: said } as const }]
    : []
  const [card] = cards.keyed
  if (card !== undefined && random.chance(0.2)) {
    const own = cardWalletId(card.id)
    const agree = { kind: 'wallet.rotate', wallet: own } as const
    const body = { kind: 'wallet.rotate', wallet: own, key: taken.key } as const
    return [alone(scene, card.signer, body, { consents: [{ by: taken, agree }] })]
  }
  // Whoever has no wallet yet must not get this one: nobody would know the key.
  if (taken !== next && said === wallet && consents.length > 0) return []
  return [alone(scene, by, { kind: 'wallet.rotate', wallet, key: taken.key }, { consents })]
}

/** Two keys in one batch for one wallet: after the first the signer has none any more. */
const rotateTwice: Deed = (scene) => {
  const by = scene.person()
  const wallet = walletOf(by)
  const keys = ['first of two', 'second of two'].map((name) => scene.keys.signer(name))
  const operations = keys.map(({ key }) => ({ kind: 'wallet.rotate', wallet, key }) as const)
  const agree = { kind: 'wallet.rotate', wallet } as const
  const consents = keys.map((each) => ({ by: each, agree }))
  return [alone(scene, by, { kind: 'batch', operations }, { consents })]
}

/** Nothing leaves the wallet for a moment; a place's takings neither. */
const freeze: Deed = (scene) => {
  const { random, nowMs, startMs, venue, cards } = scene
  const [card] = cards.keyed
  const by = random.pick([scene.person(), scene.person(), venue.owner, card?.signer ?? venue.owner])
  const own = by === card?.signer ? cardWalletId(card.id) : walletOf(by)
  const wallet = random.chance(0.9) ? own : walletOf(venue.owner)
  const wrongMs = random.pick([startMs, nowMs + TOO_LONG_MS])
  const untilMs = random.chance(0.8) ? nowMs + FREEZE_MS : wrongMs
  const frozen = alone(scene, by, { kind: 'wallet.freeze', wallet, untilMs })
  return [frozen, ...givingOf(scene, by)]
}

/** What somebody gives away right after. */
const givingOf = (scene: Scene, by: Signer) => {
  const { venue, assets, desk, nowMs } = scene
  if (by.key === venue.owner.key) {
    const place = venue.id
    const payers = [{ card: scene.freeCard() }]
    const id = desk.newId(nowMs)
    const amount = scene.amount(9)
    const sale = { kind: 'sale', place, payers, amount, unit: 'EUR', scale: 2 } as const
    return [atVenue(scene, sale, { id }), atVenue(scene, { kind: 'refund', place, sale: id })]
  }
  const to = walletOf(scene.person())
  const giving = { kind: 'transfer', from: walletOf(by), to, asset: assets.cups } as const
  return [alone(scene, by, { ...giving, amount: scene.amount(9) })]
}

/** The authorities lay a legal hold on a wallet, somebody tries to give, and they lift it. */
const holdLegally: Deed = (scene) => {
  const { random, operator, gateway, cards } = scene
  const by = scene.person()
  const [card] = cards.claimed
  const wallet = random.pick([
    walletOf(by),
    walletOf(by),
    cardWalletId(card?.id ?? deriveId('crd', 'nothing')),
    deriveId('wal', 'nothing'),
  ])
  const order = (legalHold: boolean) => {
    const body = { kind: 'wallet.freeze', wallet, legalHold } as const
    const signer = random.chance(0.9) ? operator : gateway
    return alone(scene, signer, body, { consents: operatorsTo(scene, body) })
  }
  return [order(true), ...givingOf(scene, by), order(false)]
}

export const DEEDS_OF_WALLETS: readonly Deed[] = [
  revokeMandate,
  revokeMandate,
  endMandate,
  rotate,
  rotateWrongly,
  rotateWrongly,
  rotateTwice,
  freeze,
  holdLegally,
  holdLegally,
]
