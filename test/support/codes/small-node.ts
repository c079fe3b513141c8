import { v7 } from 'uuid'
import type { Ports } from '#api/ports/ports.ts'
import type { HoldId } from '#protocol/id.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { closeBars } from '../../node/desk/bar.ts'
import { leaseOf } from '../../node/desk/leased-bar.ts'
import { closeDoors, openDoor } from '../../node/desk/open-door.ts'
import type { Bar } from '../../node/desk/solo-node.ts'
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

/** A lease of the card with that tag for an hour and no longer; by the key of its node unless told. */
export const heldOf = (
  bar: Bar,
  tag: string,
  change: Partial<BodyOf<'hold.open'>> = {},
): Promise<HoldId> =>
  leaseOf(bar, tag, { expiresAtMs: bar.node.clock.wallMs() + HOUR_MS, graceMs: 0, ...change })
