import { encodeId } from '#protocol/id.ts'
import { timestampOf } from '../schemas/timestamp.ts'
import { SAMPLE } from './sample.ts'

const ID_BYTES = 32
const HOLD = encodeId('hld', new Uint8Array(ID_BYTES).fill(2))
const HOUR_MS = 3_600_000
const time = timestampOf(SAMPLE.timeMs)
const expires = timestampOf(SAMPLE.timeMs + 6 * HOUR_MS)
const stamp = { height: SAMPLE.height, time }
const hold = {
  id: HOLD,
  purpose: 'lease',
  status: 'open',
  wallet: SAMPLE.wallet,
  card: SAMPLE.card,
  asset: SAMPLE.asset,
  cap: 3_000,
  captured: 500,
  onTheWay: 200,
  left: 2_300,
  here: true,
  expires,
  releases: timestampOf(SAMPLE.timeMs + 78 * HOUR_MS),
} as const
const none = { captures: 0, amount: 0 }

/** What is posted to set money apart, to take of it, and to give it back. */
export const HOLD_BODIES = {
  HoldOrderInput: {
    id: SAMPLE.payment,
    payers: [{ tag: SAMPLE.tag }],
    amount: 3_000,
    purpose: 'tab',
    expires,
  },
  HoldCaptureInput: { id: SAMPLE.payment, amount: 650 },
  HoldReleaseInput: { id: SAMPLE.payment },
} as const

/** What is answered of money that is set apart, and of what was promised of it. */
export const HOLD_ANSWERS = {
  HoldAnswer: { ...hold, ...stamp },
  HoldPage: { items: [hold], ...stamp, next: SAMPLE.cursor },
  WalletHolds: {
    items: [
      {
        id: HOLD,
        purpose: 'lease',
        place: SAMPLE.place,
        asset: SAMPLE.asset,
        cap: 3_000,
        captured: 500,
        expires,
      },
    ],
    ...stamp,
  },
  Leases: {
    mode: 'leases_only',
    policy: { enabled: true, granted: true, closed: false, amount: 3_000, minutes: 360 },
    key: SAMPLE.key,
    stateTime: time,
    stateAgeSeconds: 61,
    totals: [
      { asset: SAMPLE.asset, leases: 1, cap: 3_000, captured: 500, onTheWay: 200, left: 2_300 },
    ],
    items: [hold],
    ...stamp,
  },
  LeaseCaptures: {
    totals: [
      {
        asset: SAMPLE.asset,
        on_the_way: { captures: 1, amount: 200 },
        final: none,
        lost: none,
      },
    ],
    items: [
      {
        id: SAMPLE.payment,
        state: 'on_the_way',
        hold: HOLD,
        asset: SAMPLE.asset,
        amount: 200,
        till: 'bar-1',
        captured: time,
      },
    ],
    ...stamp,
  },
} as const
