import { z } from 'zod'
import { Amount } from '#protocol/amount.ts'
import { HoldId } from '#protocol/id.ts'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { CaptureRefusal } from '../../leases/capture.ts'
import { leaseGrantOf } from '../../leases/lease-keeper.ts'
import { keepLeaseKey } from '../../leases/lease-key.ts'
import { defineCommand, done, failure } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { newPaymentId, settle } from '../settle.ts'

const CaptureOrder = z.strictObject({
  hold: HoldId,
  amount: Amount,
  id: PaymentId.optional(),
})

/** A payment out of a lease: promised as soon as it is on disk, whether or not anybody can be reached. */
export const captureLease = defineCommand(
  CaptureOrder,
  async ({ hold, amount, id = newPaymentId() }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    const answer = await operations.leases.capture({ place: own.place.id, hold, amount, id })
    if (answer.kind === 'refused') return failure('failed', answer.code, SENTENCES[answer.code])
    return done({ payment: id, hold, amount, replayed: answer.replayed })
  },
)

/** The right of the place that the policy of leases needs, for the key that captures; once is enough. */
export const enableLeases = defineCommand(z.strictObject({}), async (_, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const place = own.place.id
  const key = await keepLeaseKey(operations.secrets)
  const known = leaseGrantOf(operations, place, key)
  if (known !== undefined) return done({ grant: known, key })
  const actions: GrantAction[] = ['hold.open', 'hold.release']
  const body = {
    kind: 'grant.issue',
    place,
    grantee: key,
    actions,
    till: 'leases',
    caps: {},
  } as const
  const settled = await settle(operations, { as: 'place', body })
  return settled.ok ? done({ grant: settled.event.created[0] ?? null, key }) : settled
})

/** After closing time all leases are given back; none is opened before `lease reopen`, or a restart. */
export const closeLeases = defineCommand(z.strictObject({}), async (_, { leases }) => {
  leases.close()
  return done({ closed: true, open: leases.figures().open })
})

export const reopenLeases = defineCommand(z.strictObject({}), async (_, { leases }) => {
  leases.reopen()
  return done({ closed: false, open: leases.figures().open })
})

/** The key that a lease must name to be captured here, and what this node has promised. */
export const showLeases = defineCommand(z.strictObject({}), async (_, operations) => {
  const { leases } = operations
  const key = await keepLeaseKey(operations.secrets)
  const losses = leases.losses().map(({ id, hold, amount, atMs, lost }) => ({
    payment: id,
    hold,
    amount,
    promisedMs: atMs,
    code: lost,
  }))
  const { open, left, waiting } = leases.figures()
  return done({ key, closed: leases.isClosed(), open, left, waiting, losses })
})

const SENTENCES: Readonly<Record<CaptureRefusal, string>> = {
  hold_unknown: 'the ledger here knows no such hold of this place',
  hold_elsewhere: 'another key captures from this hold',
  hold_closed: 'the hold has ended',
  lease_over: 'the lease has ended, or is about to',
  id_not_yet_valid: 'the payment id is of a later time',
  id_lapses: 'the payment id would not last until the capture can be delivered',
  id_used: 'the payment id is used up: read its outcome',
  hold_cap_exceeded: 'more than is left of the hold',
  grant_cap_exceeded: 'more than a grant allows',
  journal_full: 'the journal of captures is full, or the disk does not keep up',
}
