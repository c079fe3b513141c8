import { z } from 'zod'
import { Amount, Units } from '#protocol/amount.ts'
import { Hash } from '#protocol/hash.ts'
import { AssetId, CardId, GrantId, HoldId, PlaceId, WalletId } from '#protocol/id.ts'
import { RefusalCode } from '#protocol/transaction/outcome.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { BatchQueue } from './batch-queue.ts'
import { PREFIXES } from './key-map.ts'
import type { KeyValuePort } from './key-value-port.ts'
import { createLocalTable, type LocalTable } from './local-table.ts'
import {
  deadLetterName,
  StoredDeadLetter,
  StoredWebhook,
  WebhookProgress,
} from './webhook-facts.ts'

const TimeMs = z.int().min(0)

/** A transaction this node has promised to bring to an outcome. Kept under its hash. */
const StoredSubmission = z.strictObject({
  hash: Hash,
  text: z.string(),
  id: PaymentId,
  scope: z.string(),
  kind: z.string(),
  content: Hash.exactOptional(),
  till: z.string().exactOptional(),
  amount: z.int().exactOptional(),
  expMs: TimeMs,
  sinceMs: TimeMs,
})
export type StoredSubmission = z.infer<typeof StoredSubmission>

/**
 * A submission that the chain passed by, and the block that told so. `content`: as in the outbox.
 * Kept under `scope/id`.
 */
const ExpiredSubmission = z.strictObject({
  scope: z.string(),
  id: PaymentId,
  hash: Hash,
  content: Hash.exactOptional(),
  height: z.int().min(0),
  timeMs: TimeMs,
})
export type ExpiredSubmission = z.infer<typeof ExpiredSubmission>

/**
 * A payment that this node refused before it signed it: its id is used up here. `content` is the hash
 * of what was asked for, so that other content under the id is told apart. Kept under `scope/id`.
 */
const Tombstone = z.strictObject({
  scope: z.string(),
  id: PaymentId,
  content: Hash,
  code: RefusalCode,
  facts: z.strictObject({
    missingAmount: z.int().min(0).exactOptional(),
    asset: AssetId.exactOptional(),
    unit: z.string().exactOptional(),
    scale: z.int().min(0).exactOptional(),
    legs: z
      .array(
        z.strictObject({
          card: CardId.exactOptional(),
          wallet: WalletId,
          asset: AssetId,
          amount: z.int().min(0),
        }),
      )
      .exactOptional(),
    stateMs: TimeMs.exactOptional(),
  }),
  timeMs: TimeMs,
})
export type Tombstone = z.infer<typeof Tombstone>

/** What is kept of an API key, never the token. Kept under the SHA-256 of the token. */
const StoredApiKey = z.strictObject({
  tokenHash: Hash,
  keyId: z.string(),
  place: PlaceId,
  grant: GrantId,
  till: z.string().exactOptional(),
  /** Name of the grant's signing key in the key store. */
  secret: z.string(),
  createdMs: TimeMs,
  expiresAtMs: TimeMs.exactOptional(),
  lastUsedMs: TimeMs.exactOptional(),
  revoked: z.boolean(),
  revokedMs: TimeMs.exactOptional(),
})
export type StoredApiKey = z.infer<typeof StoredApiKey>

/** A transaction that broke a rule here and is never tried again. Kept under its hash. */
const Quarantined = z.strictObject({ hash: Hash, detail: z.string(), timeMs: TimeMs })
export type Quarantined = z.infer<typeof Quarantined>

/** A small document of this node under its name. */
const Setting = z.strictObject({ name: z.string(), value: z.json() })
export type Setting = z.infer<typeof Setting>

/**
 * A capture that this node promised, with the bytes it signed first. `jti` is the id in them, another
 * one than the till's `id` only where the first bytes lapsed on the way. Kept under `place/id`.
 */
const StoredCapture = z.strictObject({
  id: PaymentId,
  place: PlaceId,
  hold: HoldId,
  amount: Amount,
  /** Whose money, and of what. */
  from: z
    .strictObject({ card: CardId.exactOptional(), wallet: WalletId, asset: AssetId })
    .exactOptional(),
  /** As in the outbox, of the payment that was asked for; absent: of the capture itself. */
  content: Hash.exactOptional(),
  till: z.string().exactOptional(),
  /** When it was promised, by the lease clock. */
  atMs: TimeMs,
  jti: PaymentId,
  hash: Hash,
  text: z.string(),
  expMs: TimeMs,
  /** Why it came to nothing, if it did. */
  lost: z.string().exactOptional(),
})
export type StoredCapture = z.infer<typeof StoredCapture>

/**
 * What this node captured under a grant and those below it, in smallest units: in all, and on the last
 * day that it captured anything, of the ledger's days. Kept under the grant.
 */
const StoredGrantUse = z.strictObject({
  grant: GrantId,
  total: Units,
  day: z.int().min(0),
  dayMoved: Units,
})
export type StoredGrantUse = z.infer<typeof StoredGrantUse>

/** The grant that an open hold was opened under, which its whole cap counts under. Kept under the hold. */
const StoredHoldGrant = z.strictObject({ hold: HoldId, grant: GrantId })
export type StoredHoldGrant = z.infer<typeof StoredHoldGrant>

/** What one node alone knows and must not forget. */
export type LocalFacts = {
  readonly outbox: LocalTable<StoredSubmission>
  readonly expired: LocalTable<ExpiredSubmission>
  readonly tombstones: LocalTable<Tombstone>
  readonly apiKeys: LocalTable<StoredApiKey>
  readonly quarantine: LocalTable<Quarantined>
  readonly settings: LocalTable<Setting>
  readonly captures: LocalTable<StoredCapture>
  readonly grantUses: LocalTable<StoredGrantUse>
  readonly holdGrants: LocalTable<StoredHoldGrant>
  readonly webhooks: LocalTable<StoredWebhook>
  readonly webhookProgress: LocalTable<WebhookProgress>
  readonly deadLetters: LocalTable<StoredDeadLetter>
}

/** The name of a payment in `expired` and `tombstones`. */
export const paymentName = (payment: { readonly scope: string; readonly id: PaymentId }): string =>
  `${payment.scope}/${payment.id}`

export const createLocalFacts = (port: KeyValuePort, queue: BatchQueue): LocalFacts => ({
  outbox: createLocalTable(port, queue, {
    prefix: PREFIXES.outbox,
    schema: StoredSubmission,
    nameOf: ({ hash }) => hash,
  }),
  expired: createLocalTable(port, queue, {
    prefix: PREFIXES.expired,
    schema: ExpiredSubmission,
    nameOf: paymentName,
    found: 'rarely',
  }),
  tombstones: createLocalTable(port, queue, {
    prefix: PREFIXES.tombstone,
    schema: Tombstone,
    nameOf: paymentName,
    found: 'rarely',
  }),
  apiKeys: createLocalTable(port, queue, {
    prefix: PREFIXES.apiKey,
    schema: StoredApiKey,
    nameOf: ({ tokenHash }) => tokenHash,
  }),
  quarantine: createLocalTable(port, queue, {
    prefix: PREFIXES.quarantine,
    schema: Quarantined,
    nameOf: ({ hash }) => hash,
  }),
  settings: createLocalTable(port, queue, {
    prefix: PREFIXES.setting,
    schema: Setting,
    nameOf: ({ name }) => name,
  }),
  captures: createLocalTable(port, queue, {
    prefix: PREFIXES.capture,
    schema: StoredCapture,
    nameOf: ({ place, id }) => paymentName({ scope: place, id }),
  }),
  grantUses: createLocalTable(port, queue, {
    prefix: PREFIXES.grantUse,
    schema: StoredGrantUse,
    nameOf: ({ grant }) => grant,
  }),
  holdGrants: createLocalTable(port, queue, {
    prefix: PREFIXES.holdGrant,
    schema: StoredHoldGrant,
    nameOf: ({ hold }) => hold,
  }),
  webhooks: createLocalTable(port, queue, {
    prefix: PREFIXES.webhook,
    schema: StoredWebhook,
    nameOf: ({ id }) => id,
  }),
  webhookProgress: createLocalTable(port, queue, {
    prefix: PREFIXES.webhookProgress,
    schema: WebhookProgress,
    nameOf: ({ id }) => id,
  }),
  deadLetters: createLocalTable(port, queue, {
    prefix: PREFIXES.deadLetter,
    schema: StoredDeadLetter,
    nameOf: deadLetterName,
  }),
})
