import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { units } from '#protocol/amount.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { type Act, createActs } from './acts.ts'
import type { Circuit } from './circuit.ts'
import { CARDS, createFair, PERSONS, walletOf } from './fair.ts'
import { openingOf, personOf } from './fair-opening.ts'
import { createJunk } from './junk.ts'
import type { Keys } from './keys.ts'
import type { RandomSource } from './random.ts'
import { createSigningDesk } from './signing-desk.ts'
import type { Swarm } from './swarm.ts'
import { createTightCaps } from './tight-caps.ts'

/** Everything that people at one fair sign, ready to be submitted. */
export type Payments = {
  /** What must be applied before anybody can pay, in waves: a wave needs the ones before it. */
  readonly opening: (nowMs: number) => readonly (() => readonly OutboxEntry[])[]
  readonly sale: (nowMs: number, order: Order & { readonly id?: PaymentId }) => OutboxEntry
  readonly cancel: (nowMs: number, payment: Pick<OutboxEntry, 'id'>) => OutboxEntry
  readonly transfer: (nowMs: number, order: Order & { readonly to: number }) => OutboxEntry
  /** One of all that can be done at a fair, or that somebody tries. */
  readonly act: Act
  /** A text that no block may hold: not signed, of another network, expired, of nobody, or no text. */
  readonly junk: (nowMs: number, random: RandomSource) => string
  readonly cards: number
  readonly persons: number
}

/** Who pays how much; `forMs`: how long the text is worth something. */
export type Order = { readonly from: number; readonly amount: number; readonly forMs: number }

const CANCEL_MS = 60_000

export const createPayments = (
  circuit: Circuit,
  keys: Keys,
  { load, deeds }: Partial<Pick<Swarm, 'load' | 'deeds'>> = {},
): Payments => {
  const desk = createSigningDesk(circuit.genesis)
  const fair = createFair(circuit, keys, desk)
  const tight = load === 'tightCaps' ? createTightCaps(fair, desk) : undefined
  const { venue, till, grants, cards, assets } = fair
  const place = venue.id
  return {
    cards: CARDS,
    persons: PERSONS,
    opening: (nowMs) => [...openingOf(fair, desk, nowMs), ...(tight?.opening(nowMs) ?? [])],
    sale: (nowMs, { from, amount, forMs, id }) => {
      const card = cards.free[from % CARDS]
      if (card === undefined) throw new Error('no such card')
      const body = {
        kind: 'sale',
        place,
        grant: grants.till,
        payers: [{ card }],
        amount: units(amount),
        unit: 'EUR',
        scale: 2,
      } as const
      return desk.sign(till, { ...body, payers: [{ card }] }, { nowMs, forMs, scope: place, id })
    },
    cancel: (nowMs, { id }) =>
      desk.sign(
        till,
        { kind: 'payment.cancel', place, grant: grants.till },
        { nowMs, forMs: CANCEL_MS, scope: place, id },
      ),
    act: tight?.act ?? createActs(fair, desk, deeds),
    junk: tight?.junk ?? createJunk(circuit, keys),
    transfer: (nowMs, { from, to, amount, forMs }) => {
      const [payer, payee] = [personOf(fair, from), personOf(fair, to)]
      return desk.sign(
        payer,
        {
          kind: 'transfer',
          from: walletOf(payer),
          to: walletOf(payee),
          asset: assets.medal,
          amount: units(amount),
        },
        { nowMs, forMs, scope: walletOf(payer) },
      )
    },
  }
}
