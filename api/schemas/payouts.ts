import { z } from 'zod'
import { AssetId, HoldId, PlaceId, WalletId } from '#protocol/id.ts'
import type { OpenPayout } from '../ports/books.ts'
import { Amount, Consent, OrderId } from './orders.ts'
import { Reference } from './reference.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

/** Money to be paid out: the place's takings, or with `from` what a person has of the place's own. */
export const PayoutBody = z
  .strictObject({
    id: OrderId,
    asset: AssetId,
    amount: Amount,
    from: z
      .strictObject({
        wallet: WalletId,
        consent: Consent.describe("The holder's consent to this payment id: a compact JWS"),
      })
      .optional(),
  })
  .meta({ id: 'PayoutOrder' })

/** How a payout ended. `paid: false` cancels it: its owner has the money again. */
export const PayoutEndBody = z
  .strictObject({ id: OrderId, paid: z.boolean(), reference: Reference })
  .meta({ id: 'PayoutEnd' })

/** A payout that waits to be paid and settled. */
const PayoutView = z
  .strictObject({
    id: HoldId.describe('What makes it one payment outside: use it as the idempotency key there'),
    status: z.enum(['open', 'overdue']),
    payer: z.enum(['gateway', 'place']).describe('Who pays it outside, and settles it here'),
    wallet: WalletId.describe('Whose money it is until it is paid'),
    place: PlaceId.optional().describe('Who had it opened; absent: the refund of a top-up'),
    asset: AssetId,
    amount: z.int().min(1),
    since: Timestamp.optional().describe(
      'Absent: longer ago than this node looks back, or right after its start',
    ),
    ageSeconds: z.int().min(0).optional(),
  })
  .meta({ id: 'Payout' })

export const PayoutPage = z
  .strictObject({
    items: z.array(PayoutView).readonly(),
    height: z.int().min(0),
    time: Timestamp,
    next: z.string().optional().describe('Cursor of the next page'),
  })
  .meta({ id: 'PayoutPage' })

/** Shown as of a block time. */
export const payoutView =
  (nowMs: number) =>
  ({ hold, payer, sinceMs, overdue }: OpenPayout): z.infer<typeof PayoutView> => ({
    id: hold.id,
    status: overdue ? 'overdue' : 'open',
    payer,
    wallet: hold.owner,
    ...(hold.beneficiary && { place: hold.beneficiary }),
    asset: hold.asset,
    amount: hold.cap - hold.captured,
    ...(sinceMs !== undefined && {
      since: timestampOf(sinceMs),
      ageSeconds: ageOf(sinceMs, nowMs),
    }),
  })

export const ageOf = (sinceMs: number, nowMs: number): number =>
  Math.max(0, Math.floor((nowMs - sinceMs) / 1_000))
