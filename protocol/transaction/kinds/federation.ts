import { z } from 'zod'
import { FederationId, Key, PlaceId } from '../../id.ts'
import { ADMINS_MAX, FOUNDING_ADMINS_MAX } from '../../limits.ts'
import { PublicName } from './public-name.ts'
import { actingPlace, eachOnce, grantHasPlace, TimeMs } from './terms.ts'

/** Whether weak cards that were registered elsewhere may pay at the places of a federation. */
const WeakCards = z.boolean()

/** A federation of places comes into being. By an operator; every admin but the signer agrees. */
export const FederationCreate = z.strictObject({
  kind: z.literal('federation.create'),
  name: PublicName,
  admins: z
    .array(Key)
    .min(1)
    .max(FOUNDING_ADMINS_MAX)
    .refine(...eachOnce),
  weakCards: WeakCards,
})
export type FederationCreate = z.infer<typeof FederationCreate>

/** Lets one place join once, until it lapses; a further one replaces it. By an admin. */
export const FederationInvite = z.strictObject({
  kind: z.literal('federation.invite'),
  federation: FederationId,
  target: PlaceId,
  untilMs: TimeMs,
})
export type FederationInvite = z.infer<typeof FederationInvite>

/** The invited place joins. */
export const FederationAccept = z.strictObject({
  kind: z.literal('federation.accept'),
  ...actingPlace,
  federation: FederationId,
})
export type FederationAccept = z.infer<typeof FederationAccept>

/** A place leaves, or an admin has it leave. Exactly one of `place` and `target`. */
export const FederationLeave = z
  .strictObject({
    kind: z.literal('federation.leave'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
    federation: FederationId,
    target: PlaceId.optional(),
  })
  .refine(({ place, target }) => (place === undefined) !== (target === undefined), {
    error: 'exactly one of place and target',
  })
  .refine(...grantHasPlace)
export type FederationLeave = z.infer<typeof FederationLeave>

/** Says anew what a federation is called, who its admins are and what they let in. By an admin. */
export const FederationSet = z.strictObject({
  kind: z.literal('federation.set'),
  federation: FederationId,
  name: PublicName,
  admins: z
    .array(Key)
    .min(1)
    .max(ADMINS_MAX)
    .refine(...eachOnce),
  weakCards: WeakCards,
})
export type FederationSet = z.infer<typeof FederationSet>
