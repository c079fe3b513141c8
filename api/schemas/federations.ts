import { z } from 'zod'
import { AssetId, FederationId, Key, PlaceId } from '#protocol/id.ts'
import { PublicName } from '#protocol/transaction/kinds/public-name.ts'
import type { FederationAccount } from '../ports/ledger.ts'

/** Places that share assets. */
export const FederationView = z
  .strictObject({
    id: FederationId,
    name: PublicName,
    admins: z.array(Key).readonly(),
    assets: z.array(AssetId).readonly().describe('Its own: what its gateways issue'),
    places: z.array(PlaceId).readonly(),
    weakCards: z.boolean().describe('Whether weak cards of other origins may pay at its places'),
  })
  .meta({ id: 'Federation' })
export type FederationView = z.infer<typeof FederationView>

export const federationView = ({ federation, places }: FederationAccount): FederationView => ({
  id: federation.id,
  name: federation.name,
  admins: federation.admins,
  assets: federation.assets,
  places,
  weakCards: federation.weakCards,
})
