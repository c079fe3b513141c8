import type { PlaceRecord } from '../../../state/record.ts'
import type { AssetCreate } from '../../../transaction/kinds/asset.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'

/** An issuer shares its money only where it belongs itself: nobody federates what is not their own. */
export const judgeSharing = (
  { federations: joined }: PlaceRecord,
  { federations = [] }: Pick<AssetCreate, 'federations'>,
): RefusalCode | undefined =>
  federations.every((federation) => joined.includes(federation)) ? undefined : 'federation_unknown'
