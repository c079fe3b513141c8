import { z } from 'zod'
import { Amount } from '../../amount.ts'
import { AssetId, GrantId, Key } from '../../id.ts'
import { ASSETS_PER_GRANT_MAX } from '../../limits.ts'
import { actingPlace, eachOnce, Label, TimeMs } from './terms.ts'

/** What a grant lets its grantee do in the place's name. `read`: the place's private records. */
export const GRANT_ACTIONS = [
  'asset.archive',
  'asset.create',
  'asset.update',
  'badge',
  'card.activate',
  'card.block',
  'card.register',
  'card.replace',
  'card.unblock',
  'card.void',
  'cashout',
  'clearing.open',
  'clearing.settle',
  'federation.accept',
  'federation.leave',
  'grant.issue',
  'hold.open',
  'hold.release',
  'issue',
  'membership.set',
  'payment.cancel',
  'place.leave',
  'place.update',
  'read',
  'redeem',
  'refund',
  'sale',
  'tip',
  'wallet.open',
] as const
export const GrantAction = z.enum(GRANT_ACTIONS)
export type GrantAction = z.infer<typeof GrantAction>

/**
 * Caps of a grant in smallest units, over all its assets together, counted in state along the whole
 * chain of ancestors. `refundDay` counts refunds and cash-outs; the others count everything moved.
 */
export const GrantCaps = z.strictObject({
  transaction: Amount.optional(),
  day: Amount.optional(),
  total: Amount.optional(),
  refundDay: Amount.optional(),
})
export type GrantCaps = z.infer<typeof GrantCaps>

/** Rights handed to a key. The signing grant is the parent; a child is within it in every dimension. */
export const GrantIssue = z.strictObject({
  kind: z.literal('grant.issue'),
  ...actingPlace,
  grantee: Key,
  actions: z
    .array(GrantAction)
    .min(1)
    .max(GRANT_ACTIONS.length)
    .refine(...eachOnce),
  assets: z
    .array(AssetId)
    .min(1)
    .max(ASSETS_PER_GRANT_MAX)
    .refine(...eachOnce)
    .optional(),
  till: Label.optional(),
  caps: GrantCaps,
  notBeforeMs: TimeMs.optional(),
  notAfterMs: TimeMs.optional(),
})
export type GrantIssue = z.infer<typeof GrantIssue>

/** Ends a grant and everything under it. By the place key or by an ancestor of the target. */
export const GrantRevoke = z.strictObject({
  kind: z.literal('grant.revoke'),
  ...actingPlace,
  target: GrantId,
})
export type GrantRevoke = z.infer<typeof GrantRevoke>
