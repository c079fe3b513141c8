import { units } from '#protocol/amount.ts'
import { cardIdOfKey } from '#protocol/derive.ts'
import { deriveId } from '#protocol/id.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { ClearingOpen, ClearingSettle } from '#protocol/transaction/kinds/clearing.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { actor } from '#test/support/actors.ts'
import { operatorsTo } from '#test/support/authority-builders.ts'
import { linkConsent, replaceConsent } from '#test/support/card-builders.ts'
import { GATEWAY, OPERATOR } from '#test/support/ledger-builders.ts'
import {
  clearingConsent,
  GATEWAY_WALLET,
  redeemConsent,
  refundBody,
  refundConsent,
  settlement,
} from '#test/support/redemption-builders.ts'
import {
  referenceOf,
  registerBody,
  saleBody,
  saleConsent,
  type Venue,
} from '#test/support/venue-builders.ts'
import { type Crowd, pick } from './crowd.ts'
import { HOLD_KEY, HOUR_MS } from './hold-builders.ts'

/** Who does something, at which venue, and how much; the numbers choose. */
type Chosen = {
  readonly crowd: Crowd
  readonly venue: Venue
  readonly who: number
  readonly amount: number
}

type Sign = (chosen: Chosen) => VerifiedTransaction

/** Deeds of every other kind that never changes who may sign: each is valid, and may be refused. */
export const DEEDS_OF_SERVICES = {
  membership: ({ crowd, who, amount }) => {
    const { world, membership, venues } = crowd
    const { owner, place } = pick(venues, 0)
    const to = { card: pick(crowd.claimed, who).id }
    const body = { kind: 'membership.set', place, asset: membership, to } as const
    return world.sign(owner, { ...body, amount: units(amount) })
  },
  badge: ({ crowd, who }) => {
    const { world, badge, venues } = crowd
    const { owner, place } = pick(venues, 0)
    const card = pick(crowd.claimed, who).id
    const direction = who % 3 === 0 ? 'out' : 'in'
    return world.sign(owner, { kind: 'badge', place, asset: badge, who: { card }, direction })
  },
  sale_of_lines: ({ crowd, venue, who, amount }) => {
    const card = pick([...crowd.claimed, ...crowd.cards], who)
    const part = units(1 + Math.floor(amount / 4))
    const lines = [
      { line: 'topup', asset: venue.gift, amount: part, price: units(who) } as const,
      { line: 'tip', wallet: pick(crowd.people, who).id, amount: part } as const,
      { line: 'deposit', amount: units(1) } as const,
    ]
    const body = { ...saleBody(venue, [card], amount + 40), lines: lines.slice(who % 3) }
    const consents = [saleConsent(venue, card, amount + 40, who % 4 === 0 ? 1 : amount)]
    const transaction = crowd.world.sign(venue.till, body, { consents })
    crowd.sales.push({ venue, id: transaction.jti })
    return transaction
  },
  top_up_claimed: ({ crowd, venue, who, amount }) => {
    const { owner, place, local } = venue
    const to = { card: pick(crowd.claimed, who).id }
    const body = { kind: 'issue', place, asset: local, amount: units(3 * amount), to } as const
    return crowd.world.sign(owner, body)
  },
  sale_for_euro: ({ crowd, venue, who, amount }) => {
    const card = pick(crowd.cards, who)
    const body = { ...saleBody(venue, [card], amount), assets: [crowd.world.euro] }
    const consents = [saleConsent(venue, card, amount)]
    return crowd.world.sign(venue.till, body, { consents })
  },
  redeem: ({ crowd, venue, amount }) => {
    const { world } = crowd
    const body = { kind: 'redeem', place: venue.place, asset: world.euro } as const
    return world.sign(venue.owner, { ...body, amount: units(Math.ceil(amount / 8)) })
  },
  redeem_of_person: ({ crowd, venue, who, amount }) => {
    const person = pick(crowd.people, who)
    const { owner, place, local } = venue
    const body = { kind: 'redeem', place, asset: local, from: person.id } as const
    const consents = [redeemConsent(venue, person, { asset: local, max: 300 })]
    return crowd.world.sign(owner, { ...body, amount: units(amount) }, { consents })
  },
  settle: ({ crowd, who, amount }) => {
    const hold = heldIn(crowd, who, ({ purpose }) => purpose === 'payout')
    const body = settlement(hold?.id ?? NO_HOLD, `bank ${amount % 90}`, who % 3 !== 0)
    const payer = crowd.venues.find(({ place }) => place === hold?.beneficiary)
    const isOfGateway = hold === undefined || hold.asset === crowd.world.euro
    return crowd.world.sign(isOfGateway ? GATEWAY : (payer?.owner ?? GATEWAY), body)
  },
  top_up_person_euro: ({ crowd, who, amount }) => {
    const to = { wallet: who % 4 === 0 ? GATEWAY_WALLET : pick(crowd.people, who).id }
    const reference = referenceOf(`intent ${who % 4}${amount % 50}`)
    const body = { kind: 'issue', asset: crowd.world.euro, amount: units(amount), to } as const
    return crowd.world.sign(GATEWAY, { ...body, reference })
  },
  refund_of_top_up: ({ crowd, who, amount }) => {
    const { world } = crowd
    const topup = topUpIn(crowd, amount)
    const reference = topup?.reference ?? referenceOf('none')
    const holders = [...crowd.secrets, ...crowd.claimed, ...crowd.people]
    const { holder } =
      holders.find(({ ...one }) => ('wallet' in one ? one.wallet : one.id) === topup?.wallet) ??
      pick(holders, who)
    const consents = [refundConsent(world, holder, { reference, max: 400 })]
    return world.sign(GATEWAY, refundBody(world, reference), { consents })
  },
  reverse: ({ crowd, who, amount }) => {
    const reference = topUpIn(crowd, who)?.reference ?? referenceOf('none')
    const chargeback = referenceOf(`chargeback ${amount % 30}`)
    const body = { kind: 'reverse', asset: crowd.world.euro, reference, chargeback } as const
    return crowd.world.sign(GATEWAY, { ...body, amount: units(Math.ceil(amount / 2)) })
  },
  cover: ({ crowd, amount }) => {
    const body = { kind: 'deficit.cover', asset: crowd.world.euro } as const
    return crowd.world.sign(GATEWAY, { ...body, amount: units(Math.ceil(amount / 20)) })
  },
  clearing: ({ crowd, amount }) => {
    const [bar, club] = [pick(crowd.venues, 0), pick(crowd.venues, 1)]
    const body: ClearingOpen = {
      kind: 'clearing.open',
      place: bar.place,
      other: club.place,
      gives: [],
      takes: [{ asset: bar.local, amount: units(Math.ceil(amount / 9)) }],
    }
    return crowd.world.sign(bar.owner, body, { consents: [clearingConsent(club, body)] })
  },
  settle_clearing: ({ crowd, who, amount }) => {
    const [bar, club] = [pick(crowd.venues, 0), pick(crowd.venues, 1)]
    const { world } = crowd
    const known = [...world.ledger.state.entries('clearing')].map(({ record }) => record.id)
    const [by, other] = who % 3 === 0 ? [club, bar] : [bar, club]
    const paid = [{ asset: bar.local, amount: units(Math.ceil(amount / 20)) }]
    const body: ClearingSettle = {
      kind: 'clearing.settle',
      place: by.place,
      opener: bar.place,
      clearing: known[who % known.length] ?? world.jti(),
      gives: [],
      takes: [],
      ...(who % 2 === 0 ? { paid: [] } : { paid, reference: referenceOf(`bank ${amount}`) }),
    }
    return world.sign(by.owner, body, { consents: [clearingConsent(other, body)] })
  },
  correction: ({ crowd, venue, who, amount }) => {
    const body = {
      kind: 'correction',
      asset: venue.local,
      from: pick(crowd.cards, who).wallet,
      to: venue.wallet,
      amount: units(amount),
      reason: referenceOf('why'),
    } as const
    return byOperator(crowd, body)
  },
  end_of_correction: ({ crowd, who }) => {
    const { world } = crowd
    const known = [...world.ledger.state.entries('correction')].map(({ record }) => record)
    const one = known[who % known.length]
    const scope = one?.scope ?? OPERATOR.key
    const published = { scope, correction: one?.id ?? world.jti() }
    return who % 2 === 0
      ? world.sign(OPERATOR, { kind: 'correction.execute', ...published })
      : byOperator(crowd, { kind: 'correction.withdraw', ...published })
  },
  hold: ({ crowd, venue, who, amount }) => {
    const { world } = crowd
    const payer = pick([...crowd.claimed, ...crowd.secrets], who)
    const expiresAtMs = world.nowMs() + HOUR_MS
    const { place, owner, local: asset } = venue
    const body = {
      kind: 'hold.open',
      place,
      payer: { card: payer.id },
      asset,
      cap: units(amount),
      key: HOLD_KEY.key,
      purpose: 'tab',
      expiresAtMs,
    } as const
    const terms = { max: units(400), purpose: 'tab', releaseAtMs: expiresAtMs } as const
    const agree = { kind: 'hold.open', place, asset, ...terms } as const
    return world.sign(owner, body, { consents: [{ by: payer.holder, agree }] })
  },
  use_of_hold: ({ crowd, venue, who, amount }) => {
    const { world } = crowd
    const known = heldIn(crowd, who, ({ purpose }) => purpose === 'tab')
    const place = known?.beneficiary
    if (known === undefined || place === undefined) {
      const { owner, place: at } = venue
      return world.sign(owner, { kind: 'hold.release', place: at, hold: NO_HOLD })
    }
    const hold = known.id
    const part = units(Math.ceil(amount / 3))
    const uses: readonly TransactionBody[] = [
      { kind: 'hold.capture', place, hold, amount: part },
      { kind: 'hold.capture', place, hold, amount: part },
      { kind: 'hold.split', place, hold, key: HOLD_KEY.key, cap: part },
      { kind: 'hold.release', place, hold },
    ]
    return world.sign(HOLD_KEY, pick(uses, who))
  },
  link: ({ crowd, who }) => {
    const { holder, id: wallet } = pick(crowd.people, who)
    const card = pick(crowd.claimed, who)
    const body = { kind: 'card.link', card: card.id, wallet } as const
    return crowd.world.sign(holder, body, { consents: [linkConsent(card, wallet)] })
  },
  blank: ({ crowd, who }) => {
    const { owner, place } = pick(crowd.venues, 0)
    const cards = [blankOf(who)]
    return crowd.world.sign(owner, registerBody(crowd.world, place, { batch: 'claimed', cards }))
  },
  replace: ({ crowd, who }) => {
    const { owner, place } = pick(crowd.venues, 0)
    const card = pick(crowd.claimed, who)
    const next = blankOf(who)
    const body = { kind: 'card.replace', place, card: card.id, with: next } as const
    return crowd.world.sign(owner, body, { consents: [replaceConsent(card, next)] })
  },
  unblock: ({ crowd, who }) => {
    const { owner, place } = pick(crowd.venues, who)
    const card = pick(crowd.cards, who).id
    return crowd.world.sign(owner, { kind: 'card.unblock', place, card })
  },
  void: ({ crowd, who }) => {
    const { owner, place } = pick(crowd.venues, 0)
    const card = pick(crowd.claimed, who).id
    return crowd.world.sign(owner, { kind: 'card.void', place, card })
  },
  freeze: ({ crowd, who }) => {
    const { holder, id: wallet } = pick(crowd.people, who)
    const untilMs = crowd.world.nowMs() + who
    return crowd.world.sign(holder, { kind: 'wallet.freeze', wallet, untilMs })
  },
  end_of_mandate: ({ crowd, venue, who }) => {
    const { holder, id: wallet } = pick(crowd.people, who)
    return crowd.world.sign(holder, { kind: 'mandate.revoke', wallet, to: venue.place })
  },
  update: ({ crowd, venue, who, amount }) => {
    const { owner, place, gift: asset } = venue
    const { world } = crowd
    if (who === 11) return world.sign(owner, { kind: 'asset.archive', place, asset })
    const { name, transferable, cardLimits } = world.get('asset', asset)
    const terms = { name, transferable, cardLimits, cap: units(5 * amount) }
    return world.sign(owner, { kind: 'asset.update', place, asset, ...terms })
  },
} as const satisfies Readonly<Record<string, Sign>>

export type DeedOfServices = keyof typeof DEEDS_OF_SERVICES

const NO_HOLD = deriveId('hld', 'none')

const blankOf = (number: number) => cardIdOfKey(actor(`blank ${number % 4}`).key)

const byOperator = ({ world }: Crowd, body: TransactionBody): VerifiedTransaction =>
  world.sign(OPERATOR, body, { consents: [operatorsTo(body, OPERATOR)] })

/** One of the top-ups that there are. */
const topUpIn = ({ world }: Crowd, number: number) => {
  const known = [...world.ledger.state.entries('topup')].map(({ record }) => record)
  return known[number % known.length]
}

/** One of the holds that there are. */
const heldIn = (
  { world }: Crowd,
  who: number,
  isMeant: (hold: HoldRecord) => boolean,
): HoldRecord | undefined => {
  const known = [...world.ledger.state.entries('hold')].map(({ record }) => record).filter(isMeant)
  return known[who % known.length]
}
