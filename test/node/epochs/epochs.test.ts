import { describe, expect, test } from 'vitest'
import { isSealing } from '#protocol/chain/header.ts'
import { type Membership, openMembership } from './membership.ts'

const FOUR = ['a', 'b', 'c', 'd']
const SEVEN = [...FOUR, 'e', 'f', 'g']
/** A block, with a disk that takes 30 ms, is final long before anybody asks again. */
const SOON_MS = 400

const load = (nodes: Membership, through: readonly string[], count = 10): void => {
  for (let tick = 0; tick < count; tick++) {
    nodes.pay(through[tick % through.length] ?? '')
    nodes.wait(30)
  }
}

/** Where all of these are: one chain, one epoch, nobody stopped. */
const epochOf = (nodes: Membership, names: readonly string[]): number => {
  expect([...nodes.stopped]).toEqual([])
  // A restart makes some blocks final once more.
  const byHeight = new Map<number, string>()
  for (const { header, digest } of names.flatMap((name) => nodes.finals(name))) {
    expect(byHeight.get(header.height) ?? digest).toBe(digest)
    byHeight.set(header.height, digest)
  }
  const tips = names.map((name) => nodes.finals(name).at(-1)?.header.height)
  expect(tips).toEqual(names.map(() => Math.max(...byHeight.keys())))
  const epochs = new Set(names.map((name) => nodes.seating(name).epoch))
  expect(epochs.size).toBe(1)
  return [...epochs][0] ?? 0
}

const kinds = (nodes: Membership, names: readonly string[]) =>
  new Set(names.map((name) => nodes.seating(name).seat.kind))

describe('a federation whose authorities change', () => {
  test.each([
    ['grows from a solo venue to four', ['a'], FOUR],
    ['grows from four to seven', FOUR, SEVEN],
    ['loses three of seven', SEVEN, FOUR],
    ['changes one for another', FOUR, ['a', 'b', 'c', 'e']],
    ['changes altogether', FOUR, ['e', 'f', 'g', 'h']],
  ])('%s, and goes on', (_, before, after) => {
    const everybody = [...new Set([...before, ...after])]
    const nodes = openMembership({
      members: before,
      others: everybody.filter((name) => !before.includes(name)),
    })
    nodes.start()
    load(nodes, before)
    const [first = ''] = before
    const change = nodes.change(first, after, { present: before })
    load(nodes, everybody)
    nodes.wait(3_000)
    expect(nodes.outcome(change)).toBe('applied')
    load(nodes, everybody)
    nodes.wait(3_000)
    expect(epochOf(nodes, everybody)).toBe(2)
    expect(kinds(nodes, after)).toEqual(new Set(['authority']))
    const removed = before.filter((name) => !after.includes(name))
    if (removed.length > 0) expect(kinds(nodes, removed)).toEqual(new Set(['follower']))
    const chain = nodes.finals(after.at(-1) ?? '')
    const sealing = chain.filter(({ header }) => isSealing(header))
    expect(sealing).toHaveLength(1)
    const later = chain.filter(({ header }) => header.epoch === 2)
    expect(later.length).toBeGreaterThan(5)
    expect(later[0]?.header.parentDigest).toBe(sealing[0]?.digest)
  })

  test('does so again and again, and whoever was away for all of it comes back', () => {
    const nodes = openMembership({ members: FOUR, others: ['e', 'f', 'g', 'h'] })
    nodes.start()
    load(nodes, FOUR, 4)
    nodes.at('d').end('kill')
    const sets = [
      ['a', 'b', 'c', 'e'],
      ['c', 'e', 'f', 'g'],
      ['e', 'f', 'g', 'h'],
    ]
    let present = FOUR
    for (const next of sets) {
      const change = nodes.change(present[0] ?? '', next, { present })
      nodes.wait(3_000)
      expect(nodes.outcome(change)).toBe('applied')
      present = next
      load(nodes, present, 4)
    }
    nodes.at('d').boot()
    nodes.wait(10_000)
    load(nodes, present, 4)
    nodes.wait(3_000)
    expect(epochOf(nodes, ['d', 'e', 'f', 'g', 'h'])).toBe(4)
    expect(nodes.seating('d').seat.kind).toBe('follower')
  })

  test('refuses a change that another came before', () => {
    const nodes = openMembership({ members: FOUR })
    nodes.start()
    const first = nodes.change('a', FOUR, { present: FOUR })
    const second = nodes.change('b', FOUR, { present: FOUR })
    nodes.wait(5_000)
    const outcomes = [first, second].map((entry) => nodes.outcome(entry))
    expect(outcomes.filter((outcome) => outcome === 'applied')).toHaveLength(1)
    expect(outcomes.find((outcome) => outcome !== 'applied')).toMatch(
      /^(change_in_flight|epoch_mismatch)$/,
    )
    expect(epochOf(nodes, FOUR)).toBe(2)
  })
})

describe('whoever crosses a moment later than the others', () => {
  test('knows what they said in the meantime, and votes at once', () => {
    const nodes = openMembership({ members: FOUR })
    nodes.start()
    load(nodes, FOUR, 4)
    nodes.at('d').end('kill')
    nodes.wait(5_000)
    // Of three that are up all must vote, and the store of one takes its time.
    nodes.at('c').setDisk({ min: 30, max: 30 })
    nodes.change('a', FOUR, { present: FOUR })
    while (nodes.seating('a').epoch === 1) nodes.wait(1)
    expect(nodes.seating('c').epoch).toBe(1)
    const payment = nodes.pay('a')
    nodes.wait(SOON_MS)
    expect(nodes.outcome(payment)).toBeDefined()
  })
})

describe('a process that ends at the boundary', () => {
  test.each([10, 20, 30, 40, 50, 60, 80, 100])(
    'comes back %i ms after the change was submitted, in the right epoch',
    (ms) => {
      const nodes = openMembership({ members: FOUR, others: ['e', 'f', 'g'] })
      nodes.start()
      load(nodes, FOUR, 4)
      nodes.change('a', SEVEN, { present: FOUR })
      nodes.wait(ms)
      for (const name of ['b', 'e']) nodes.at(name).end('power')
      nodes.wait(50)
      for (const name of ['b', 'e']) nodes.at(name).boot()
      load(nodes, ['a', 'c'], 5)
      nodes.wait(5_000)
      expect(epochOf(nodes, SEVEN)).toBe(2)
      expect(kinds(nodes, SEVEN)).toEqual(new Set(['authority']))
    },
  )

  test('with everybody else: the power fails in the whole federation', () => {
    for (const ms of [15, 25, 35, 45, 55, 70]) {
      const nodes = openMembership({ members: FOUR, others: ['e', 'f', 'g'] })
      nodes.start()
      load(nodes, FOUR, 4)
      nodes.change('a', SEVEN, { present: FOUR })
      nodes.wait(ms)
      for (const name of SEVEN) nodes.at(name).end('power')
      nodes.wait(100)
      for (const name of SEVEN) nodes.at(name).boot()
      nodes.wait(5_000)
      load(nodes, SEVEN, 7)
      nodes.wait(10_000)
      expect(epochOf(nodes, SEVEN)).toBe(2)
    }
  })
})

describe('new rules', () => {
  test('hold from the first block of the next epoch on', () => {
    const nodes = openMembership({ members: FOUR })
    nodes.start()
    load(nodes, FOUR, 4)
    nodes.change('a', FOUR, { present: FOUR, version: 2 })
    load(nodes, FOUR)
    nodes.wait(3_000)
    expect(epochOf(nodes, FOUR)).toBe(2)
    const versions = nodes.finals('a').map(({ header }) => `${header.epoch} ${header.version}`)
    expect(new Set(versions)).toEqual(new Set(['1 1', '2 2']))
  })

  test('that a node does not know stop it before their first block, now and after a restart', () => {
    const nodes = openMembership({ members: FOUR, others: ['venue'], rules: { d: 1, venue: 1 } })
    nodes.start()
    load(nodes, FOUR, 4)
    nodes.change('a', FOUR, { present: FOUR, version: 2 })
    load(nodes, ['a', 'b', 'c'])
    nodes.wait(5_000)
    expect([...nodes.stopped]).toEqual(
      expect.arrayContaining([
        ['d', expect.stringMatching(/^upgrade_required: epoch 2 follows rules 2/)],
        ['venue', expect.stringMatching(/^upgrade_required/)],
      ]),
    )
    for (const name of ['d', 'venue']) {
      const last = nodes.finals(name).at(-1)
      expect(last && isSealing(last.header)).toBe(true)
      nodes.stopped.delete(name)
      nodes.at(name).boot()
    }
    nodes.wait(1_000)
    expect(nodes.stopped.size).toBe(2)
    expect(nodes.seating('a').epoch).toBe(2)
    expect(nodes.finals('a').at(-1)?.header.version).toBe(2)
  })
})
