import { hexToBytes } from '@noble/hashes/utils.js'
import { concat, u64, utf8 } from '#protocol/bytes.ts'
import { type Hash, hashBytes } from '#protocol/hash.ts'
import { ID_KINDS, idBytes, type PlaceId, type WalletId } from '#protocol/id.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'

/**
 * Every key of the database. Numbers are big-endian, so that the order of keys is that of the ledger. A payment
 * id begins with its time: payments of one time lie together, and are found without their scope.
 * `scope` is a kind byte and 32 bytes, `id` the 16 bytes of a payment id.
 *
 * | prefix | key | value | meaning |
 * | --- | --- | --- | --- |
 * | 01 | name | `applied`: height u64, digest 32; `journal`: 1; `base`: as `putBase`; `snapshot`: height u64 | what the store knows of itself |
 * | 10 | family u8, slot u32 | text | the last text of each slot: a record, or a free slot's link |
 * | 11 | family u8, chunk u32 | root 32 | chunks of a snapshot that are under 10, while it is received |
 * | 20 | height u64 | digest, 1 and position or 0, header | each final block |
 * | 21 | digest | height u64 | the height of a final block |
 * | 22 | height u64 | certificate | the finalization of each segment, at its last block |
 * | 30 | id, scope | height u64, index u32, hash 32, outcome | a payment's transaction, and its end |
 * | 40 | height u64 | `writeEvents` | what each transaction of a block did; none for an empty one |
 * | 41 | wallet 32, height u64 | index u32… | events of a block that moved a wallet's money |
 * | 42 | place 32, height u64 | index u32… | events of a block that concern a place |
 * | 50 | transaction hash | JSON | outbox: taken, without an outcome yet |
 * | 51 | `scope/id` | JSON | tombstones: refused by this node before signing, never taken again |
 * | 52 | `scope/id` | JSON | submissions of this node that expired |
 * | 53 | SHA-256 of the token | JSON | API keys |
 * | 54 | transaction hash | JSON | quarantine: transactions that broke a rule |
 * | 55 | name | JSON | settings and small documents of this node |
 * | 56 | `place/id` | JSON | captures from leases, until the store holds their blocks |
 * | 57 | grant | JSON | what was captured here under a grant and those below it |
 * | 58 | hold | JSON | the grant that a hold was opened under, while it is open |
 * | 5a | id | JSON | webhooks: where events are delivered to |
 * | 5b | id of a webhook | JSON | how far its deliveries have come |
 * | 5c | webhook `/` event | JSON | events that a webhook's receiver refused again and again |
 */
export const PREFIXES = {
  meta: 0x01,
  record: 0x10,
  chunk: 0x11,
  block: 0x20,
  height: 0x21,
  certificate: 0x22,
  payment: 0x30,
  event: 0x40,
  walletEvent: 0x41,
  placeEvent: 0x42,
  outbox: 0x50,
  tombstone: 0x51,
  expired: 0x52,
  apiKey: 0x53,
  quarantine: 0x54,
  setting: 0x55,
  capture: 0x56,
  grantUse: 0x57,
  holdGrant: 0x58,
  webhook: 0x5a,
  webhookProgress: 0x5b,
  deadLetter: 0x5c,
} as const
export type Prefix = (typeof PREFIXES)[keyof typeof PREFIXES]

/** A place in the ledger: which transaction of which block. Also the cursor of every reader. */
export type LedgerPlace = { readonly height: number; readonly index: number }

/** The key of the parts under a prefix. */
export const keyOf = (prefix: Prefix, ...parts: readonly Uint8Array[]): Uint8Array =>
  concat(Uint8Array.of(prefix), ...parts)

/** The first key after all that begin with `start`. */
export const after = (start: Uint8Array): Uint8Array => {
  const end = start.slice()
  for (let index = end.length - 1; index >= 0; index--) {
    const byte = end[index] ?? 0
    end[index] = (byte + 1) & 0xff
    if (byte !== 0xff) return end
  }
  return concat(start, new Uint8Array(64).fill(0xff))
}

export const namePart = (name: string): Uint8Array => utf8(name)

export const hashPart = (hash: Hash): Uint8Array => hashBytes(hash)

export const heightPart = (height: number): Uint8Array => u64(height)

export const ownerPart = (owner: WalletId | PlaceId): Uint8Array => idBytes(owner)

export const paymentPart = (id: PaymentId): Uint8Array => hexToBytes(id.replaceAll('-', ''))

export const scopePart = (scope: Scope): Uint8Array =>
  concat(Uint8Array.of(kindOf(scope)), idBytes(scope))

/** What kind of id this is, as a number. */
export const kindOf = (id: Scope): number => ID_KINDS.findIndex((prefix) => id.startsWith(prefix))

/** The height at the end of a key. */
export const heightOfKey = (key: Uint8Array): number =>
  Number(new DataView(key.buffer, key.byteOffset + key.length - 8, 8).getBigUint64(0))

/** Family number and slot of a record's key. */
export const slotOfKey = (key: Uint8Array): { readonly family: number; readonly slot: number } => {
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength)
  return { family: view.getUint8(1), slot: view.getUint32(2) }
}
