import { z } from 'zod'
import { Amount, Units } from '../amount.ts'
import { Hash } from '../hash.ts'
import { AssetId, CardId, FederationId, GrantId, HoldId, Key, PlaceId, WalletId } from '../id.ts'
import {
  AssetCategory,
  CardLimits,
  IssueLimits,
  LeaseTerms,
  MembershipPeriodMs,
  SharedIn,
  VatNature,
} from '../transaction/kinds/asset.ts'
import { AuthorityMembers, RulesVersion } from '../transaction/kinds/authority.ts'
import { BatchMandate, CardStrength } from '../transaction/kinds/card.ts'
import { GrantAction, GrantCaps } from '../transaction/kinds/grant.ts'
import { PeerId } from '../transaction/kinds/peer-id.ts'
import { DebitOrder } from '../transaction/kinds/place.ts'
import { PublicName } from '../transaction/kinds/public-name.ts'
import { AssetCode, ChargeCaps, Label, Scale, TimeMs, Unit } from '../transaction/kinds/terms.ts'
import { Outcome } from '../transaction/outcome.ts'
import { PaymentId } from '../transaction/payment-id.ts'
import { Parameters } from './parameters.ts'

/** Network-wide facts: one record, key `network`. */
export const NetworkRecord = z.strictObject({
  name: PublicName,
  ver: z.int().min(1),
  parameters: Parameters,
})

/** Who votes, and who may change that: one record, key `authorities`. */
export const AuthoritiesRecord = z.strictObject({
  epoch: z.int().min(1),
  /** In the order of the set. */
  members: AuthorityMembers,
  /** A sealing block was executed: what the next block begins with. */
  change: z.strictObject({ members: AuthorityMembers, version: RulesVersion }).optional(),
})

/** Key of this record: its number. An epoch that is over, kept for ever. */
export const EpochRecord = z.strictObject({
  epoch: z.int().min(1),
  /** In the order of the set. */
  members: AuthorityMembers,
  version: RulesVersion,
  /** Height of its sealing block, its last. */
  sealedHeight: z.int().min(1),
})

export const AssetRecord = z.strictObject({
  id: AssetId,
  code: AssetCode,
  name: PublicName,
  category: AssetCategory,
  unit: Unit,
  scale: Scale,
  /** The issuing place; absent for federated and fixed assets. */
  issuer: PlaceId.optional(),
  /** Federated: the federation that holds it and the gateway key that issues it. */
  federation: FederationId.optional(),
  gateway: Key.optional(),
  cap: Amount.optional(),
  transferable: z.boolean(),
  archived: z.boolean(),
  cardLimits: CardLimits,
  vat: VatNature.optional(),
  /** Absent: no leases of it. */
  lease: LeaseTerms.optional(),
  issueLimits: IssueLimits.optional(),
  /** A place's own: where it is shared, and may be accepted by others. */
  federations: SharedIn.optional(),
  /** Of a membership alone. */
  periodMs: MembershipPeriodMs.optional(),
  /** issued − burned, always equal to Σ (available + held) over all balances. */
  supply: Units,
  issued: Units,
  burned: Units,
  /** The part of `burned` that was paid out; absent: nothing was. */
  redeemed: Units.optional(),
})

export const FederationRecord = z.strictObject({
  id: FederationId,
  name: PublicName,
  admins: z.array(Key).min(1),
  assets: z.array(AssetId),
  /** Whether weak cards of other origins may pay at its places. */
  weakCards: z.boolean(),
})

export const PlaceRecord = z.strictObject({
  id: PlaceId,
  key: Key,
  name: PublicName,
  wallet: WalletId,
  status: z.enum(['active', 'leaving', 'suspended']),
  authority: Key,
  nodes: z.array(PeerId),
  /** Currencies this place issues, oldest first. */
  assets: z.array(AssetId),
  accepts: z.array(AssetId),
  federations: z.array(FederationId),
  debitOrder: DebitOrder,
  payoutReference: Hash.optional(),
  /** When it began to leave; absent: it did not. A suspension that ends goes back to it. */
  leftMs: TimeMs.optional(),
})

export const GrantRecord = z.strictObject({
  id: GrantId,
  place: PlaceId,
  /** Absent: issued by the place key itself. */
  parent: GrantId.optional(),
  depth: z.int().min(1),
  grantee: Key,
  actions: z.array(GrantAction),
  assets: z.array(AssetId).optional(),
  till: Label.optional(),
  caps: GrantCaps,
  notBeforeMs: TimeMs.optional(),
  notAfterMs: TimeMs.optional(),
  /** Block time at which it was ended; absent: it was not. */
  revokedMs: TimeMs.optional(),
  /** Moved so far under this grant and its descendants, in all and on `day`. */
  total: Units,
  day: z.int().min(0),
  dayMoved: Units,
  dayRefunded: Units,
})

export const WalletRecord = z.strictObject({
  id: WalletId,
  kind: z.enum(['person', 'place', 'card', 'gateway']),
  keys: z.array(Key),
  /** Of a card's wallet: every asset it has a balance of, so that a link moves all of them. */
  assets: z.array(AssetId).optional(),
  /** Of a card's wallet: its memberships and badges, for the same reason. */
  services: z.array(AssetId).optional(),
  /** Open holds on this wallet's money, oldest first. */
  holds: z.array(HoldId).optional(),
  /** Until then it gives nothing: its holder said so. */
  frozenUntilMs: TimeMs.optional(),
  /** It gives nothing: the authorities said so. */
  legalHold: z.literal(true).optional(),
  /** Where all money of a linked card's wallet went, and what comes back follows. */
  successor: WalletId.optional(),
  /** Its card was voided: nothing comes in any more. */
  closed: z.literal(true).optional(),
})

/** Key of this record: the key itself. Tells whose a signing key is. */
export const KeyRecord = z.strictObject({
  key: Key,
  wallet: WalletId.optional(),
  place: PlaceId.optional(),
  /** It held a wallet and holds none: it signs no transaction any more. */
  retired: z.literal(true).optional(),
  /** It holds another wallet than before: only ids from then on are that wallet's. */
  sinceMs: TimeMs.optional(),
  /** The card whose own key or claim code it is: its place wrote it here, nobody agreed to it. */
  card: CardId.optional(),
})

/** Key of this record: `wallet/asset`. totalIn − totalOut = available + held; totals never fall. */
export const BalanceRecord = z.strictObject({
  wallet: WalletId,
  asset: AssetId,
  available: Units,
  held: Units,
  totalIn: Units,
  totalOut: Units,
})

export const CardRecord = z.strictObject({
  id: CardId,
  strength: CardStrength,
  place: PlaceId,
  batch: Label,
  state: z.enum(['blank', 'active', 'linked', 'blocked', 'replaced', 'void']),
  /** Whose money it reaches: the card's own wallet, or that of the person it was linked to. */
  wallet: WalletId.optional(),
  /** Signs for the hidden claim code. */
  claim: Key.optional(),
  /** The highest tap it was charged by. */
  counter: z.int().min(1).optional(),
  /** How often it was voided: each time its next wallet is another. */
  generation: z.int().min(1).optional(),
  /** The first of the cards it replaced in turn: caps are counted under that one. */
  countedAs: CardId.optional(),
  /** The card that took its place; of the first of several, the last. */
  replacedBy: CardId.optional(),
})

/** Key of this record: `place/label`. */
export const BatchRecord = z.strictObject({
  place: PlaceId,
  label: Label,
  strength: CardStrength,
  mandate: BatchMandate,
  cards: z.int().min(0),
  /** Vouches for the taps of dynamic cards. */
  attester: Key.optional(),
})

/** Key of this record: `wallet/to`. */
export const MandateRecord = z.strictObject({
  wallet: WalletId,
  to: z.union([PlaceId, FederationId]),
  caps: ChargeCaps,
  notAfterMs: TimeMs.optional(),
})

/** Key of this record: `place/paymentId`. Kept for the refund window. */
export const SaleRecord = z.strictObject({
  id: PaymentId,
  place: PlaceId,
  legs: z.array(
    z.strictObject({
      card: CardId.optional(),
      wallet: WalletId,
      asset: AssetId,
      amount: Amount,
    }),
  ),
  refunded: Units,
  timeMs: TimeMs,
  /** What of it paid for a membership or for money: given back only where a refund says so. */
  bought: Amount.optional(),
})

/** Key of this record: `scope/paymentId`. An id used up; remembered until it could not come again. */
export const PaymentRecord = z.strictObject({
  scope: z.union([PlaceId, WalletId, Key]),
  id: PaymentId,
  kind: z.string().regex(/^[a-z.]+$/),
  hash: Hash,
  outcome: Outcome,
  height: z.int().min(0),
  index: z.int().min(0),
  untilMs: TimeMs,
})

/** Key of this record: `asset/reference`. An external reference counts once, ever. */
export const ReferenceRecord = z.strictObject({ asset: AssetId, reference: Hash, id: PaymentId })

/** A running count that lapses: card charges per place and day, refusals per scope and hour. */
export const CounterRecord = z.strictObject({
  /** What is counted, of whom, and the day or hour: words, identifiers and a number. */
  name: z.string().regex(/^[a-z0-9/]+$/),
  value: Units,
  untilMs: TimeMs,
})

/** Key of this record: `issuer/code`. A code is unique per issuer. */
export const CodeRecord = z.strictObject({ name: z.string(), asset: AssetId })

/** Key of this record: `federation/place`. Used once, by the place, before it ends. */
export const InvitationRecord = z.strictObject({
  federation: FederationId,
  place: PlaceId,
  untilMs: TimeMs,
})

export type NetworkRecord = z.infer<typeof NetworkRecord>
export type AuthoritiesRecord = z.infer<typeof AuthoritiesRecord>
export type EpochRecord = z.infer<typeof EpochRecord>
export type AssetRecord = z.infer<typeof AssetRecord>
export type FederationRecord = z.infer<typeof FederationRecord>
export type PlaceRecord = z.infer<typeof PlaceRecord>
export type GrantRecord = z.infer<typeof GrantRecord>
export type WalletRecord = z.infer<typeof WalletRecord>
export type KeyRecord = z.infer<typeof KeyRecord>
export type BalanceRecord = z.infer<typeof BalanceRecord>
export type CardRecord = z.infer<typeof CardRecord>
export type BatchRecord = z.infer<typeof BatchRecord>
export type MandateRecord = z.infer<typeof MandateRecord>
export type SaleRecord = z.infer<typeof SaleRecord>
export type PaymentRecord = z.infer<typeof PaymentRecord>
export type ReferenceRecord = z.infer<typeof ReferenceRecord>
export type CounterRecord = z.infer<typeof CounterRecord>
export type CodeRecord = z.infer<typeof CodeRecord>
export type Scope = PaymentRecord['scope']
