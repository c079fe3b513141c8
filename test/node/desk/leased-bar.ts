import type { DeskAnswer } from '#api/ports/outcome.ts'
import { cardOf } from '#node/desk/card-names.ts'
import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import type { HoldId } from '#protocol/id.ts'
import type { GrantCaps } from '#protocol/transaction/kinds/grant.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { actor } from '../../support/actors.ts'
import { ROOMY_LIMITS } from '../../support/ledger-builders.ts'
import { loadedCard, openedBar, restarted, TAG } from './bar.ts'
import { createMachine, type Machine } from './machine.ts'
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

/** What the lease of the card keeps, and what else is on it. */
export const LEASED = 1_000
export const FREE = 500

/** Money of the card with that tag, kept apart for the bar. */
export const leaseOf = async (
  bar: Bar,
  tag: string,
  change: Partial<BodyOf<'hold.open'>> = {},
): Promise<HoldId> => {
  const { node, place, local } = bar
  await allowLeases(bar)
  const id = node.newId()
  await must(node, id, 'place', {
    kind: 'hold.open',
    place,
    payer: { card: cardId(tag) },
    asset: local,
    cap: units(LEASED),
    key: actor('lease').key,
    purpose: 'lease',
    expiresAtMs: node.clock.wallMs() + 6 * HOUR_MS,
    ...change,
  })
  return createdHoldId({ scope: place, jti: id, index: 0 })
}

type Leased = { readonly machine: Machine; readonly bar: Bar; readonly hold: HoldId }

export const leasedBar = async (caps: GrantCaps = {}): Promise<Leased> => {
  const machine = createMachine()
  const bar = await openedBar(machine, caps)
  await loadedCard(bar, LEASED + FREE)
  return { machine, bar, hold: await leaseOf(bar, TAG) }
}

/** The same, cut off: its ledger makes no block before `heal`. */
export const cutOffBar = async (caps: GrantCaps = {}): Promise<Leased> => {
  const { machine, bar: before, hold } = await leasedBar(caps)
  const bar = await restarted(machine, before)
  bar.node.cutOff(true)
  return { machine, bar, hold }
}

export const heal = async ({ node }: Bar): Promise<void> => {
  node.cutOff(false)
  node.start()
  node.core.outbox.offerAnew()
  const { height } = node.recent.head()
  await node.recent.reach(height + 1, AbortSignal.timeout(10_000))
}

/** What became of an order that was not turned away. */
export const stateIn = (answer: DeskAnswer) => {
  if (answer.kind !== 'outcome') throw new Error(JSON.stringify(answer))
  return answer.state
}
