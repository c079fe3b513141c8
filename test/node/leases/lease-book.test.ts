import { expect, test } from 'vitest'
import { LeaseBook } from '#node/leases/lease-book.ts'
import { units } from '#protocol/amount.ts'
import { actor } from '../../support/actors.ts'
import { topUp } from '../../support/venue-builders.ts'
import { createLeaseBench, HOUR_MS, LEASE_KEY } from './lease-bench.ts'

test('a lease is found by its card and by its wallet, as soon as it is final', () => {
  const { book, card, lease } = createLeaseBench()
  const [ann, bob] = [card('ann'), card('bob')]
  expect(book.hasAny()).toBe(false)
  const hold = lease(ann)
  expect(book.of(ann.id)).toMatchObject([{ id: hold, cap: 1_000 }])
  expect(book.of(ann.wallet)).toHaveLength(1)
  expect(book.of(bob.id)).toEqual([])
  expect(book.hasAny()).toBe(true)
})

test('a node that starts finds the leases that there are', () => {
  const { world, bar, view, card, lease } = createLeaseBench()
  const ann = card('ann')
  lease(ann)
  const again = new LeaseBook({
    view: () => view,
    own: () => ({ place: bar.place, key: LEASE_KEY.key }),
    nowMs: world.nowMs,
  })
  expect(again.of(ann.id)).toHaveLength(1)
})

test('what another key captures from, or another place, is not of this node', () => {
  const { book, club, card, lease, world } = createLeaseBench()
  const ann = card('ann')
  lease(ann, { key: actor('tablet').key })
  topUp(world, club, { card: ann.id, amount: 1_000 })
  lease(ann, { asset: club.local }, club)
  expect(book.of(ann.id)).toEqual([])
  expect(book.hasAny()).toBe(false)
})

test('a tab can be captured from, and is no lease: no other payment comes out of it', () => {
  const { book, card, lease } = createLeaseBench()
  const ann = card('ann')
  lease(ann, { purpose: 'tab' })
  expect(book.hasAny()).toBe(true)
  expect([book.of(ann.id), book.of(ann.wallet), book.all()]).toEqual([[], [], []])
})

test.each([
  ['released', 'release', 0],
  ['captured in full', 'capture', 1_000],
  ['about to end by the lease clock', 'wait', 0],
] as const)('a lease that is %s is none', (_, how, amount) => {
  const { book, card, lease, world, bar, pass } = createLeaseBench()
  const ann = card('ann')
  const hold = lease(ann)
  const { place } = bar
  if (how === 'release') world.must(bar.owner, { kind: 'hold.release', place, hold })
  else if (how === 'wait') pass(6 * HOUR_MS - 30_000)
  else world.must(LEASE_KEY, { kind: 'hold.capture', place, hold, amount: units(amount) })
  expect(book.of(ann.id)).toEqual([])
  expect(book.all()).toEqual([])
  expect(book.hasAny()).toBe(false)
})
