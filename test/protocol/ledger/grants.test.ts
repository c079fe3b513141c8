import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import type { CardId, GrantId } from '#protocol/id.ts'
import { DAY_MS } from '#protocol/ledger/period.ts'
import { GRANT_DEPTH_MAX } from '#protocol/limits.ts'
import type { GrantIssue } from '#protocol/transaction/kinds/grant.ts'
import type { Outcome } from '#protocol/transaction/outcome.ts'
import { type Actor, actor } from '#test/support/actors.ts'
import { createWorld, type World } from '#test/support/ledger-builders.ts'
import {
  issueGrant,
  openVenue,
  saleBody,
  topUp,
  type Venue,
  weakCard,
} from '#test/support/venue-builders.ts'

type Caps = GrantIssue['caps']

/** A grant of the tree: its parent is one of those before it. */
type Branch = { readonly parent: number; readonly caps: Caps }
type Node = {
  readonly id: GrantId
  readonly by: Actor
  readonly caps: Caps
  readonly used: { total: number; day: number }
  /** Itself and its ancestors. */
  readonly chain: readonly Node[]
}
type Use = { readonly node: number; readonly amount: number; readonly nextDay: boolean }

const cap = fc.option(fc.integer({ min: 20, max: 300 }), { nil: undefined })
const branch: fc.Arbitrary<Branch> = fc.record({
  parent: fc.nat({ max: 9 }),
  caps: fc
    .record({ transaction: cap, day: cap, total: cap })
    .map(({ transaction, day, total }) => capsOf(transaction, day, total)),
})
const use: fc.Arbitrary<Use> = fc.record({
  node: fc.nat({ max: 9 }),
  amount: fc.integer({ min: 1, max: 120 }),
  nextDay: fc.boolean(),
})

function capsOf(transaction?: number, day?: number, total?: number): Caps {
  return {
    ...(transaction !== undefined && { transaction: units(transaction) }),
    ...(day !== undefined && { day: units(day) }),
    ...(total !== undefined && { total: units(total) }),
  }
}

/** The lower of both, so that a child is within its parent. */
const within = (child: Caps, parent: Caps): Caps => {
  const lower = (a?: number, b?: number) =>
    a === undefined || b === undefined ? (a ?? b) : Math.min(a, b)
  return capsOf(
    lower(child.transaction, parent.transaction),
    lower(child.day, parent.day),
    lower(child.total, parent.total),
  )
}

/** Grants in a venue as the branches say, none deeper than allowed. */
const plant = (world: World, venue: Venue, branches: readonly Branch[]): Node[] => {
  const nodes: Node[] = []
  for (const [index, { parent, caps: wished }] of branches.entries()) {
    const above = nodes[parent % Math.max(1, nodes.length)]
    if (above?.chain.length === GRANT_DEPTH_MAX) continue
    const caps = within(wished, above?.caps ?? {})
    const by = actor(`keeper ${index}`)
    const terms = { grantee: by.key, caps, ...(above && { grant: above.id }) }
    const id = issueGrant(world, venue, terms, above?.by ?? venue.owner)
    const used = { total: 0, day: 0 }
    const node: Node = { id, by, caps, used, chain: [] }
    nodes.push({ ...node, chain: [node, ...(above?.chain ?? [])] })
  }
  return nodes
}

/** Whether a use is within every cap from the grant up, by a model of its own. */
const isWithinCaps = ({ chain }: Node, amount: number): boolean =>
  chain.every(({ caps, used }) => {
    const { transaction = Infinity, day = Infinity, total = Infinity } = caps
    return amount <= transaction && used.day + amount <= day && used.total + amount <= total
  })

const count = ({ chain }: Node, amount: number): void => {
  for (const { used } of chain) {
    used.total += amount
    used.day += amount
  }
}

/** What the model says of a use, which it counts if it is allowed. */
const expectedOf = (node: Node, amount: number): Outcome => {
  if (!isWithinCaps(node, amount)) return 'grant_cap_exceeded'
  count(node, amount)
  return 'applied'
}

const issueUnder = (
  world: World,
  { place, local }: Venue,
  { node, card, amount }: { readonly node: Node; readonly card: CardId; readonly amount: number },
): Outcome => {
  const money = { asset: local, amount: units(amount), to: { card } }
  return world.apply(node.by, { kind: 'issue', place, grant: node.id, ...money }).outcome
}

/** Another day has begun. */
const passDay = (world: World, nodes: readonly Node[]): void => {
  world.advance(DAY_MS)
  for (const { used } of nodes) used.day = 0
}

describe('grants', () => {
  test('whatever the tree, no use passes a cap on its way up, and no other is refused', () => {
    const uses = fc.array(use, { minLength: 5, maxLength: 25 })
    fc.assert(
      fc.property(fc.array(branch, { minLength: 1, maxLength: 6 }), uses, (branches, tries) => {
        const world = createWorld()
        const bar = openVenue(world, 'Bar')
        const card = weakCard(world, bar, 'Tag')
        const nodes = plant(world, bar, branches)
        for (const { node: wish, amount, nextDay } of tries) {
          if (nextDay) passDay(world, nodes)
          const node = nodes[wish % nodes.length]
          if (node === undefined) throw new Error('no node')
          const expected = expectedOf(node, amount)
          expect(issueUnder(world, bar, { node, card: card.id, amount })).toBe(expected)
        }
        for (const { id, used } of nodes) expect(world.get('grant', id).total).toBe(used.total)
      }),
      { numRuns: 30 },
    )
  })

  test('a child may have everything its parent has', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const parent = actor('parent')
    const terms: Partial<GrantIssue> = {
      actions: ['sale', 'grant.issue'],
      assets: [bar.local],
      till: 'one',
      caps: { transaction: units(1), day: units(2), total: units(3), refundDay: units(4) },
      notBeforeMs: world.nowMs() - 1000,
      notAfterMs: world.nowMs() + 60_000,
    }
    const grant = issueGrant(world, bar, { grantee: parent.key, ...terms })
    const child = issueGrant(world, bar, { grantee: actor('child').key, ...terms, grant }, parent)
    expect(world.get('grant', child)).toMatchObject({ parent: grant, depth: 2 })
  })

  /** Tries a sale, each time with a new id that seems to be made now. */
  const sale = (venue: Venue, world: World, by: Actor, grant: GrantId) => {
    const card = weakCard(world, venue, `card of ${grant}`, { batch: grant.slice(-8) })
    topUp(world, venue, { card: card.id, amount: 100 })
    const madeMs = world.nowMs()
    const body = { ...saleBody(venue, [card], 10), grant }
    return () => world.apply(by, body, { jti: world.jti(madeMs) }).outcome
  }

  test('ending a grant ends all under it at once', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const child = actor('child')
    const grant = issueGrant(world, bar, { grantee: child.key, grant: bar.grant }, bar.till)
    const trySale = sale(bar, world, child, grant)
    expect(trySale()).toBe('applied')
    world.must(bar.owner, { kind: 'grant.revoke', place: bar.place, target: bar.grant })
    expect(trySale()).toBe('grant_revoked')
  })

  test('a grant that a till handed on ends when the till says so, and only once', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const child = actor('child')
    const target = issueGrant(world, bar, { grantee: child.key, grant: bar.grant }, bar.till)
    const trySale = sale(bar, world, child, target)
    const { place, grant } = bar
    world.must(bar.till, { kind: 'grant.revoke', place, grant, target })
    world.must(bar.till, { kind: 'grant.revoke', place, grant, target })
    expect(trySale()).toBe('grant_revoked')
  })

  test('an ancestor that has expired ends its children', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const [parent, child] = [actor('parent'), actor('child')]
    const notAfterMs = world.nowMs() + 60_000
    const above = issueGrant(world, bar, { grantee: parent.key, notAfterMs })
    const terms = { grantee: child.key, grant: above, notAfterMs: notAfterMs - 1000 }
    const grant = issueGrant(world, bar, terms, parent)
    const record = world.get('grant', grant)
    world.edit('grant', grant, { ...record, notAfterMs: undefined })
    const trySale = sale(bar, world, child, grant)
    expect(trySale()).toBe('applied')
    world.advance(60_000)
    expect(trySale()).toBe('grant_expired')
  })

  test('refunds and cash-outs count against the daily refund cap together', () => {
    const world = createWorld()
    const bar = openVenue(world, 'Bar')
    const card = weakCard(world, bar, 'Tag')
    topUp(world, bar, { card: card.id, amount: 100 })
    const desk = actor('desk')
    const { place, local } = bar
    const grant = issueGrant(world, bar, { grantee: desk.key, caps: { refundDay: units(25) } })
    const { id } = world.must(bar.till, saleBody(bar, [card], 15))
    const cashout = {
      kind: 'cashout',
      place,
      grant,
      payer: { card: card.id },
      asset: local,
      amount: units(15),
    } as const
    const outcomes = [
      world.apply(desk, { kind: 'refund', place, grant, sale: id }).outcome,
      world.apply(desk, cashout).outcome,
      world.apply(desk, { ...cashout, amount: units(10) }).outcome,
    ]
    expect(outcomes).toEqual(['applied', 'grant_cap_exceeded', 'applied'])
    world.advance(DAY_MS)
    expect(world.apply(desk, cashout).outcome).toBe('applied')
  })
})
