import { z } from 'zod'
import { AssetId } from '#protocol/id.ts'
import { Amount, OrderId } from './orders.ts'
import { NOT_ONE_RECEIVER, receiverNames, receiverOf } from './receiver.ts'

/** A membership to be extended by its period. Exactly one of tag, secret, card, wallet; becomes `to`. */
export const MembershipBody = z
  .strictObject({
    id: OrderId,
    ...receiverNames,
    amount: Amount.optional().describe('What was contributed for it outside the ledger'),
    asset: AssetId.optional().describe("Default: the place's only membership"),
  })
  .transform(({ id, amount, asset, ...who }, context) => {
    const to = receiverOf(who)
    if (to !== undefined) return { id, amount, asset, to }
    context.addIssue({ code: 'custom', message: NOT_ONE_RECEIVER })
    return z.NEVER
  })
  .meta({ id: 'MembershipOrder' })

/** Somebody comes or goes. Exactly one of tag, secret, card, wallet; becomes `who`. */
export const BadgeBody = z
  .strictObject({
    id: OrderId,
    ...receiverNames,
    direction: z.enum(['in', 'out']),
    asset: AssetId.optional().describe("Default: the place's only badge"),
  })
  .transform(({ id, direction, asset, ...who }, context) => {
    const one = receiverOf(who)
    if (one !== undefined) return { id, direction, asset, who: one }
    context.addIssue({ code: 'custom', message: NOT_ONE_RECEIVER })
    return z.NEVER
  })
  .meta({ id: 'BadgeOrder' })
