import { z } from 'zod'
import { GrantId } from '#protocol/id.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import { GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { defineCommand, done } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

/** Rights of the place handed to a key that somebody else keeps. */
export const issueGrant = defineCommand(
  GrantIssue.omit({ kind: true, place: true, grant: true }).extend({ id: PaymentId.optional() }),
  async ({ id, ...terms }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    const settled = await settle(operations, {
      id,
      as: 'place',
      body: { kind: 'grant.issue', place: own.place.id, ...terms },
    })
    if (!settled.ok) return settled
    const [grant] = settled.event.created
    return done({ grant, id: settled.id, height: settled.event.height })
  },
)

/** Ends a grant of the place and everything under it. */
export const revokeGrant = defineCommand(
  z.strictObject({ grant: GrantId, id: PaymentId.optional() }),
  async ({ grant, id }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    const settled = await settle(operations, {
      id,
      as: 'place',
      body: { kind: 'grant.revoke', place: own.place.id, target: grant },
    })
    if (!settled.ok) return settled
    return done({ grant, revoked: true, id: settled.id, height: settled.event.height })
  },
)

/** Every grant of the place. */
export const listGrants = defineCommand(z.strictObject({}), async (_, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const grants = [...operations.records('grant')].filter(({ place }) => place === own.place.id)
  return done({ grants: grants.map(summaryOf) })
})

const summaryOf = ({ id, grantee, actions, till, caps, total, revokedMs }: GrantRecord) => ({
  grant: id,
  grantee,
  actions,
  till,
  caps,
  total,
  revoked: revokedMs !== undefined,
})
