import type { AssetId } from '../id.ts'
import type { PlaceRecord } from '../state/record.ts'
import type { RefusalCode } from '../transaction/outcome.ts'
import { mandateFor } from './charge.ts'
import type { KnownPayer } from './payer.ts'
import type { View } from './view.ts'

/** What a place gives without being asked. `list`: where a card's wallet names what it has of that sort. */
export type Bringing = {
  readonly place: PlaceRecord
  readonly asset: AssetId
  readonly list: 'assets' | 'services'
  readonly timeMs: number
}

/**
 * What keeps a place from bringing an asset to somebody. A card has room for so many only: of a place
 * that is not its origin it takes what it does not have yet within its mandates, so that no stranger
 * fills it up.
 */
export const bringingProblem = (
  view: View,
  { problem, card, wallet }: KnownPayer,
  { place, asset, list, timeMs }: Bringing,
): RefusalCode | undefined => {
  if (problem !== undefined || card === undefined || wallet === undefined) return problem
  const isFree = card.place === place.id || wallet.kind !== 'card'
  if (isFree || wallet[list]?.includes(asset) === true) return undefined
  const isCovered = typeof mandateFor(view, wallet.id, place, timeMs) === 'object'
  return isCovered ? undefined : 'card_not_accepted'
}
