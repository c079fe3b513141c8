import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import { hashOfText } from '#protocol/hash.ts'
import { deriveId } from '#protocol/id.ts'
import type { ClearingOpen, ClearingSettle } from '#protocol/transaction/kinds/clearing.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { termsOf } from '#protocol/transaction/operator-terms.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { alone, atVenue, type Deed, inNameOf, type Scene, type Told, uselessGrant } from './act.ts'
import { walletOf } from './fair.ts'
import { referenceOf } from './fair-opening.ts'
import type { Signer } from './keys.ts'
import type { Consenting } from './signing-desk.ts'

const EURO = { unit: 'EUR', scale: 2 } as const

/** References of payouts and chargebacks: few enough that some come twice. */
const anyReference = ({ random }: Scene) => referenceOf(1_000_000 + random.below(400))

/** The venue takes shared euro for something. */
const sellForEuro = (scene: Scene, amount: number) => {
  const { venue, cards, assets } = scene
  const [card = scene.freeCard()] = cards.free
  const body = { kind: 'sale', place: venue.id, payers: [{ card }], ...EURO } as const
  return atVenue(scene, {
    ...body,
    payers: [{ card }],
    amount: units(amount),
    assets: [assets.euro],
  })
}

const settlementOf = (scene: Scene, scope: Scene['venue']['id'], id: PaymentId) => ({
  kind: 'payout.settle' as const,
  hold: createdHoldId({ scope, jti: id, index: 0 }),
  paid: scene.random.chance(0.7),
  reference: anyReference(scene),
})

/** A place redeems some of its takings; the gateway pays, once or twice. */
const redeemTakings: Deed = (scene) => {
  const { random, venue, assets, grants, desk, nowMs, gateway } = scene
  const id = desk.newId(nowMs)
  const place = venue.id
  const grant = random.pick<{ readonly grant?: typeof grants.till }>([
    {},
    { grant: grants.till },
    { grant: grants.tight },
  ])
  const asset = random.pick([
    assets.euro,
    assets.euro,
    assets.euro,
    assets.cups,
    assets.gift,
    deriveId('ast', 'nothing'),
  ])
  const amount = scene.amount(random.pick([5, 900]))
  const redeem = atVenue(scene, { kind: 'redeem', place, ...grant, asset, amount }, { id })
  const by = random.chance(0.85) ? gateway : venue.owner
  const settle = () => alone(scene, by, settlementOf(scene, place, id))
  return [sellForEuro(scene, 5), redeem, settle(), ...(random.chance(0.3) ? [settle()] : [])]
}

/** A person has the venue's money paid out. */
const redeemOfPerson: Deed = (scene) => {
  const { random, venue, cafe, cards, assets, desk, nowMs, gateway } = scene
  const id = desk.newId(nowMs)
  const place = venue.id
  const by = scene.person()
  const from = random.pick([
    walletOf(by),
    walletOf(by),
    walletOf(by),
    walletOf(cards.keyed[0]?.signer ?? by),
    walletOf(venue.owner),
    deriveId('wal', 'nothing'),
  ])
  const asset = random.pick([assets.cups, assets.cups, assets.gift, assets.cake, assets.medal])
  const amount = scene.amount(random.pick([5, 5, 900]))
  const max = units(random.chance(0.15) ? Math.max(1, amount - 1) : amount)
  const at = random.chance(0.1) ? cafe.id : place
  const agree = { kind: 'redeem', place: at, asset, max } as const
  const consents = random.chance(0.15) ? [] : [{ by, agree }]
  const body = { kind: 'redeem', place, asset, amount, from } as const
  const payer = random.chance(0.8) ? venue.owner : gateway
  return [
    atVenue(scene, body, { id, consents }),
    alone(scene, payer, settlementOf(scene, place, id)),
  ]
}

/** More payouts at once than a wallet may wait for. */
const redeemTooOften: Deed = (scene) => {
  const { venue, assets } = scene
  const place = venue.id
  const one = { kind: 'redeem', place, asset: assets.euro, amount: units(1) } as const
  const operations = Array.from({ length: 33 }, () => one)
  return [sellForEuro(scene, 40), atVenue(scene, { kind: 'batch', operations })]
}

/** A new top-up, what goes back of it, and who says so. */
const refundOfTopUp: Deed = (scene) => {
  const { random, assets, gateway, desk, nowMs, operator } = scene
  const by = scene.person()
  const reference = referenceOf(2_000_000 + random.below(1_000_000))
  const asset = assets.euro
  const to = { wallet: walletOf(by) }
  const amount = scene.amount(90)
  const topUp = alone(scene, gateway, { kind: 'issue', asset, amount, to, reference })
  const back = (id: PaymentId) => {
    const named = random.chance(0.1) ? referenceOf(3_000_000) : reference
    const known = random.chance(0.95) ? asset : deriveId('ast', 'nothing')
    const part = random.chance(0.5) ? { amount: scene.amount(90) } : {}
    const body = { kind: 'topup.refund', asset: known, reference: named, ...part } as const
    const max = units(random.chance(0.85) ? amount : 1)
    const agree = { kind: 'topup.refund', asset, reference, max } as const
    const consents = random.chance(0.1) ? [] : [{ by, agree }]
    return alone(scene, random.chance(0.9) ? gateway : operator, body, { id, consents })
  }
  const id = desk.newId(nowMs)
  const hold = createdHoldId({ scope: gateway.key, jti: id, index: 0 })
  const paid = random.chance(0.6)
  const settled = { kind: 'payout.settle', hold, paid, reference: anyReference(scene) } as const
  const again = random.chance(0.7) ? [back(desk.newId(nowMs))] : []
  return [topUp, back(id), alone(scene, gateway, settled), ...again]
}

/** A payment is taken back after its money is gone: the gateway pays in, and covers what is missing. */
const chargeback: Deed = (scene) => {
  const { random, assets, gateway, collector, operator } = scene
  const reference = referenceOf(4_000_000 + random.below(1_000_000))
  const asset = assets.euro
  const amount = units(10 + scene.amount(40))
  const payee = random.chance(0.7) ? collector : scene.person()
  const topUp = {
    kind: 'issue',
    asset,
    amount,
    to: { wallet: walletOf(payee) },
    reference,
  } as const
  const spend = {
    kind: 'transfer',
    from: walletOf(collector),
    to: walletOf(scene.person()),
    asset,
    amount,
  } as const
  const known = random.chance(0.95) ? asset : deriveId('ast', 'nothing')
  const named = random.chance(0.9) ? reference : referenceOf(3_000_000)
  const reversal = { kind: 'reverse', asset: known, reference: named } as const
  const reverse = (part: number) =>
    alone(scene, random.chance(0.95) ? gateway : operator, {
      ...reversal,
      chargeback: anyReference(scene),
      amount: units(Math.max(1, part)),
    })
  return [
    alone(scene, gateway, topUp),
    ...(random.chance(0.7) ? [alone(scene, collector, spend)] : []),
    reverse(random.chance(0.8) ? amount : 2 * amount),
    ...(random.chance(0.3) ? [reverse(1)] : []),
    ...covering(scene, amount),
  ]
}

/** While there is a deficit nobody gets anything; the gateway mends it. */
const covering = (scene: Scene, amount: number) => {
  const { random, assets, gateway, operator } = scene
  const asset = assets.euro
  const pay = (wallet: ReturnType<typeof walletOf>, part: number) =>
    alone(scene, gateway, {
      kind: 'issue',
      asset,
      amount: units(part),
      to: { wallet },
      reference: referenceOf(5_000_000 + random.below(10_000_000)),
    })
  const cover = (part: number, by = gateway) =>
    alone(scene, by, { kind: 'deficit.cover', asset, amount: units(Math.max(1, part)) })
  return [
    ...(random.chance(0.2) ? [cover(amount)] : []),
    pay(walletOf(scene.person()), 1),
    ...(random.chance(0.5) ? [pay(walletOf(gateway), amount)] : []),
    cover(amount),
    ...[32, 16, 8, 4, 2, 1].map((part) => cover(part)),
    ...(random.chance(0.1) ? [cover(1, operator)] : []),
  ]
}

/** A party of a clearing that ends it. */
type Clearer = {
  readonly named: Pick<ClearingSettle, 'place' | 'grant'>
  readonly other: Signer
  readonly sign: (tx: ClearingSettle, told: Told) => OutboxEntry
}

/** The cafe has the venue's money, the venue the cafe's, and they set off what they agree on. */
const clear: Deed = (scene) => {
  const { random, venue, cafe, assets, desk, nowMs, grants } = scene
  const id = desk.newId(nowMs)
  const place = venue.id
  const atCafe = { place: cafe.id, by: cafe.owner }
  const card = scene.freeCard()
  const [given, taken] = [10 + random.below(30), 10 + random.below(30)]
  const sold = { kind: 'sale', place: cafe.id, payers: [{ card }], ...EURO } as const
  const issued = { kind: 'issue', place: cafe.id, asset: assets.cake } as const
  const part = (asset: typeof assets.cups, amount: number) => ({ asset, amount: units(amount) })
  const grant = random.pick<{ readonly grant?: typeof grants.till }>([
    {},
    {},
    { grant: grants.till },
    { grant: grants.tight },
  ])
  const terms = {
    kind: 'clearing.open',
    place,
    ...grant,
    other: random.chance(0.95) ? cafe.id : deriveId('plc', 'nothing'),
    gives: [part(random.chance(0.9) ? assets.cake : assets.cups, given)],
    takes: [part(assets.cups, random.chance(0.9) ? taken : 90_000_000)],
  } as const
  const body = { ...terms, gives: [...terms.gives], takes: [...terms.takes] }
  const setOff = Math.min(given, taken)
  const byVenue: Clearer = {
    named: { place, ...grant },
    other: cafe.owner,
    sign: (tx, told) => atVenue(scene, tx, told),
  }
  const byCafe: Clearer = {
    named: { place: cafe.id },
    other: venue.owner,
    sign: (tx, told) => inNameOf(scene, atCafe, tx, told),
  }
  const settle = () => {
    const lack = random.chance(0.15) ? 1 : 0
    const paid = random.chance(0.5) ? [part(assets.cups, random.chance(0.8) ? 1 : 5_000)] : []
    const party = random.chance(0.4) ? byCafe : byVenue
    const settled = {
      kind: 'clearing.settle',
      ...party.named,
      opener: random.chance(0.95) ? place : cafe.id,
      clearing: random.chance(0.95) ? id : desk.newId(nowMs),
      gives: [part(assets.cake, setOff)],
      takes: [part(assets.cups, setOff - lack)],
      paid,
      ...(paid.length > 0 && { reference: anyReference(scene) }),
    } as const
    const tx = { ...settled, gives: [...settled.gives], takes: [...settled.takes] }
    return party.sign(tx, { consents: agreeing(scene, tx, party.other) })
  }
  return [
    inNameOf(scene, atCafe, {
      ...sold,
      payers: [{ card }],
      amount: units(taken),
      assets: [assets.cups],
    }),
    inNameOf(scene, atCafe, {
      ...issued,
      amount: units(given),
      to: { wallet: walletOf(venue.owner) },
    }),
    atVenue(scene, body, { id, consents: agreeing(scene, body, cafe.owner) }),
    settle(),
    ...(random.chance(0.5) ? [settle()] : []),
  ]
}

/** The other place agrees to a clearing, or to something else, or not at all. */
const agreeing = (
  { random }: Scene,
  body: ClearingOpen | ClearingSettle,
  by: Signer,
): readonly Consenting[] => {
  if (random.chance(0.1)) return []
  const said = random.chance(0.1) ? { ...body, gives: [] } : body
  return [{ by, agree: { kind: body.kind, place: body.place, terms: termsOf(said) } }]
}

/** The operators agree, or too few of them, or to something else. */
export const operatorsTo = (
  { random, operators }: Scene,
  body: TransactionBody,
): readonly Consenting[] => {
  const agree = { kind: 'operators', terms: termsOf(body) } as const
  const few = random.chance(0.15) ? operators.slice(1, 2) : operators
  const other = { kind: 'operators', terms: hashOfText('something else') } as const
  const said = random.chance(0.1) ? other : agree
  return few.slice(0, OPERATORS_ASKED).map((by) => ({ by, agree: said }))
}

/** Of the largest set a quorum. */
const OPERATORS_ASKED = 13

/** The authorities publish a correction, and mostly withdraw it: nobody waits for a day here. */
const correction: Deed = (scene) => {
  const { random, venue, assets, desk, nowMs, operator, gateway } = scene
  const id = desk.newId(nowMs)
  const by = random.chance(0.9) ? operator : gateway
  const from = walletOf(scene.person())
  const to = random.pick([walletOf(venue.owner), walletOf(venue.owner), from])
  const body = {
    kind: 'correction',
    asset: random.pick([assets.cups, assets.cups, assets.euro, deriveId('ast', 'nothing')]),
    from: random.chance(0.9) ? from : deriveId('wal', 'nothing'),
    to,
    amount: scene.amount(90),
    reason: referenceOf(6_000_000),
  } as const
  const published = { scope: by.key, correction: random.chance(0.9) ? id : desk.newId(nowMs) }
  const withdrawn = { kind: 'correction.withdraw', ...published } as const
  const withdraw = () =>
    alone(scene, random.chance(0.9) ? operator : gateway, withdrawn, {
      consents: operatorsTo(scene, withdrawn),
    })
  return [
    alone(scene, by, body, { id, consents: operatorsTo(scene, body) }),
    alone(scene, random.chance(0.8) ? operator : gateway, {
      kind: 'correction.execute',
      ...published,
    }),
    ...(random.chance(0.7) ? [withdraw()] : []),
  ]
}

/** A grant that allows nothing now is tried for a redemption or a clearing. */
const uselessRedemption: Deed = (scene) => {
  const { random, venue, cafe, assets, desk } = scene
  const place = venue.id
  const { grant, nowMs } = uselessGrant(scene)
  const part = { asset: assets.cups, amount: units(1) }
  const body = random.pick<TransactionBody>([
    { kind: 'redeem', place, grant, asset: assets.euro, amount: units(1) },
    { kind: 'clearing.open', place, grant, other: cafe.id, gives: [], takes: [part] },
    {
      kind: 'clearing.settle',
      place,
      grant,
      opener: place,
      clearing: desk.newId(nowMs),
      gives: [],
      takes: [],
      paid: [],
    },
  ])
  return [atVenue(scene, body, { nowMs })]
}

export const DEEDS_OF_REDEMPTION: readonly Deed[] = [
  redeemTakings,
  redeemTakings,
  redeemOfPerson,
  redeemTooOften,
  refundOfTopUp,
  refundOfTopUp,
  chargeback,
  clear,
  clear,
  correction,
  uselessRedemption,
]
