import { z } from 'zod'
import { Hash } from '../../hash.ts'
import { AssetId, FederationId, Key, PlaceId } from '../../id.ts'
import { ACCEPTED_ASSETS_MAX, NODES_PER_PLACE_MAX } from '../../limits.ts'
import { PeerId } from './peer-id.ts'
import { PublicName } from './public-name.ts'
import { actingPlace, eachOnce } from './terms.ts'

/** Classes of asset in the order a sale debits them; `external` is another place's local money. */
export const DebitClass = z.enum(['gift', 'local', 'external', 'federated'])
export type DebitClass = z.infer<typeof DebitClass>

/** Each class at most once; a class left out is not taken. */
export const DebitOrder = z
  .array(DebitClass)
  .min(1)
  .max(4)
  .refine(...eachOnce)
export type DebitOrder = z.infer<typeof DebitOrder>

/** The nodes a place runs. */
const PlaceNodes = z
  .array(PeerId)
  .min(1)
  .max(NODES_PER_PLACE_MAX)
  .refine(...eachOnce)

/** What a place is on the ledger from its first block on: each term is set with its consent. */
export const placeTerms = {
  name: PublicName,
  nodes: PlaceNodes,
  federation: FederationId.optional(),
  accepts: z
    .array(AssetId)
    .max(ACCEPTED_ASSETS_MAX)
    .refine(...eachOnce),
  debitOrder: DebitOrder.optional(),
  payoutReference: Hash.optional(),
}

/**
 * A place enters the ledger. Signed by the operator key of its home authority, with the consent of
 * the place's own key; naming a federation takes a signer that is one of its admins.
 */
export const PlaceRegister = z.strictObject({
  kind: z.literal('place.register'),
  placeKey: Key,
  ...placeTerms,
})
export type PlaceRegister = z.infer<typeof PlaceRegister>

const { federation: _, ...ownTerms } = placeTerms

/** The place says its terms anew, all of them: what is left out holds no longer. */
export const PlaceUpdate = z.strictObject({
  kind: z.literal('place.update'),
  ...actingPlace,
  ...ownTerms,
})
export type PlaceUpdate = z.infer<typeof PlaceUpdate>

/** The place ends: no new business, and what it owes goes back. */
export const PlaceLeave = z.strictObject({ kind: z.literal('place.leave'), ...actingPlace })
export type PlaceLeave = z.infer<typeof PlaceLeave>

/** Its home authority stops a place, or ends that. */
export const PlaceSuspend = z.strictObject({
  kind: z.literal('place.suspend'),
  target: PlaceId,
  suspended: z.boolean(),
})
export type PlaceSuspend = z.infer<typeof PlaceSuspend>
