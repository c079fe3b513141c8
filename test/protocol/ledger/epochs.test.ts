import { describe, expect, test } from 'vitest'
import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import { placeAfter } from '#protocol/ledger/epoch.ts'
import { checkAuthorities } from '#protocol/ledger/invariants/authorities.ts'
import { touchedIn } from '#protocol/ledger/touched.ts'
import type { AuthoritiesRecord } from '#protocol/state/record.ts'
import type { AuthorityChange } from '#protocol/transaction/kinds/authority.ts'
import { authority, changeTo, consentTo, FIRST } from '#test/support/authority-builders.ts'
import { createWorld, OPERATOR, type World } from '#test/support/ledger-builders.ts'
import { NEW_BOOK } from '#test/support/second-rules.ts'
import { registration } from '#test/support/venue-builders.ts'

const FOUR = ['a', 'b', 'c', 'd'].map(authority)
const membersOf = (all: readonly (typeof FOUR)[number][]) => all.map(({ member }) => member)

const signed = (world: World, change: AuthorityChange, by = [OPERATOR]) =>
  world.sign(by[0] ?? OPERATOR, change, { consents: by.map((one) => consentTo(change, one)) })

const must = (world: World, change: AuthorityChange, by = [OPERATOR]) => {
  const executed = world.execute([signed(world, change, by)])
  if (!executed.ok) throw new Error(JSON.stringify(executed))
  expect(executed.outcomes).toEqual(['applied'])
  return executed
}

describe('a change of authorities', () => {
  test('names the next epoch in the block that holds it, and begins with the next block', () => {
    const world = createWorld({}, NEW_BOOK)
    const executed = must(world, changeTo(world, FOUR, { version: 2 }))
    const set = authoritySetOf(membersOf(FOUR))
    expect(executed.next).toEqual({ epoch: 2, set, version: 2 })
    expect(world.get('authorities', 'authorities').epoch).toBe(1)
    expect(placeAfter(world.ledger.state)).toEqual({ epoch: 2, version: 2 })
    const following = world.execute([])
    expect(following).toMatchObject({ ok: true, next: undefined })
    const { epoch, members, change } = world.get('authorities', 'authorities')
    expect({ epoch, change }).toEqual({ epoch: 2, change: undefined })
    expect(authoritySetOf(members)).toEqual(set)
    expect(world.get('network', 'network').ver).toBe(2)
    expect(world.get('epoch', '1')).toEqual({
      epoch: 1,
      members: [FIRST.member],
      version: 1,
      sealedHeight: 1,
    })
    expect(placeAfter(world.ledger.state)).toEqual({ epoch: 2, version: 2 })
  })

  test('hands the rights of operators over', () => {
    const world = createWorld()
    const [first] = FOUR
    if (first === undefined) throw new Error('nobody')
    const admit = (by: typeof OPERATOR, name: string) => {
      const { body, consents } = registration(world, name, { federation: undefined }, by)
      return world.apply(by, body, { consents }).outcome
    }
    expect(admit(OPERATOR, 'Before')).toBe('applied')
    must(world, changeTo(world, FOUR))
    expect(admit(OPERATOR, 'After')).toBe('authority_required')
    expect(admit(first.operator, 'After')).toBe('applied')
  })

  test('takes a quorum of the operators of its own epoch', () => {
    const world = createWorld()
    must(world, changeTo(world, FOUR))
    world.execute([])
    const next = changeTo(world, [FIRST], { epoch: 3 })
    const [a, b, c] = FOUR.map(({ operator }) => operator)
    if (a === undefined || b === undefined || c === undefined) throw new Error('nobody')
    const outcomeBy = (by: readonly (typeof a)[]) =>
      world.apply(a, next, { consents: by.map((one) => consentTo(next, one)) }).outcome
    expect(outcomeBy([a, b])).toBe('consent_missing')
    expect(outcomeBy([a, a, b])).toBe('consent_missing')
    expect(outcomeBy([a, b, c])).toBe('applied')
  })

  test('and its epoch are taken back with their blocks', () => {
    const world = createWorld({}, NEW_BOOK)
    const roots = [world.ledger.state.root()]
    must(world, changeTo(world, FOUR, { version: 2 }))
    roots.push(world.ledger.state.root())
    world.execute([])
    world.undo()
    expect(world.ledger.state.root()).toBe(roots[1])
    world.undo()
    expect(world.ledger.state.root()).toBe(roots[0])
  })
})

describe('what is checked of authorities after every block', () => {
  const broken = (edit: (record: AuthoritiesRecord) => AuthoritiesRecord, sealed = false) => {
    const world = createWorld()
    if (sealed) must(world, changeTo(world, FOUR))
    const { state } = world.ledger
    state.beginBlock()
    state.put('authorities', 'authorities', edit(world.get('authorities', 'authorities')))
    const finding = checkAuthorities(touchedIn(state))
    state.abandonBlock()
    return finding?.invariant
  }
  const members = membersOf(FOUR)

  test.each([
    ['an epoch out of nothing', 'epochs_follow', broken((now) => ({ ...now, epoch: 2 }))],
    ['other members out of nothing', 'epoch_of_its_change', broken((now) => ({ ...now, members }))],
    [
      'an epoch that does not begin',
      'epochs_follow',
      broken(({ change: _, ...now }) => ({ ...now }), true),
    ],
    [
      'an epoch of others than the change named',
      'epoch_of_its_change',
      broken(({ members: old }) => ({ epoch: 2, members: old }), true),
    ],
    [
      'a change to two authorities',
      'authorities_are_a_set',
      broken((now) => ({ ...now, change: { members: members.slice(2), version: 1 } })),
    ],
    ['nothing wrong', undefined, broken((now) => ({ ...now }))],
  ])('%s: %s', (_, expected, found) => {
    expect(found).toBe(expected)
  })
})
