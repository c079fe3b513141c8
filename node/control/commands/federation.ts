import { z } from 'zod'
import { FederationId, PlaceId } from '#protocol/id.ts'
import { INVITATION_MS_MAX } from '#protocol/limits.ts'
import { FederationCreate } from '#protocol/transaction/kinds/federation.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { keyOfSeed } from '../../keys/key-of-seed.ts'
import { type CommandFailure, defineCommand, done, failure } from '../command.ts'
import type { NodeOperations } from '../operations.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

const id = PaymentId.optional()
const HOUR_MS = 3_600_000

/** A federation whose one admin is the operator of this node; it names others later. */
export const createFederation = defineCommand(
  FederationCreate.pick({ name: true, weakCards: true }).extend({ id }),
  async ({ id: given, name, weakCards }, operations) => {
    const operator = operatorOf(operations)
    if (!operator.ok) return operator
    const admins = [operator.key]
    const body = { kind: 'federation.create', name, admins, weakCards } as const
    const settled = await settle(operations, { id: given, as: 'operator', body })
    if (!settled.ok) return settled
    const [federation] = settled.event.created
    return done({ federation, name, id: settled.id, height: settled.event.height })
  },
)

/** Lets one place join, for some hours of block time from the newest final block on. */
export const invite = defineCommand(
  z.strictObject({
    federation: FederationId,
    place: PlaceId,
    hours: z
      .int()
      .min(1)
      .max(INVITATION_MS_MAX / HOUR_MS - 1),
    id,
  }),
  async ({ id: given, federation, place: target, hours }, operations) => {
    const untilMs = operations.head().timeMs + hours * HOUR_MS
    const body = { kind: 'federation.invite', federation, target, untilMs } as const
    const settled = await settle(operations, { id: given, as: 'operator', body })
    if (!settled.ok) return settled
    return done({ federation, place: target, until: new Date(untilMs).toISOString() })
  },
)

/** The venue of this node takes an invitation. */
export const accept = defineCommand(
  z.strictObject({ federation: FederationId, id }),
  async ({ id: given, federation }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    const place = own.place.id
    const body = { kind: 'federation.accept', place, federation } as const
    const settled = await settle(operations, { id: given, as: 'place', body })
    return settled.ok ? done({ federation, place, height: settled.event.height }) : settled
  },
)

/** The venue of this node leaves; or, at an admin's node, the place named is told to. */
export const leave = defineCommand(
  z.strictObject({ federation: FederationId, place: PlaceId.optional(), id }),
  async ({ id: given, federation, place: target }, operations) => {
    const settled = await (target === undefined
      ? leaveItself(operations, { federation, given })
      : settle(operations, {
          id: given,
          as: 'operator',
          body: { kind: 'federation.leave', federation, target },
        }))
    return settled.ok ? done({ federation, height: settled.event.height }) : settled
  },
)

const leaveItself = async (
  operations: NodeOperations,
  {
    federation,
    given,
  }: { readonly federation: FederationId; readonly given: PaymentId | undefined },
) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const body = { kind: 'federation.leave', place: own.place.id, federation } as const
  return await settle(operations, { id: given, as: 'place', body })
}

const operatorOf = ({ secrets }: NodeOperations) => {
  const seed = secrets.get('operator')
  if (seed !== undefined) return { ok: true, key: keyOfSeed(seed) } as const
  const todo = 'run it at the node of an authority'
  const refusal: CommandFailure = failure(
    'failed',
    'authority_required',
    'only an authority founds a federation',
    todo,
  )
  return refusal
}
