import { z } from 'zod'
import { Hash } from '#protocol/hash.ts'
import { AssetId, CardId, HoldId, PlaceId, WalletId } from '#protocol/id.ts'
import type { EventFacts, LedgerEvent, Leg, Movement } from '#protocol/ledger/event.ts'
import { Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import { RefusalCode } from '#protocol/transaction/outcome.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type {
  Applied,
  Cancelled,
  Captured,
  Expired,
  LeaseCapture,
  Pending,
  Refused,
  TransactionState,
} from '../ports/outcome.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

const AMOUNT_EXAMPLE = { description: 'Smallest units of the asset', example: 650 }
const Money = z.int().min(1).meta(AMOUNT_EXAMPLE)

/** What one payer gave of one asset. */
export const LegView = z
  .strictObject({
    card: CardId.optional(),
    wallet: WalletId,
    asset: AssetId,
    amount: Money,
  })
  .meta({ id: 'Leg' })

/** A change of one balance, negative when money left. */
const MovementView = z
  .strictObject({
    wallet: WalletId,
    asset: AssetId,
    change: z.int(),
    held: z.int().optional().describe('Change of what of it is held; absent where that stays'),
  })
  .meta({ id: 'Movement' })

const recordedAt = {
  height: z.int().min(0).describe('Height of the final block'),
  index: z.int().min(0).describe('Place within the block'),
  time: Timestamp,
}

/** In a final block, with effect. */
export const AppliedView = z
  .strictObject({
    id: PaymentId,
    status: z.literal('applied'),
    kind: z.string().meta({ example: 'sale' }),
    place: PlaceId.optional(),
    amount: Money.optional().describe('Sum of the legs'),
    legs: z.array(LegView).readonly().optional(),
    movements: z.array(MovementView).readonly(),
    created: z.array(z.string()).readonly().describe('Identifiers that came into being'),
    validUntil: Timestamp.optional().describe(
      'End of a membership; when a correction may take effect',
    ),
    visits: z.int().min(1).optional().describe('How often somebody has come, this time included'),
    stayedMs: z.int().min(0).optional().describe('How long somebody was there this time'),
    uncovered: Money.optional().describe('What a reversal added to the deficit of the gateway'),
    reason: Hash.optional().describe('Hash of why the authorities correct'),
    ...recordedAt,
  })
  .meta({ id: 'AppliedTransaction' })
export type AppliedView = z.infer<typeof AppliedView>

/** What `missingAmount` counts. */
export const missingIn = {
  asset: AssetId.optional().describe('The only asset that would have done'),
  unit: Unit.optional().describe('Of any asset with this unit and scale'),
  scale: Scale.optional(),
}

/** Declined: nothing moved, and the id is used up. */
export const RefusedView = z
  .strictObject({
    id: PaymentId,
    status: z.literal('refused'),
    code: RefusalCode,
    recorded: z.boolean().describe('Whether a final block records the refusal'),
    missingAmount: z.int().min(1).optional(),
    ...missingIn,
    legs: z.array(LegView).readonly().optional().describe('What the payers could have given'),
    heldElsewhere: z
      .int()
      .min(1)
      .optional()
      .describe('Reserved by other places, which were asked to give it back'),
    stateTime: Timestamp.optional().describe('The node was cut off and knew the ledger up to then'),
    height: recordedAt.height.optional(),
    index: recordedAt.index.optional(),
    time: Timestamp.optional(),
  })
  .meta({ id: 'RefusedTransaction' })
export type RefusedView = z.infer<typeof RefusedView>

/** Cancelled before it could take effect. Height, index and time are the cancellation's. */
export const CancelledView = z
  .strictObject({ id: PaymentId, status: z.literal('cancelled'), ...recordedAt })
  .meta({ id: 'CancelledTransaction' })
export type CancelledView = z.infer<typeof CancelledView>

/** Never included: the chain passed its expiry at this block. */
export const ExpiredView = z
  .strictObject({
    id: PaymentId,
    status: z.literal('expired'),
    height: recordedAt.height,
    time: Timestamp,
  })
  .meta({ id: 'ExpiredTransaction' })
export type ExpiredView = z.infer<typeof ExpiredView>

/** Kept by this node until it is in a block or expires. Ask again. */
export const PendingView = z
  .strictObject({ id: PaymentId, status: z.literal('pending'), since: Timestamp })
  .meta({ id: 'PendingTransaction' })
export type PendingView = z.infer<typeof PendingView>

const captureMembers = {
  lease: HoldId.describe('The hold that it is out of'),
  card: CardId.optional(),
  wallet: WalletId.optional(),
  asset: AssetId.optional(),
  amount: Money,
  captured: Timestamp.describe('When the node promised it'),
}

/**
 * Paid, out of a lease: the ledger had set the money apart, and this node's journal has the payment on
 * disk. No final block tells of it yet; when one does it is `applied`.
 */
export const CapturedView = z
  .strictObject({
    id: PaymentId,
    status: z.literal('captured'),
    offline: z.literal(true),
    ...captureMembers,
    left: z.int().min(0).describe('What can still be taken of the lease here'),
  })
  .meta({ id: 'CapturedTransaction' })
export type CapturedView = z.infer<typeof CapturedView>

/** Green: the customer has paid. */
export const TakenView = z
  .discriminatedUnion('status', [AppliedView, CapturedView])
  .meta({ id: 'TakenPayment' })

/** Taken out of a lease, and never on the ledger: nothing was charged, and the place bears it. */
export const LostView = z
  .strictObject({
    id: PaymentId,
    status: z.literal('lost'),
    code: z.string().describe('Why'),
    ...captureMembers,
  })
  .meta({ id: 'LostTransaction' })
export type LostView = z.infer<typeof LostView>

/** What is known of a payment id. */
export const TransactionView = z
  .discriminatedUnion('status', [
    AppliedView,
    RefusedView,
    CancelledView,
    ExpiredView,
    PendingView,
    CapturedView,
    LostView,
  ])
  .meta({ id: 'Transaction' })
export type TransactionView = z.infer<typeof TransactionView>

export const transactionView = (id: PaymentId, state: TransactionState): TransactionView => {
  switch (state.status) {
    case 'applied':
      return appliedView(id, state)
    case 'refused':
      return refusedView(id, state)
    case 'cancelled':
      return cancelledView(id, state)
    case 'expired':
      return expiredView(id, state)
    case 'pending':
      return pendingView(id, state)
    case 'captured':
      return capturedView(id, state)
    case 'lost':
      return { id, status: 'lost', code: state.code, ...captureOf(state) }
  }
}

export const pendingView = (id: PaymentId, { sinceMs }: Pending): PendingView => ({
  id,
  status: 'pending',
  since: timestampOf(sinceMs),
})

export const capturedView = (id: PaymentId, state: Captured): CapturedView => ({
  id,
  status: 'captured',
  offline: true,
  ...captureOf(state),
  left: state.left,
})

const captureOf = ({ hold, from, amount, capturedMs }: LeaseCapture) => ({
  lease: hold,
  ...(from?.card && { card: from.card }),
  ...(from && { wallet: from.wallet, asset: from.asset }),
  amount,
  captured: timestampOf(capturedMs),
})

/** Made member by member in the order of its schema: its JSON is what the schema would make of it. */
export const appliedView = (id: PaymentId, { event }: Applied): AppliedView => ({
  id,
  status: 'applied',
  kind: event.kind,
  ...(event.place && { place: event.place }),
  ...(event.legs && { amount: sumOf(event.legs), legs: event.legs.map(legView) }),
  movements: event.movements.map(movementView),
  created: event.created,
  ...factsView(event.facts),
  ...recorded(event),
})

const factsView = ({ untilMs, visits, stayedMs, uncovered, reason }: EventFacts = {}) => ({
  ...(untilMs !== undefined && { validUntil: timestampOf(untilMs) }),
  ...(visits !== undefined && { visits }),
  ...(stayedMs !== undefined && { stayedMs }),
  ...(uncovered !== undefined && { uncovered }),
  ...(reason !== undefined && { reason }),
})

const legView = ({ card, wallet, asset, amount }: Leg) =>
  card === undefined ? { wallet, asset, amount } : { card, wallet, asset, amount }

const movementView = ({ wallet, asset, change, held }: Movement) =>
  held === undefined ? { wallet, asset, change } : { wallet, asset, change, held }

export const cancelledView = (id: PaymentId, { event }: Cancelled): CancelledView => ({
  id,
  status: 'cancelled',
  ...recorded(event),
})

export const expiredView = (id: PaymentId, state: Expired): ExpiredView => ({
  id,
  status: 'expired',
  height: state.height,
  time: timestampOf(state.timeMs),
})

const refusedView = (id: PaymentId, state: Refused): RefusedView => ({
  id,
  status: 'refused',
  code: state.code,
  recorded: state.event !== undefined,
  ...refusalFacts(state),
})

/** What a refusal tells beside its code, in an outcome as in a problem. */
export const refusalFacts = ({ facts, event }: Refused) => ({
  ...(facts.missingAmount !== undefined && { missingAmount: facts.missingAmount }),
  ...(facts.asset && { asset: facts.asset }),
  ...(facts.unit !== undefined && { unit: facts.unit }),
  ...(facts.scale !== undefined && { scale: facts.scale }),
  ...(facts.legs && { legs: facts.legs }),
  ...(facts.heldElsewhere && { heldElsewhere: facts.heldElsewhere }),
  ...(facts.stateMs !== undefined && { stateTime: timestampOf(facts.stateMs) }),
  ...(event && recorded(event)),
})

const recorded = ({ height, index, timeMs }: LedgerEvent) => ({
  height,
  index,
  time: timestampOf(timeMs),
})

const sumOf = (legs: readonly { readonly amount: number }[]): number =>
  legs.reduce((sum, leg) => sum + leg.amount, 0)
