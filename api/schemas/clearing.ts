import { z } from 'zod'
import { Amount } from '#protocol/amount.ts'
import { Hash } from '#protocol/hash.ts'
import { AssetId, PlaceId } from '#protocol/id.ts'
import { CLEARING_ASSETS_MAX } from '#protocol/limits.ts'
import type { HoldRecord } from '#protocol/state/record-hold.ts'
import { ClearingOpen, ClearingSettle } from '#protocol/transaction/kinds/clearing.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { OpenClearing, Position } from '../ports/books.ts'
import type { Proposed } from '../ports/settlement-desk.ts'
import { Consent, OrderId } from './orders.ts'
import { ageOf } from './payouts.ts'
import { Reference } from './reference.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

const Part = z.strictObject({ asset: AssetId, amount: Amount })
const Side = z.array(Part).max(CLEARING_ASSETS_MAX)

/** What is to be set apart, or how what is set apart ends. */
export const ProposalBody = z
  .discriminatedUnion('kind', [
    z.strictObject({
      id: OrderId,
      kind: z.literal('clearing.open'),
      other: PlaceId,
      gives: Side.describe("What the proposing place has of the other's money"),
      takes: Side.describe("What the other has of the proposing place's"),
    }),
    z.strictObject({
      id: OrderId,
      kind: z.literal('clearing.settle'),
      opener: PlaceId.describe('The place that opened it'),
      clearing: PaymentId.describe('The id of its opening'),
      gives: Side.describe('Set off of what the opener set apart'),
      takes: Side.describe('Set off of what the other set apart; of each unit as much'),
      paid: z
        .array(Part)
        .max(2 * CLEARING_ASSETS_MAX)
        .default([])
        .describe('Paid outside'),
      reference: Reference.optional(),
    }),
  ])
  .meta({ id: 'ClearingTerms' })

/** The transaction to be, as both places see it. Hand it to the other one, whole. */
const Proposal = z
  .strictObject({
    id: PaymentId,
    body: z.discriminatedUnion('kind', [ClearingOpen, ClearingSettle]),
    expires: Timestamp,
  })
  .meta({ id: 'ClearingProposal' })
type Proposal = z.infer<typeof Proposal>

export const ProposedView = z
  .strictObject({
    proposal: Proposal,
    terms: Hash.describe("What the other place's key agrees to: SHA-256 of the body"),
  })
  .meta({ id: 'ClearingProposed' })

export const proposedView = ({ proposal, terms }: Proposed): z.infer<typeof ProposedView> => ({
  proposal: { id: proposal.id, body: proposal.body, expires: timestampOf(proposal.expiresAtMs) },
  terms,
})

export const ConsentBody = z.strictObject({ proposal: Proposal }).meta({ id: 'ClearingToAgree' })
export const ConsentView = z
  .strictObject({
    consent: z.string().describe("The other place's consent: a compact JWS"),
  })
  .meta({ id: 'ClearingConsent' })
export const ClearingBody = z
  .strictObject({ proposal: Proposal, consent: Consent })
  .meta({ id: 'ClearingOrder' })

export const proposalOf = ({ id, body, expires }: Proposal) => ({
  id,
  body,
  expiresAtMs: Date.parse(expires),
})

const StockView = z.strictObject({
  asset: AssetId,
  available: z.int().min(0),
  held: z.int().min(0).describe('Set apart in a clearing or a payout'),
})
const PositionView = z
  .strictObject({
    place: PlaceId,
    owed: z.array(StockView).readonly().describe('Of its money that this place has: it owes us'),
    owing: z.array(StockView).readonly().describe('Of our money that it has: we owe it'),
  })
  .meta({ id: 'Position' })
const LeftView = z.strictObject({ asset: AssetId, amount: z.int().min(1) })
const OpenClearingView = z
  .strictObject({
    id: PaymentId,
    status: z.enum(['open', 'overdue']),
    opener: PlaceId,
    other: PlaceId,
    gives: z.array(LeftView).readonly().describe('Set apart by the opener'),
    takes: z.array(LeftView).readonly().describe('Set apart by the other'),
    since: Timestamp,
    ageSeconds: z.int().min(0),
  })
  .meta({ id: 'Clearing' })

const page = {
  height: z.int().min(0),
  time: Timestamp,
  next: z.string().optional().describe('Cursor of the next page'),
}
export const ClearingPage = z
  .strictObject({ items: z.array(PositionView).readonly(), ...page })
  .meta({ id: 'ClearingPage' })
export const OpenClearingPage = z
  .strictObject({ items: z.array(OpenClearingView).readonly(), ...page })
  .meta({ id: 'OpenClearingPage' })

export const positionView = ({ place, owed, owing }: Position) => ({ place, owed, owing })

export const openClearingView =
  (nowMs: number) =>
  ({
    clearing,
    gives,
    takes,
    sinceMs,
    overdue,
  }: OpenClearing): z.infer<typeof OpenClearingView> => ({
    id: clearing.id,
    status: overdue ? 'overdue' : 'open',
    opener: clearing.place,
    other: clearing.other,
    gives: gives.map(partOf),
    takes: takes.map(partOf),
    since: timestampOf(sinceMs),
    ageSeconds: ageOf(sinceMs, nowMs),
  })

const partOf = ({ asset, cap, captured }: HoldRecord) => ({ asset, amount: cap - captured })
