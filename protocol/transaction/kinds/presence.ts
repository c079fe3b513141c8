import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { AssetId } from '../../id.ts'
import { actingPlace, Payer } from './terms.ts'

/** Extends a membership by the asset's period, from its end or from now, whichever is later. */
export const MembershipSet = z.strictObject({
  kind: z.literal('membership.set'),
  ...actingPlace,
  asset: AssetId,
  to: Payer,
  /** What was contributed for it outside the ledger, in smallest units. */
  amount: Amount.optional(),
})
export type MembershipSet = z.infer<typeof MembershipSet>

/** Somebody comes or goes. */
export const Badge = z.strictObject({
  kind: z.literal('badge'),
  ...actingPlace,
  asset: AssetId,
  who: Payer,
  direction: z.enum(['in', 'out']),
})
export type Badge = z.infer<typeof Badge>
