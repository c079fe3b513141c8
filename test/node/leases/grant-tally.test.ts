import { describe, expect, test } from 'vitest'
import { GrantTally } from '#node/leases/grant-tally.ts'
import { HoldGrants } from '#node/leases/hold-grants.ts'
import type { StoredGrantUse, StoredHoldGrant } from '#node/storage/local-facts.ts'
import { units } from '#protocol/amount.ts'
import { deriveId, type GrantId, type HoldId } from '#protocol/id.ts'
import { dayEndMs, dayOf } from '#protocol/ledger/period.ts'
import type { GrantCaps } from '#protocol/transaction/kinds/grant.ts'
import { actor } from '../../support/actors.ts'
import { createWorld } from '../../support/ledger-builders.ts'
import { holdIn } from '../../support/redemption-builders.ts'
import { issueGrant, openVenue, topUp, weakCard } from '../../support/venue-builders.ts'

const KEY = actor('lease')
const HOLD = deriveId('hld', 'of others')

/** What a disk keeps of a table. */
const createTable = <T>(nameOf: (value: T) => string) => {
  const values = new Map<string, T>()
  return {
    values: () => [...values.values()],
    put: (value: T) => void values.set(nameOf(value), value),
    remove: (names: readonly string[]) => {
      for (const name of names) values.delete(name)
    },
  }
}

/** A till under a manager at a bar of a real ledger, and what its node counts. */
const createBench = (caps: GrantCaps) => {
  const world = createWorld()
  const bar = openVenue(world, 'Bar')
  const manager = actor('manager')
  const day = units(1_000)
  const above = issueGrant(world, bar, { grantee: manager.key, caps: { day } })
  const till = { grantee: actor('some till').key, caps: { day, ...caps } }
  const grant = issueGrant(world, bar, { ...till, grant: above }, manager)
  const view = () => world.ledger.state
  let nextMs = world.nowMs()
  const uses = createTable<StoredGrantUse>((use) => use.grant)
  const openings = createTable<StoredHoldGrant>(({ hold }) => hold)
  const open = () => {
    const parts = { view, key: () => KEY.key, table: openings }
    const holdGrants = new HoldGrants(parts, openings.values())
    const ports = {
      ...{ view, headMs: world.nowMs, nextMs: () => nextMs, table: uses },
      countedBy: (hold: HoldId) => holdGrants.countedBy(hold),
    }
    return { tally: new GrantTally(ports, uses.values()), holdGrants }
  }
  const { tally, holdGrants } = open()
  world.onBlock((_input, block) => holdGrants.onFinal([block]))
  const take = (amount: number, { by = grant, hold = HOLD, from = tally } = {}): boolean => {
    const capture = { grant: by, hold, amount: units(amount) }
    if (from.judge(capture) !== undefined) return false
    from.count(capture)
    return true
  }
  const at = (timeMs: number): void => {
    nextMs = timeMs
  }
  return {
    ...{ world, bar, manager, above, grant, tally, holdGrants, uses, openings },
    open,
    take,
    at,
  }
}

const movedOn = ({ tally }: ReturnType<typeof createBench>, grant: GrantId) => {
  const { total, dayMoved } = tally.viewAhead().get('grant', grant) ?? {}
  return { total, dayMoved }
}

describe('captures count under the grants of those who had them made', () => {
  test.each([
    ['transaction', 100, 101],
    ['day', 100, 101],
    ['total', 100, 101],
  ] as const)('up to the cap per %s', (cap, fits, passes) => {
    const { take } = createBench({ [cap]: units(fits) })
    expect(take(passes)).toBe(false)
    expect(take(fits)).toBe(true)
    expect(take(fits)).toBe(cap === 'transaction')
  })

  test('and under those above, with what all below them took', () => {
    const bench = createBench({})
    const { world, bar, above, manager, take } = bench
    const grantee = actor('other till').key
    const caps = { day: units(1_000) }
    const other = issueGrant(world, bar, { grantee, caps, grant: above }, manager)
    expect(take(600)).toBe(true)
    expect(take(401, { by: other })).toBe(false)
    expect(take(400, { by: other })).toBe(true)
    expect(movedOn(bench, above)).toEqual({ total: 1_000, dayMoved: 1_000 })
  })

  test('together with what the ledger counted, on the same day', () => {
    const bench = createBench({ day: units(500), total: units(800) })
    const { world, bar, take, at, grant } = bench
    const { id: card } = weakCard(world, bar, 'card', { batch: 'roll' })
    const till = actor('some till')
    const issued = { asset: bar.local, amount: units(300), to: { card } }
    world.must(till, { kind: 'issue', place: bar.place, grant, ...issued })
    expect(take(201)).toBe(false)
    expect(take(200)).toBe(true)
    expect(movedOn(bench, grant)).toEqual({ total: 500, dayMoved: 500 })
    at(dayEndMs(dayOf(world.nowMs())))
    expect(movedOn(bench, grant)).toEqual({ total: 500, dayMoved: 0 })
    expect(take(301)).toBe(false)
    expect(take(300)).toBe(true)
    expect(take(1)).toBe(false)
  })

  test('also where the clock was set back over midnight, and after a restart', () => {
    const { take, at, world, open } = createBench({ day: units(500) })
    at(dayEndMs(dayOf(world.nowMs())))
    expect(take(300)).toBe(true)
    at(world.nowMs())
    expect(take(201)).toBe(false)
    const { tally } = open()
    expect(take(201, { from: tally })).toBe(false)
    expect(take(200, { from: tally })).toBe(true)
  })

  test('but not of a hold whose opening counted there, as long as that is open', () => {
    const bench = createBench({ day: units(500) })
    const { world, bar, grant, above, take, open, holdGrants, openings } = bench
    const { id: card } = weakCard(world, bar, 'card', { batch: 'roll' })
    topUp(world, bar, { card, amount: 5_000 })
    const lease = { cap: units(5_000), durationMs: 86_400_000 }
    const { name, transferable, cardLimits } = world.ledger.state.get('asset', bar.local) ?? {}
    if (name === undefined || transferable === undefined || cardLimits === undefined) {
      throw new Error('no asset')
    }
    const terms = { name, transferable, cardLimits, lease }
    const { place, local: asset } = bar
    world.must(bar.owner, { kind: 'asset.update', place, asset, ...terms })
    const hold = holdIn(
      world.must(actor('some till'), {
        ...{ kind: 'hold.open', place, grant, payer: { card }, asset, cap: units(500) },
        ...{ key: KEY.key, purpose: 'tab', expiresAtMs: world.nowMs() + 3_600_000 },
      }),
    )
    expect(take(1)).toBe(false)
    expect(take(500, { hold })).toBe(true)
    expect(take(500, { hold, from: open().tally })).toBe(true)
    const sibling = issueGrant(world, bar, {
      grantee: actor('sibling').key,
      caps: { day: units(9) },
    })
    expect(take(10, { hold, by: sibling })).toBe(false)
    expect(movedOn(bench, above)).toEqual({ total: 500, dayMoved: 500 })
    world.must(bar.owner, { kind: 'hold.release', place, hold })
    holdGrants.tick()
    expect(openings.values()).toEqual([])
  })

  test('until the grant has ended for good; without caps nothing is kept', () => {
    const { world, bar, above, take, tally, uses } = createBench({ total: units(100) })
    const free = issueGrant(world, bar, { grantee: actor('free').key, caps: {} })
    expect(take(5_000, { by: free })).toBe(true)
    expect(uses.values()).toEqual([])
    expect(take(100)).toBe(true)
    tally.tick()
    expect(uses.values()).toHaveLength(2)
    world.must(bar.owner, { kind: 'grant.revoke', place: bar.place, target: above })
    tally.tick()
    expect(uses.values()).toEqual([])
  })
})
