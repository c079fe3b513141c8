import fc from 'fast-check'
import { units } from '#protocol/amount.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { GATEWAY } from '#test/support/ledger-builders.ts'
import {
  referenceOf,
  saleBody,
  saleConsent,
  type TestCard,
  type Venue,
} from '#test/support/venue-builders.ts'
import { DEEDS_OF_SERVICES, type DeedOfServices } from './burst-of-services.ts'
import { type Crowd, pick } from './crowd.ts'

/** Something somebody does in a busy evening; the numbers choose who and how much. */
export type Deed = {
  readonly what:
    | 'top_up'
    | 'top_up_gift'
    | 'top_up_euro'
    | 'sale'
    | 'sale_of_two'
    | 'refund'
    | 'cashout'
    | 'transfer'
    | 'cancel'
    | 'batch'
    | 'block'
    | 'top_up_person'
    | 'mandate'
    | 'sale_of_person'
    | DeedOfServices
  readonly who: number
  readonly amount: number
}

const isService = (what: string): what is DeedOfServices => what in DEEDS_OF_SERVICES
const SERVICES = Object.keys(DEEDS_OF_SERVICES).filter(isService)

export const deed: fc.Arbitrary<Deed> = fc.record({
  what: fc.constantFrom(
    'top_up',
    'top_up',
    'top_up_gift',
    'top_up_euro',
    'sale',
    'sale',
    'sale_of_two',
    'refund',
    'cashout',
    'transfer',
    'cancel',
    'batch',
    'block',
    'top_up_person',
    'mandate',
    'sale_of_person',
    'sale_of_person',
    ...SERVICES,
  ),
  who: fc.nat({ max: 11 }),
  amount: fc.integer({ min: 1, max: 400 }),
})

const SOME_EACH = [0, 1, 2, 3, 4, 5] as const

/** What everybody brings along: money of both venues and of the gateway, some of it spent. */
export const STOCK: readonly (readonly Deed[])[] = [
  SOME_EACH.flatMap((who) =>
    (
      ['top_up', 'top_up_claimed', 'top_up_person', 'top_up_euro', 'top_up_person_euro'] as const
    ).map((what) => ({ what, who, amount: 300 + who })),
  ),
  SOME_EACH.flatMap((who) =>
    (
      [
        'mandate',
        'sale',
        'sale_for_euro',
        'hold',
        'clearing',
        'redeem',
        'redeem_of_person',
      ] as const
    ).map((what) => ({ what, who, amount: 100 + who })),
  ),
]

/** The signed transaction of a deed. */
export const signDeed = (crowd: Crowd, { what, who, amount }: Deed): VerifiedTransaction =>
  isService(what)
    ? DEEDS_OF_SERVICES[what]({ crowd, venue: pick(crowd.venues, who), who, amount })
    : signPayment(crowd, { what, who, amount })

type Payment = { readonly what: Exclude<Deed['what'], DeedOfServices> } & Pick<
  Deed,
  'who' | 'amount'
>

const signPayment = (crowd: Crowd, { what, who, amount }: Payment): VerifiedTransaction => {
  const { world } = crowd
  const venue = pick(crowd.venues, who)
  const card = pick(crowd.cards, who)
  const other = pick(crowd.cards, who + 1)
  const { place, owner, till, local, gift } = venue
  const to = { card: card.id }
  switch (what) {
    case 'top_up':
      return world.sign(owner, { kind: 'issue', place, asset: local, amount: units(amount), to })
    case 'top_up_gift':
      return world.sign(owner, { kind: 'issue', place, asset: gift, amount: units(amount), to })
    case 'top_up_euro': {
      const reference = referenceOf(`intent ${who % 4}${amount % 50}`)
      const body = { kind: 'issue', asset: world.euro, amount: units(amount), to } as const
      return world.sign(GATEWAY, { ...body, reference })
    }
    case 'sale':
      return signSale(crowd, venue, [card], amount)
    case 'sale_of_two':
      return signSale(crowd, venue, [card, other], amount * 2)
    case 'refund': {
      const sale = crowd.sales.at(-1 - who)
      if (sale === undefined) return signSale(crowd, venue, [card], amount)
      const { owner: seller, place: at } = sale.venue
      return world.sign(seller, {
        kind: 'refund',
        place: at,
        sale: sale.id,
        ...(who % 2 === 0 ? {} : { amount: units(amount) }),
      })
    }
    case 'cashout': {
      const asset = who % 3 === 0 ? world.euro : local
      const body = { kind: 'cashout', place, payer: to, asset, amount: units(amount) } as const
      const agree = { kind: 'cashout', place, asset, max: units(400) } as const
      return world.sign(owner, body, { consents: [{ by: card.holder, agree }] })
    }
    case 'transfer': {
      const person = pick(crowd.people, who)
      const secret = pick(crowd.secrets, who)
      const asset = who % 2 === 0 ? world.euro : local
      const body = { kind: 'transfer', asset, amount: units(amount) } as const
      return who % 3 === 0
        ? world.sign(person.holder, { ...body, from: person.id, to: card.wallet })
        : world.sign(secret.holder, { ...body, from: secret.wallet, to: person.id })
    }
    case 'cancel':
      return world.sign(till, { kind: 'payment.cancel', place, grant: venue.grant })
    case 'batch': {
      const issue = { kind: 'issue', place, asset: local, to } as const
      const cashout = { kind: 'cashout', place, asset: local, payer: to } as const
      const agree = { kind: 'cashout', place, asset: local, max: units(400) } as const
      return world.sign(
        owner,
        {
          kind: 'batch',
          operations: [
            { ...issue, amount: units(amount) },
            { ...cashout, amount: units(amount + (who % 4)) },
            { ...issue, amount: units(1) },
          ],
        },
        { consents: [{ by: card.holder, agree }] },
      )
    }
    case 'top_up_person': {
      const person = { wallet: pick(crowd.people, who).id }
      const body = { kind: 'issue', place, asset: local, to: person } as const
      return world.sign(owner, { ...body, amount: units(amount * 3) })
    }
    case 'mandate': {
      const { holder, id: wallet } = pick(crowd.people, who)
      const to = who % 3 === 0 ? world.federation : place
      const caps = { charge: units(amount), day: units(amount * (1 + (who % 2))) }
      return world.sign(holder, { kind: 'mandate.set', wallet, to, caps })
    }
    case 'sale_of_person': {
      const payers = [{ wallet: pick(crowd.people, who).id }]
      return world.sign(till, { ...saleBody(venue, [], Math.ceil(amount / 4)), payers })
    }
    case 'block':
      return who === 11
        ? world.sign(owner, { kind: 'card.block', place, card: card.id })
        : world.sign(till, { kind: 'payment.cancel', place, grant: venue.grant })
  }
}

function signSale(
  { world, sales }: Crowd,
  venue: Venue,
  cards: readonly TestCard[],
  amount: number,
): VerifiedTransaction {
  const consents = cards.map((card) => saleConsent(venue, card, amount))
  const transaction = world.sign(venue.till, saleBody(venue, cards, amount), { consents })
  sales.push({ venue, id: transaction.jti })
  return transaction
}
