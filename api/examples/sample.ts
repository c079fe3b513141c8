import { ZERO_HASH } from '#protocol/hash.ts'
import { encodeId, type IdKind, type IdOf } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'

/** An evening at a bar that all examples tell of. */
const ID_BYTES = 32
const idOf = <K extends IdKind>(kind: K, n = 1): IdOf[K] =>
  encodeId(kind, new Uint8Array(ID_BYTES).fill(n))

export const SAMPLE = {
  payment: PaymentId.parse('0199e6a0-2b7c-7c4e-9d15-5f0c8a1b2c3d'),
  refund: PaymentId.parse('0199e6a1-80de-7a01-8b54-0c9d7e6f5a4b'),
  tag: '04A1B2C3',
  secret: '000102030405060708090a0b0c0d0e0f',
  place: idOf('plc'),
  till: idOf('wal'),
  wallet: idOf('wal', 2),
  card: idOf('crd'),
  asset: idOf('ast'),
  federation: idOf('fed'),
  grant: idOf('grt'),
  network: idOf('net'),
  key: idOf('key'),
  operatorKey: idOf('key', 2),
  peerId: '12D3KooWEyopopk1oBNSTpTLDpRRSRUfwYJPQmXtUHMXQJ3TnZ7s',
  hash: ZERO_HASH,
  height: 4_711,
  timeMs: Date.UTC(2026, 5, 21, 18, 4, 5, 123),
  cursor: '3mv-2',
} as const

/** A beer for 6.50 that was paid. */
export const SALE: LedgerEvent = {
  height: SAMPLE.height,
  index: 2,
  timeMs: SAMPLE.timeMs,
  kind: 'sale',
  id: SAMPLE.payment,
  scope: SAMPLE.place,
  place: SAMPLE.place,
  outcome: 'applied',
  movements: [
    { wallet: SAMPLE.wallet, asset: SAMPLE.asset, change: -650 },
    { wallet: SAMPLE.till, asset: SAMPLE.asset, change: 650 },
  ],
  created: [],
  legs: [{ card: SAMPLE.card, wallet: SAMPLE.wallet, asset: SAMPLE.asset, amount: 650 }],
}

export const HEALTH = {
  mode: 'online',
  height: SAMPLE.height,
  lagMs: 900,
  lagBlocks: 0,
  peers: 5,
  clockOffsetMs: 1.5,
  conservation: 'ok',
  haltedBy: null,
  warnings: [],
} as const
