import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import { Amount } from '#protocol/amount.ts'
import { HoldId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { keyOfSeed } from '../../keys/key-of-seed.ts'
import type { CaptureRefusal } from '../../leases/capture.ts'
import { LEASE_SECRET } from '../../leases/lease-key.ts'
import { defineCommand, done, failure } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { newPaymentId } from '../settle.ts'

const SEED_BYTES = 32

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

/** The key that a lease must name to be captured here, and what this node has promised. */
export const showLeases = defineCommand(z.strictObject({}), async (_, { secrets, leases }) => {
  const seed = await secrets.keep(LEASE_SECRET, new Uint8Array(randomBytes(SEED_BYTES)))
  const losses = leases.losses().map(({ id, hold, amount, atMs, lost }) => ({
    payment: id,
    hold,
    amount,
    promisedMs: atMs,
    code: lost,
  }))
  return done({ key: keyOfSeed(seed), waiting: leases.waiting(), losses })
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
  journal_full: 'the journal of captures is full, or the disk does not keep up',
}
