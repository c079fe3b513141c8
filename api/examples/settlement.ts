import { encodeId } from '#protocol/id.ts'
import { timestampOf } from '../schemas/timestamp.ts'
import { SAMPLE } from './sample.ts'

const ID_BYTES = 32
const OTHER = encodeId('plc', new Uint8Array(ID_BYTES).fill(2))
const PAYOUT = encodeId('hld', new Uint8Array(ID_BYTES).fill(1))
const CONSENT = 'eyJhbGciOiJFZERTQSJ9.eyJhZ3JlZSI6e319.c2lnbmF0dXJl'

const time = timestampOf(SAMPLE.timeMs)
const stamp = { height: SAMPLE.height, time }
const part = { asset: SAMPLE.asset, amount: 1_200 }
const money = {
  asset: SAMPLE.asset,
  code: 'BAR',
  category: 'local',
  unit: 'EUR',
  scale: 2,
} as const

const proposal = {
  id: SAMPLE.payment,
  body: {
    kind: 'clearing.open',
    place: SAMPLE.place,
    other: OTHER,
    gives: [part],
    takes: [part],
  },
  expires: time,
} as const

/** Bodies of orders between places, and of money that leaves. */
export const SETTLEMENT_BODIES = {
  ClearingTermsInput: {
    id: SAMPLE.payment,
    kind: 'clearing.open',
    other: OTHER,
    gives: [part],
    takes: [part],
  },
  ClearingToAgreeInput: { proposal },
  ClearingOrderInput: { proposal, consent: CONSENT },
  PayoutOrderInput: { id: SAMPLE.payment, asset: SAMPLE.asset, amount: 1_200 },
  PayoutEndInput: { id: SAMPLE.payment, paid: true, reference: SAMPLE.hash },
  MembershipOrderInput: { id: SAMPLE.payment, tag: SAMPLE.tag },
  BadgeOrderInput: { id: SAMPLE.payment, tag: SAMPLE.tag, direction: 'in' },
} as const

/** What is answered of them, and the books. */
export const SETTLEMENT_ANSWERS = {
  ClearingProposed: { proposal, terms: SAMPLE.hash },
  ClearingConsent: { consent: CONSENT },
  ClearingPage: {
    items: [
      {
        place: OTHER,
        owed: [{ asset: SAMPLE.asset, available: 1_200, held: 0 }],
        owing: [],
      },
    ],
    ...stamp,
  },
  OpenClearingPage: {
    items: [
      {
        id: SAMPLE.payment,
        status: 'open',
        opener: SAMPLE.place,
        other: OTHER,
        gives: [part],
        takes: [part],
        since: time,
        ageSeconds: 60,
      },
    ],
    ...stamp,
  },
  PayoutPage: {
    items: [
      {
        id: PAYOUT,
        status: 'open',
        payer: 'place',
        wallet: SAMPLE.wallet,
        place: SAMPLE.place,
        ...part,
        since: time,
        ageSeconds: 60,
      },
    ],
    ...stamp,
  },
  ReservePage: {
    items: [
      {
        ...money,
        supply: 2_000,
        issued: 2_000,
        burned: 0,
        redeemed: 0,
        inWallets: 1_350,
        atGateway: 0,
        atPlaces: 650,
        inPayouts: 0,
        inClearings: 0,
        deficit: 0,
        backed: 2_000,
        places: [{ place: SAMPLE.place, available: 650, held: 0 }],
      },
    ],
    ...stamp,
  },
  ClosingPage: {
    items: [
      {
        day: time.slice(0, 10),
        openingHeight: 4_000,
        closingHeight: SAMPLE.height,
        complete: false,
        tills: [
          {
            till: 'bar-1',
            transactions: 1,
            takings: [{ ...money, sold: 650, refunded: 0, tips: 0, issued: 0, burned: 0 }],
            sums: [{ ...money, kind: 'sale', account: 'place', lines: 1, change: 650 }],
          },
        ],
      },
    ],
    ...stamp,
  },
  exportBooks: '{"day":"2026-06-21","kind":"sale"}\n',
} as const
