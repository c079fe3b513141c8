import { z } from 'zod'
import { AssetId, CardId, HoldId, WalletId } from '#protocol/id.ts'
import { OpenPurpose } from '#protocol/transaction/kinds/hold.ts'
import type { HoldAccount, HoldQuery } from '../ports/holds.ts'
import { CardHoldView } from './cards.ts'
import { ListQuery, pageQueryOf } from './list.ts'
import { Timestamp, timestampOf } from './timestamp.ts'

const Quantity = z.int().min(0)
const HoldStatus = z.enum(['open', 'closed'])
const stamp = { height: Quantity, time: Timestamp }
export const page = { ...stamp, next: z.string().optional().describe('Cursor of the next page') }

/** Money of somebody that is set apart for this place, and what this node took of it. */
export const HoldView = z
  .strictObject({
    id: HoldId,
    purpose: OpenPurpose,
    status: HoldStatus,
    wallet: WalletId.describe('Whose money it is until it is captured'),
    card: CardId.optional().describe('The card that it was opened with'),
    asset: AssetId,
    cap: z.int().min(1).describe('Set apart when it was opened, in smallest units'),
    captured: Quantity.describe('Paid to this place, in final blocks'),
    onTheWay: Quantity.describe('Captured by this node, and in no final block yet'),
    left: Quantity.describe('What can still be captured'),
    here: z.boolean().describe('Whether this node has the key that captures from it'),
    expires: Timestamp.optional(),
    releases: Timestamp.optional().describe(
      'When the grace is over too. Later, if the ledger stands still before',
    ),
  })
  .meta({ id: 'Hold' })
export type HoldView = z.infer<typeof HoldView>

export const HoldAnswer = z.strictObject({ ...HoldView.shape, ...stamp }).meta({ id: 'HoldAnswer' })
export const HoldPage = z
  .strictObject({ items: z.array(HoldView).readonly(), ...page })
  .meta({ id: 'HoldPage' })
export const WalletHolds = z
  .strictObject({ items: z.array(CardHoldView).readonly(), ...stamp })
  .meta({ id: 'WalletHolds' })

/** Each narrows the list. */
export const HoldFilter = z.strictObject({
  status: HoldStatus.optional(),
  purpose: OpenPurpose.optional(),
  wallet: WalletId.optional(),
  card: CardId.optional(),
})
export const HoldsQuery = z.strictObject({ ...ListQuery.shape, ...HoldFilter.shape })

export const holdQueryOf = (
  place: HoldQuery['place'],
  { status, purpose, wallet, card, ...query }: z.infer<typeof HoldsQuery>,
): HoldQuery => ({
  ...pageQueryOf(query),
  place,
  ...(status && { status }),
  ...(purpose && { purpose }),
  ...(wallet && { wallet }),
  ...(card && { card }),
})

export const holdView = ({ hold, here, onTheWay, left, releaseAtMs }: HoldAccount): HoldView => ({
  id: hold.id,
  purpose: OpenPurpose.parse(hold.purpose),
  status: hold.status,
  wallet: hold.owner,
  ...(hold.card && { card: hold.card }),
  asset: hold.asset,
  cap: hold.cap,
  captured: hold.captured,
  onTheWay,
  left,
  here,
  ...(hold.expiresAtMs !== undefined && { expires: timestampOf(hold.expiresAtMs) }),
  ...(releaseAtMs !== undefined && { releases: timestampOf(releaseAtMs) }),
})
