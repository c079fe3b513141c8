import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { deriveId, type GrantId } from '#protocol/id.ts'
import type { BuildLimits } from '#protocol/ledger/build-block.ts'
import { buildBlock } from '#protocol/ledger/build-block.ts'
import { undoBlock } from '#protocol/ledger/ledger.ts'
import { DAY_MS, HOUR_MS } from '#protocol/ledger/period.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import { issueGrant, openVenue, saleBody, topUp, weakCard } from '#test/support/venue-builders.ts'
import { createScene, type Scene } from './refusal-scene.ts'

const LIMITS: BuildLimits = { transactions: 100, bytes: 1_000_000, isQuarantined: () => false }

const build = (
  world: World,
  candidates: Iterable<VerifiedTransaction>,
  limits: Partial<BuildLimits> = {},
) => {
  const parentMs = world.nowMs()
  const frame = { height: world.height() + 1, parentMs, timestampMs: parentMs + 1 }
  const built = buildBlock(world.ledger, {
    ...frame,
    candidates,
    limits: { ...LIMITS, ...limits },
  })
  if (!built.ok) throw new Error(JSON.stringify(built))
  return built
}

const sales = ({ world, bar, weak }: Scene, count: number): VerifiedTransaction[] =>
  Array.from({ length: count }, () => world.sign(bar.till, saleBody(bar, [weak], 1)))

/** Makes every use of the bar's grant throw: its chain leads nowhere. */
const breakGrant = ({ world, bar }: Scene): void => {
  const grant = world.get('grant', bar.grant)
  world.edit('grant', bar.grant, { ...grant, parent: deriveId('grt', 'gone') })
}

/** Makes an asset lie about its supply, which whatever changes the asset next brings to light. */
const breakSupply = ({ world, bar }: Scene): void => {
  const asset = world.get('asset', bar.local)
  world.edit('asset', bar.local, { ...asset, supply: units(asset.supply + 1) })
}

const issueOne = ({ world, bar, weak }: Scene): VerifiedTransaction => {
  const { owner, place, local } = bar
  const to = { card: weak.id }
  return world.sign(owner, { kind: 'issue', place, asset: local, amount: units(1), to })
}

describe('executing a block', () => {
  test('one transaction that no block may contain leaves the state as it was', () => {
    const scene = createScene()
    const { world, bar, weak } = scene
    const [first, second] = sales(scene, 2)
    if (first === undefined || second === undefined) throw new Error('no sales')
    const before = world.ledger.state.root()
    const execution = world.execute([first, second, first])
    expect(execution).toEqual({ ok: false, fault: 'invalid', code: 'duplicate', index: 2 })
    expect(world.ledger.state.root()).toBe(before)
    expect(world.available(weak.wallet, bar.local)).toBe(1000)
    expect(world.run(first, second)).toHaveLength(2)
  })

  test('a transaction that makes a rule throw is named by hash', () => {
    const scene = createScene()
    const { world } = scene
    const before = sales(scene, 1)
    breakGrant(scene)
    const [poison] = sales(scene, 1)
    if (poison === undefined) throw new Error('no sale')
    const root = world.ledger.state.root()
    const execution = world.execute([poison, ...before])
    expect(execution).toMatchObject({ fault: 'poisonous', index: 0, hash: poison.hash })
    expect(world.ledger.state.root()).toBe(root)
  })

  test('a transaction that breaks an invariant is named by hash, with what it broke', () => {
    const scene = createScene()
    const { world } = scene
    breakSupply(scene)
    const innocent = sales(scene, 2)
    const poison = issueOne(scene)
    const root = world.ledger.state.root()
    const execution = world.execute([...innocent, poison])
    expect(execution).toMatchObject({ fault: 'poisonous', index: 2, hash: poison.hash })
    expect(JSON.stringify(execution)).toContain('supply_is_issued_less_burned')
    expect(world.ledger.state.root()).toBe(root)
  })

  test('a place opens no more wallets in a day than it may, in batches and over its tills', () => {
    const world = createWorld({ walletsPerDay: 3 })
    const [bar, club] = [openVenue(world, 'Bar'), openVenue(world, 'Club')]
    const open = (by: Actor, { place }: typeof bar, names: readonly string[], grant?: GrantId) =>
      world.apply(
        by,
        {
          kind: 'batch',
          operations: names.map((name) => {
            return { kind: 'wallet.open', place, key: actor(name).key, ...(grant && { grant }) }
          }),
        },
        {
          consents: names.map((name) => ({
            by: actor(name),
            agree: { kind: 'wallet.open', place },
          })),
        },
      ).outcome
    expect(open(bar.owner, bar, ['Ann', 'Ben'])).toBe('applied')
    expect(open(bar.till, bar, ['Cai', 'Dot'], bar.grant)).toBe('wallet_limit_reached')
    expect(open(bar.till, bar, ['Cai'], bar.grant)).toBe('applied')
    expect(open(bar.owner, bar, ['Dot'])).toBe('wallet_limit_reached')
    expect(open(club.owner, club, ['Dot'])).toBe('applied')
    world.advance(DAY_MS)
    expect(open(bar.owner, bar, ['Eve'])).toBe('applied')
  })

  test('no grantee uses up what its place may be refused, nor do those it made grantees', () => {
    const world = createWorld({ refusedPerHour: 6 })
    const bar = openVenue(world, 'Bar')
    const card = weakCard(world, bar, 'Tag')
    const [child, other] = [actor('child'), actor('other')]
    const childs = issueGrant(world, bar, { grantee: child.key, grant: bar.grant }, bar.till)
    const others = issueGrant(world, bar, { grantee: other.key })
    const sale = (by: Actor, grant: GrantId | undefined) =>
      world.sign(by, { ...saleBody(bar, [card], 10), grant })
    const isTurnedAway = (transaction: VerifiedTransaction) => {
      const execution = world.execute([transaction])
      return !execution.ok && execution.fault === 'invalid' && execution.code
    }
    world.run(sale(bar.till, bar.grant), sale(child, childs))
    expect(isTurnedAway(sale(bar.till, bar.grant))).toBe('refusals_exhausted')
    expect(isTurnedAway(sale(child, childs))).toBe('refusals_exhausted')
    world.run(sale(other, others), sale(other, others))
    expect(isTurnedAway(sale(other, others))).toBe('refusals_exhausted')
    world.run(sale(bar.owner, undefined), sale(bar.owner, undefined))
    expect(isTurnedAway(sale(bar.owner, undefined))).toBe('refusals_exhausted')
  })

  test('no scope is refused more often than it may within an hour', () => {
    const world = createWorld({ refusedPerHour: 2 })
    const bar = openVenue(world, 'Bar')
    const card = weakCard(world, bar, 'Tag')
    const { grant: _, ...body } = saleBody(bar, [card], 10)
    const sale = () => world.sign(bar.owner, body)
    expect(world.run(sale(), sale()).map(({ outcome }) => outcome)).toEqual([
      'insufficient_funds',
      'insufficient_funds',
    ])
    expect(world.execute([sale()])).toMatchObject({ fault: 'invalid', code: 'refusals_exhausted' })
    topUp(world, bar, { card: card.id, amount: 10 })
    expect(world.run(sale())[0]?.outcome).toBe('applied')
    world.advance(HOUR_MS)
    expect(world.run(sale())[0]?.outcome).toBe('insufficient_funds')
  })
})

describe('building a block', () => {
  test('takes what fits, in order, as executing it would', () => {
    const scene = createScene()
    const { world } = scene
    const candidates = sales(scene, 5)
    const size = candidates[0]?.size ?? 0
    const few = build(world, candidates, { transactions: 3 })
    expect(few.transactions).toEqual(candidates.slice(0, 3))
    undoBlock(world.ledger, few.undo)
    const built = build(world, candidates, { bytes: size * 2 + 10 })
    expect(built.transactions).toEqual(candidates.slice(0, 2))
    undoBlock(world.ledger, built.undo)
    const executed = world.execute(built.transactions)
    if (!executed.ok) throw new Error('not executed')
    expect([executed.txRoot, executed.stateRoot]).toEqual([built.txRoot, built.stateRoot])
    expect(executed.outcomes).toEqual(built.outcomes)
  })

  test('leaves out and names what a door refuses or what is quarantined', () => {
    const scene = createScene()
    const { world } = scene
    const [first, second, third] = sales(scene, 3)
    if (first === undefined || second === undefined || third === undefined) throw new Error('none')
    const isQuarantined = (hash: string) => hash === second.hash
    const built = build(world, [first, second, first, third], { isQuarantined })
    expect(built.transactions).toEqual([first, third])
    expect(built.dropped).toEqual([
      { transaction: second, code: 'quarantined' },
      { transaction: first, code: 'duplicate' },
    ])
  })

  test('a candidate that throws spoils nothing', () => {
    const scene = createScene()
    const { world } = scene
    const innocent = issueOne(scene)
    breakGrant(scene)
    const [poison] = sales(scene, 1)
    if (poison === undefined) throw new Error('no sale')
    const built = build(world, [poison, innocent])
    expect(built.transactions).toEqual([innocent])
    expect(built.poisonous.map(({ hash }) => hash)).toEqual([poison.hash])
  })

  test('a candidate that breaks an invariant is found, named and left out', () => {
    const scene = createScene()
    const { world } = scene
    breakSupply(scene)
    const [first, second] = sales(scene, 2)
    if (first === undefined || second === undefined) throw new Error('no sales')
    const poison = issueOne(scene)
    const built = build(world, [first, poison, second])
    expect(built.transactions).toEqual([first, second])
    expect(built.poisonous).toMatchObject([{ hash: poison.hash }])
  })
})
