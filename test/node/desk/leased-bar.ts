import type { DeskAnswer } from '#api/ports/outcome.ts'
import { cardOf } from '#node/desk/card-names.ts'
import { units } from '#protocol/amount.ts'
import { ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { type Bar, must, TAG_KEY } from './solo-node.ts'

const HOUR_MS = 3_600_000

/** The card of a tag, as this federation names it. */
export const cardId = (tag: string) => {
  const card = cardOf({ tag }, TAG_KEY)
  if (card === undefined) throw new Error('no tag key')
  return card
}

/** The bar's money may be leased from now on. */
export const allowLeases = async ({ node, place, local }: Bar): Promise<void> => {
  const lease = { cap: units(5_000), durationMs: 24 * HOUR_MS }
  const terms = { name: 'Cups', transferable: true, cardLimits: ROOMY_LIMITS, lease }
  await must(node, node.newId(), 'place', { kind: 'asset.update', place, asset: local, ...terms })
}

/** What became of an order that was not turned away. */
export const stateIn = (answer: DeskAnswer) => {
  if (answer.kind !== 'outcome') throw new Error(JSON.stringify(answer))
  return answer.state
}
