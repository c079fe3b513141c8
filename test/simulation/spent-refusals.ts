import { placeIdOfKey } from '#protocol/derive.ts'
import type { Key } from '#protocol/id.ts'
import { hourOf } from '#protocol/ledger/period.ts'
import type { Observation, ObservationOf } from './observation.ts'

/**
 * Notices payments that expire after somebody in their scope had used up the refusals of an hour: state
 * refuses them, and no block may hold even that.
 */
export const createSpentRefusals = (
  refusedPerHour: number,
  tell: () => void,
): { readonly see: (observation: Observation) => void } => {
  const refused = new Map<string, number>()
  const spent = new Set<string>()
  let height = 0

  const onFinal = ({ block: { block, transactions, events } }: ObservationOf<'final'>): void => {
    if (block.header.height <= height) return
    height = block.header.height
    for (const [index, { outcome, scope, place, timeMs }] of events.entries()) {
      const signer = transactions[index]?.signer
      if (outcome === 'applied' || signer === undefined) continue
      const name = `${scope} ${signer} ${hourOf(timeMs)}`
      const count = (refused.get(name) ?? 0) + 1
      refused.set(name, count)
      if (count >= budgetOf(place, signer, refusedPerHour)) spent.add(scope)
    }
  }

  return {
    see: (observation) => {
      if (observation.type === 'final' && observation.who.honest) onFinal(observation)
      if (observation.type !== 'answer' || observation.end.kind !== 'expired') return
      if (spent.has(observation.entry.scope)) tell()
    },
  }
}

/** What one signer alone may use up: of a place a quarter, but for the place's own key. */
const budgetOf = (place: string | undefined, signer: Key, refusedPerHour: number): number =>
  place === undefined || placeIdOfKey(signer) === place
    ? refusedPerHour
    : Math.ceil(refusedPerHour / 4)
