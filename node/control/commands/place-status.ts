import { z } from 'zod'
import { PlaceId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { defineCommand, done, failure } from '../command.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

const id = PaymentId.optional()

/** The venue of this node does no new business from then on, for ever. */
export const leavePlace = defineCommand(
  z.strictObject({ place: PlaceId, id }),
  async ({ id: given, place }, operations) => {
    const own = ownPlace(operations)
    if (!own.ok) return own
    if (own.place.id !== place) {
      const todo = 'see: kermesse place show'
      return failure('usage', 'place_mismatch', 'this node acts for another place', todo)
    }
    const settled = await settle(operations, {
      id: given,
      as: 'place',
      body: { kind: 'place.leave', place },
    })
    return settled.ok ? done({ place, status: 'leaving', height: settled.event.height }) : settled
  },
)

/** At the home authority: stops a place, or ends that. */
export const suspendPlace = defineCommand(
  z.strictObject({ place: PlaceId, suspended: z.boolean(), id }),
  async ({ id: given, place: target, suspended }, operations) => {
    const settled = await settle(operations, {
      id: given,
      as: 'operator',
      body: { kind: 'place.suspend', target, suspended },
    })
    if (!settled.ok) return settled
    const status = operations.view().get('place', target)?.status
    return done({ place: target, status, height: settled.event.height })
  },
)
