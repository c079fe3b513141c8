import { placeIdOfKey } from '#protocol/derive.ts'
import type { PlaceRecord } from '#protocol/state/record.ts'
import { keyOfSeed } from '../keys/key-of-seed.ts'
import { type CommandFailure, failure } from './command.ts'
import type { NodeOperations } from './operations.ts'

/** The place whose key this node keeps, as final state knows it. */
export const ownPlace = ({
  secrets,
  view,
}: NodeOperations): { readonly ok: true; readonly place: PlaceRecord } | CommandFailure => {
  const seed = secrets.get('place')
  if (seed === undefined) {
    const todo = 'run it at the node of a venue'
    return failure('failed', 'place_key_missing', 'this node acts for no place', todo)
  }
  const place = view().get('place', placeIdOfKey(keyOfSeed(seed)))
  if (place !== undefined) return { ok: true, place }
  const todo = 'wait for the node to catch up (kermesse status), or join: kermesse place join'
  return failure('not_ready', 'place_unknown', 'the ledger here does not know this place yet', todo)
}
