import type { PlaceId } from '#protocol/id.ts'
import type { FinalView } from '../pipeline/executor.ts'
import type { KeyRing } from './key-ring.ts'

/** The place that this node acts for: the one whose key it keeps; undefined when it keeps none. */
export const ownPlaceOf = (view: FinalView, keys: KeyRing): PlaceId | undefined => {
  const key = keys('place')?.signerKey
  return key && view.get('key', key)?.place
}
