import type { z } from 'zod'
import type { FamilyDefinition } from './family.ts'
import {
  AssetRecord,
  AuthoritiesRecord,
  BalanceRecord,
  BatchRecord,
  CardRecord,
  CodeRecord,
  CounterRecord,
  EpochRecord,
  FederationRecord,
  GrantRecord,
  InvitationRecord,
  KeyRecord,
  MandateRecord,
  NetworkRecord,
  PaymentRecord,
  PlaceRecord,
  ReferenceRecord,
  SaleRecord,
  WalletRecord,
} from './record.ts'
import { ClearingRecord, ClockRecord, HoldRecord } from './record-hold.ts'
import {
  CorrectionRecord,
  DeficitRecord,
  MembershipRecord,
  PresenceRecord,
  TopUpRecord,
} from './record-money.ts'
import { balanceText, counterText, paymentText, saleText } from './record-text.ts'

/**
 * The record families of the ledger, in the fixed order of the state root. A number is never reused.
 * Recycled families hold short-lived records whose freed slots are taken again, last in first out.
 */
export const FAMILIES = {
  network: family(1, NetworkRecord, () => 'network'),
  asset: family(2, AssetRecord, (record) => record.id),
  federation: family(3, FederationRecord, (record) => record.id),
  place: family(4, PlaceRecord, (record) => record.id),
  grant: family(5, GrantRecord, (record) => record.id),
  wallet: family(6, WalletRecord, (record) => record.id),
  key: family(7, KeyRecord, (record) => record.key),
  balance: family(8, BalanceRecord, (record) => `${record.wallet}/${record.asset}`, balanceText),
  card: family(9, CardRecord, (record) => record.id),
  batch: family(10, BatchRecord, (record) => `${record.place}/${record.label}`),
  mandate: family(11, MandateRecord, (record) => `${record.wallet}/${record.to}`),
  sale: recycled(12, SaleRecord, (record) => `${record.place}/${record.id}`, saleText),
  payment: recycled(13, PaymentRecord, (record) => `${record.scope}/${record.id}`, paymentText),
  reference: family(14, ReferenceRecord, (record) => `${record.asset}/${record.reference}`),
  counter: recycled(15, CounterRecord, (record) => record.name, counterText),
  code: family(16, CodeRecord, (record) => record.name),
  authorities: family(17, AuthoritiesRecord, () => 'authorities'),
  epoch: family(18, EpochRecord, (record) => String(record.epoch)),
  hold: recycled(19, HoldRecord, (record) => record.id),
  membership: family(20, MembershipRecord, (record) => `${record.wallet}/${record.asset}`),
  presence: family(
    21,
    PresenceRecord,
    (record) => `${record.wallet}/${record.asset}/${record.place}`,
  ),
  topup: family(22, TopUpRecord, (record) => `${record.asset}/${record.reference}`),
  deficit: family(23, DeficitRecord, (record) => record.asset),
  clearing: recycled(24, ClearingRecord, (record) => `${record.place}/${record.id}`),
  correction: family(25, CorrectionRecord, (record) => `${record.scope}/${record.id}`),
  invitation: recycled(26, InvitationRecord, (record) => `${record.federation}/${record.place}`),
  clock: family(27, ClockRecord, () => 'clock'),
} as const

export type FamilyName = keyof typeof FAMILIES
export type Records = { [F in FamilyName]: z.infer<(typeof FAMILIES)[F]['schema']> }

type Definition<S extends z.ZodObject> = FamilyDefinition<z.infer<S>> & {
  readonly schema: S
  /** The key of a record inside its family. */
  readonly key: (record: z.infer<S>) => string
}

function family<S extends z.ZodObject>(
  number: number,
  schema: S,
  key: (record: z.infer<S>) => string,
  encode = encoderOf(schema),
): Definition<S> {
  return { number, recycled: false, schema, key, encode }
}

function recycled<S extends z.ZodObject>(
  number: number,
  schema: S,
  key: (record: z.infer<S>) => string,
  encode = encoderOf(schema),
): Definition<S> {
  return { ...family(number, schema, key, encode), recycled: true }
}

/**
 * JSON with the members in the order of the schema, absent ones left out, no white space. Nested
 * values were parsed under the same schemas, so their members are in order already.
 */
function encoderOf<S extends z.ZodObject>(schema: S): (record: z.infer<S>) => string {
  const members = Object.keys(schema.shape)
  return (record) => {
    const values: Record<string, unknown> = record
    const ordered: Record<string, unknown> = {}
    for (const member of members) {
      const value = values[member]
      if (value !== undefined) ordered[member] = value
    }
    return JSON.stringify(ordered)
  }
}
