import type { FederationAccount } from '#api/ports/ledger.ts'
import type { FederationId, PlaceId } from '#protocol/id.ts'
import type { FinalView } from '../pipeline/executor.ts'

/** Every federation with its places, oldest first: one pass over the places, however many it has. */
export const federationsOf = (view: FinalView): readonly FederationAccount[] => {
  const members = new Map<FederationId, PlaceId[]>()
  for (const { id, federations } of view.records('place')) {
    for (const federation of federations) {
      const places = members.get(federation)
      if (places === undefined) members.set(federation, [id])
      else places.push(id)
    }
  }
  return [...view.records('federation')].map((federation) => ({
    federation,
    places: members.get(federation.id) ?? [],
  }))
}

export const federationOf = (view: FinalView, id: FederationId): FederationAccount | undefined => {
  const federation = view.get('federation', id)
  if (federation === undefined) return undefined
  const places = [...view.records('place')].filter(({ federations }) => federations.includes(id))
  return { federation, places: places.map((place) => place.id) }
}
