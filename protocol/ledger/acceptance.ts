import type { AssetRecord, PlaceRecord } from '../state/record.ts'
import type { RefusalCode } from '../transaction/outcome.ts'
import type { View } from './view.ts'

/**
 * Whether the money of others is shared with whoever is in these federations: a federation's own with
 * its places; a place's where it says so, for as long as that place does business. A place that leaves
 * or is suspended still owes what it issued, but nobody is to take more of it.
 */
export const isSharedWith = (
  view: View,
  { federation, federations, issuer }: AssetRecord,
  joined: PlaceRecord['federations'],
): boolean => {
  if (federation !== undefined) return joined.includes(federation)
  if (federations?.some((one) => joined.includes(one)) !== true) return false
  return issuer !== undefined && view.get('place', issuer)?.status === 'active'
}

/** Why a place in these federations cannot name an asset among those that it accepts. */
export const acceptanceProblem = (
  view: View,
  id: AssetRecord['id'],
  joined: PlaceRecord['federations'],
): RefusalCode | undefined => {
  const asset = view.get('asset', id)
  if (asset === undefined) return 'asset_unknown'
  return isSharedWith(view, asset, joined) ? undefined : 'asset_not_accepted'
}
