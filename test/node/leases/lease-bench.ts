import { LeaseBook } from '#node/leases/lease-book.ts'
import type { FinalView } from '#node/pipeline/executor.ts'
import { units } from '#protocol/amount.ts'
import type { HoldId } from '#protocol/id.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import { actor } from '../../support/actors.ts'
import { createWorld, type World } from '../../support/ledger-builders.ts'
import { holdIn } from '../../support/redemption-builders.ts'
import {
  createAsset,
  openVenue,
  type TestCard,
  topUp,
  type Venue,
  weakCard,
} from '../../support/venue-builders.ts'

export const HOUR_MS = 3_600_000
export const LEASE_KEY = actor('lease')
/** What a card has of the money that may be leased, and the most that may be. */
export const MONEY = 5_000
export const LEASE_CAP = 3_000

export const finalViewOf = ({ ledger: { state } }: World): FinalView => ({
  get: (family, key) => state.get(family, key),
  records: (family) => [...state.entries(family)].map(({ record }) => record),
})

/** A ledger with a bar and a club, whose money may be leased, and the book of the bar's node. */
export const createLeaseBench = () => {
  const world = createWorld()
  const leasing = (name: string) => {
    const venue = openVenue(world, name)
    const lease = { cap: units(LEASE_CAP), durationMs: 24 * HOUR_MS }
    return { ...venue, local: createAsset(world, venue, { code: 'LEASE', lease }) }
  }
  const [bar, club] = [leasing('Bar'), leasing('Club')]
  const view = finalViewOf(world)
  let lagMs = 0
  const book = new LeaseBook({
    view: () => view,
    own: () => ({ place: bar.place, key: LEASE_KEY.key }),
    nowMs: () => world.nowMs() + lagMs,
  })
  world.onBlock((_input, block) => book.onFinal([block]))
  const card = (name: string): TestCard => {
    const made = weakCard(world, bar, name, { batch: name })
    topUp(world, bar, { card: made.id, amount: MONEY })
    return made
  }
  const lease = (
    { id }: TestCard,
    changes: Partial<HoldOpen> = {},
    { owner, place, local }: Venue = bar,
  ): HoldId =>
    holdIn(
      world.must(owner, {
        kind: 'hold.open',
        place,
        payer: { card: id },
        asset: local,
        cap: units(1_000),
        key: LEASE_KEY.key,
        purpose: 'lease',
        expiresAtMs: world.nowMs() + 6 * HOUR_MS,
        ...changes,
      }),
    )
  return {
    world,
    bar,
    club,
    view,
    book,
    card,
    lease,
    /** The lease clock runs on without a block. */
    pass: (ms: number): void => {
      lagMs += ms
    },
  }
}
