import { v7 } from 'uuid'
import type { Ports } from '#api/ports/ports.ts'
import { units } from '#protocol/amount.ts'
import { createdHoldId } from '#protocol/derive.ts'
import type { HoldId } from '#protocol/id.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { closeBars } from '../../node/desk/bar.ts'
import { allowLeases, cardId } from '../../node/desk/leased-bar.ts'
import { closeDoors, openDoor } from '../../node/desk/open-door.ts'
import { type Bar, must } from '../../node/desk/solo-node.ts'
import { actor } from '../actors.ts'
import type { SeenAnswer } from '../contract.ts'
import { type Asker, askerOf } from './answers.ts'

const HOUR_MS = 3_600_000

/** Where rows of a small node keep files. */
export type Workshop = { readonly directory: string }

/** The HTTP server of a bar in this process, asked over a socket with the bar's API key. */
export const doorOf = async (bar: Bar, ports: Partial<Ports> = {}): Promise<Asker> => {
  const { url } = await openDoor(bar, ports)
  return askerOf(url, `Bearer ${bar.token}`)
}

/** Whatever a row opened is closed after it. */
export const closing = async (act: () => Promise<SeenAnswer>): Promise<SeenAnswer> => {
  try {
    return await act()
  } finally {
    await closeDoors()
    closeBars()
  }
}

export const saleOf = (face: object, amount: number) => ({ id: v7(), payers: [face], amount })

/** Money of the card with that tag, kept apart for the bar for an hour; by the key of its node unless told. */
export const heldOf = async (
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
    cap: units(1_000),
    key: actor('lease').key,
    purpose: 'lease',
    expiresAtMs: node.clock.wallMs() + HOUR_MS,
    graceMs: 0,
    ...change,
  })
  return createdHoldId({ scope: place, jti: id, index: 0 })
}
