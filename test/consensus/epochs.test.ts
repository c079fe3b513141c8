import { describe, expect, test } from 'vitest'
import type { Report } from '#consensus/effect.ts'
import { leaderOffsetOf } from '#consensus/next-epoch.ts'
import { isSealing } from '#protocol/chain/header.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { createEpochHarness, type EpochHarness, setOfNames } from './epoch-harness.ts'
import { finalBlocks } from './epoch-node.ts'

const FOUR = ['a', 'b', 'c', 'd']
const SEVEN = [...FOUR, 'e', 'f', 'g']

const load = (harness: EpochHarness, name: string, count = 10): void => {
  for (let tick = 0; tick < count; tick++) {
    harness.submit(`${name} ${tick}`)
    harness.advance(15)
  }
}

/** One chain over all nodes, epochs joined by sealing blocks, nobody stopped. */
const expectOneChain = (harness: EpochHarness): void => {
  const byHeight = new Map<number, string>()
  for (const node of harness.nodes.values()) {
    expect(node.reports.filter(({ kind }) => kind === 'fatal')).toEqual([])
    for (const { header, digest } of finalBlocks(node)) {
      expect(byHeight.get(header.height) ?? digest).toBe(digest)
      byHeight.set(header.height, digest)
    }
  }
}

/** Where everybody of these stands: their epoch, and that all hold the same last block. */
const epochOf = (harness: EpochHarness, names: readonly string[]): number => {
  const nodes = names.map(harness.at)
  const tips = nodes.map((node) => finalBlocks(node).at(-1)?.digest)
  expect(new Set(tips).size).toBe(1)
  const epochs = new Set(nodes.map(({ config }) => config?.epoch))
  expect(epochs.size).toBe(1)
  return [...epochs][0] ?? 0
}

const sealingOf = (harness: EpochHarness, name: string) =>
  finalBlocks(harness.at(name)).filter(({ header }) => isSealing(header))

const votesIn = (harness: EpochHarness, name: string, epoch: number) =>
  harness.at(name).votes.filter((vote) => vote.epoch === epoch)

describe('a change of the set', () => {
  test.each([
    ['the rotation of a key', FOUR, ['a', 'b', 'c', 'd2']],
    ['growth from a solo venue to four', ['a'], FOUR],
    ['growth from four to seven', FOUR, SEVEN],
    ['the removal of members', SEVEN, FOUR],
    ['a return to a solo venue', FOUR, ['c']],
    ['another set altogether', FOUR, ['p', 'q', 'r', 's']],
    ['new rules alone', FOUR, FOUR],
  ])('%s goes on under load, with one chain for members and followers', (_, before, after) => {
    const everybody = [...new Set([...before, ...after])]
    const harness = createEpochHarness({
      members: before,
      others: everybody.filter((name) => !before.includes(name)),
    })
    harness.start()
    load(harness, 'before')
    harness.change({ epoch: 2, members: after, version: 2 })
    load(harness, 'after', 20)
    harness.advance(5_000)
    expectOneChain(harness)
    expect(epochOf(harness, everybody)).toBe(2)
    const [sealing, ...more] = sealingOf(harness, after[0] ?? '')
    expect(more).toEqual([])
    const set = setOfNames(after)
    expect(sealing?.header).toMatchObject({ epoch: 1, version: 1, nextSetHash: set.hash })
    const blocks = finalBlocks(harness.at(after[0] ?? ''))
    const first = blocks.find(({ header }) => header.epoch === 2)
    expect(first?.header).toMatchObject({
      height: (sealing?.header.height ?? 0) + 1,
      parentDigest: sealing?.digest,
      authoritySetHash: set.hash,
      version: 2,
    })
    for (const name of after) expect(votesIn(harness, name, 2).length).toBeGreaterThan(0)
    for (const name of before.filter((each) => !after.includes(each))) {
      expect(votesIn(harness, name, 2)).toEqual([])
    }
    const payments = blocks.flatMap(({ hashes }) => hashes)
    expect(payments).toHaveLength(new Set(payments).size)
    expect(payments).toHaveLength(31)
  })

  test('gives the first view to whom the sealing digest names', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    harness.change({ epoch: 2, members: FOUR })
    harness.advance(500)
    harness.submit('payment')
    harness.advance(500)
    const [sealing] = sealingOf(harness, 'a')
    const first = finalBlocks(harness.at('a')).find(({ header }) => header.epoch === 2)?.header
    if (sealing === undefined || first === undefined) throw new Error('no second epoch')
    const offset = leaderOffsetOf(sealing.digest, 4)
    expect(first.proposerIndex).toBe((first.view + offset) % 4)
  })

  test('follows another, again and again', () => {
    const harness = createEpochHarness({ members: ['a'], others: SEVEN.slice(1) })
    harness.start()
    const sets = [FOUR, SEVEN, ['d', 'e', 'f', 'g'], ['d'], FOUR]
    for (const [index, members] of sets.entries()) {
      harness.change({ epoch: index + 2, members })
      load(harness, `epoch ${index}`, 5)
      harness.advance(2_000)
    }
    expectOneChain(harness)
    expect(epochOf(harness, SEVEN)).toBe(6)
    expect(sealingOf(harness, 'g').map(({ header }) => header.epoch)).toEqual([1, 2, 3, 4, 5])
  })

  test('waits for the store before anything is signed in the next epoch', () => {
    const harness = createEpochHarness({ members: FOUR, storeMs: 400 })
    harness.start()
    harness.change({ epoch: 2, members: FOUR })
    harness.advance(300)
    for (const name of FOUR) expect(harness.at(name).config?.epoch).toBe(1)
    harness.submit('payment')
    harness.advance(100)
    for (const name of FOUR) expect(votesIn(harness, name, 2)).toEqual([])
    harness.advance(2_000)
    expect(epochOf(harness, FOUR)).toBe(2)
    expectOneChain(harness)
  })
})

describe('a sealing block that does not become final at once', () => {
  test('is proposed again with the same bytes, and nothing else grows from it', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    // Finalize votes of the first views are lost: the block is notarized, and no more.
    harness.routes.pass = (_, __, message) =>
      !(message.type === 'vote' && message.vote.kind === 'finalize' && message.vote.view < 4)
    harness.change({ epoch: 2, members: SEVEN.slice(0, 4) })
    load(harness, 'payment', 20)
    harness.advance(5_000)
    expectOneChain(harness)
    expect(epochOf(harness, FOUR)).toBe(2)
    const [sealing] = sealingOf(harness, 'a')
    const store = harness.at('a').disk.store
    const end = store.find(({ certificate }) => certificate.digest === sealing?.digest)
    expect(end?.certificate.view).toBeGreaterThan(sealing?.header.view ?? Infinity)
    const notarized = votesIn(harness, 'a', 1).filter(({ kind }) => kind === 'notarize')
    const after = notarized.filter(({ view }) => view >= (sealing?.header.view ?? Infinity))
    expect(after.length).toBeGreaterThan(1)
    for (const vote of after) expect(vote).toMatchObject({ digest: sealing?.digest })
  })
})

describe('a member that was away', () => {
  test('crashed before the boundary learns of it after its restart, and votes', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    load(harness, 'before', 5)
    harness.crash('b')
    harness.change({ epoch: 2, members: FOUR })
    load(harness, 'while it is down', 5)
    harness.advance(3_000)
    harness.restart('b')
    harness.advance(3_000)
    load(harness, 'after', 10)
    harness.advance(3_000)
    expectOneChain(harness)
    expect(epochOf(harness, FOUR)).toBe(2)
    expect(votesIn(harness, 'b', 2).length).toBeGreaterThan(0)
  })

  test('was away for several epochs and all its peers changed', () => {
    const harness = createEpochHarness({ members: FOUR, others: ['e', 'f', 'g', 'h'] })
    harness.start()
    harness.crash('a')
    harness.change({ epoch: 2, members: ['b', 'c', 'd', 'e'] })
    harness.advance(2_000)
    harness.change({ epoch: 3, members: ['e', 'f', 'g', 'h'] })
    harness.advance(2_000)
    harness.restart('a')
    harness.advance(5_000)
    load(harness, 'after', 5)
    harness.advance(3_000)
    expectOneChain(harness)
    expect(epochOf(harness, ['a', 'e', 'f', 'g', 'h'])).toBe(3)
    expect(harness.at('a').machine?.kind).toBe('follower')
  })

  test('cut off in the old epoch is helped as soon as it is heard', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    harness.routes.pass = (from, to) => from !== 'c' && to !== 'c'
    harness.change({ epoch: 2, members: FOUR })
    load(harness, 'without it', 10)
    harness.advance(2_000)
    expect(harness.at('c').config?.epoch).toBe(1)
    harness.routes.pass = () => true
    harness.advance(5_000)
    expectOneChain(harness)
    expect(epochOf(harness, FOUR)).toBe(2)
  })

  test('stays behind while a quorum is down, and harms nobody with its old votes', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    const old = { from: 'd', votes: 0 }
    harness.routes.pass = (from, to, message) => {
      if (from === old.from && message.type === 'vote' && message.vote.epoch === 1) old.votes++
      return to !== 'd' || message.type === 'proposal'
    }
    harness.change({ epoch: 2, members: FOUR })
    load(harness, 'on without it', 10)
    harness.advance(3_000)
    expect(old.votes).toBeGreaterThan(0)
    for (const name of ['a', 'b', 'c']) expect(harness.at(name).config?.epoch).toBe(2)
    expectOneChain(harness)
  })
})

describe('a restart at the boundary', () => {
  test.each(FOUR.flatMap((name) => [20, 25, 30, 35, 40, 45, 50].map((ms) => [name, ms] as const)))(
    'of %s, %i ms after the change was submitted, repeats no vote and loses none',
    (name, ms) => {
      const harness = createEpochHarness({ members: FOUR, storeMs: 7 })
      harness.start()
      harness.change({ epoch: 2, members: FOUR })
      harness.submit('payment')
      harness.advance(ms)
      harness.crash(name)
      harness.advance(5)
      harness.restart(name)
      load(harness, 'after', 5)
      harness.advance(3_000)
      expectOneChain(harness)
      expect(epochOf(harness, FOUR)).toBe(2)
      const said = new Map<string, string>()
      for (const vote of harness.at(name).votes) {
        const place = `${vote.epoch} ${vote.view} ${vote.kind}`
        const content = 'digest' in vote ? vote.digest : ''
        expect(said.get(place) ?? content).toBe(content)
        said.set(place, content)
      }
    },
  )

  test('of everybody at once', () => {
    for (let ms = 16; ms <= 60; ms += 4) {
      const harness = createEpochHarness({ members: FOUR, others: ['e', 'f', 'g'], storeMs: 9 })
      harness.start()
      harness.change({ epoch: 2, members: SEVEN })
      harness.advance(ms)
      for (const name of SEVEN) harness.crash(name)
      harness.advance(5)
      for (const name of SEVEN) harness.restart(name)
      harness.advance(1_000)
      load(harness, 'after', 5)
      harness.advance(10_000)
      expectOneChain(harness)
      expect(epochOf(harness, SEVEN)).toBe(2)
    }
  })

  test('of a disk that went back to the epoch before votes again only after amnesia in the present one', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    const node = harness.at('a')
    const copy = { journal: [...node.disk.journal], store: [...node.disk.store] }
    harness.change({ epoch: 2, members: FOUR })
    load(harness, 'payment', 5)
    harness.advance(1_000)
    harness.crash('a')
    const votes = node.votes.length
    node.disk.journal.splice(0, Infinity, ...copy.journal)
    node.disk.store.splice(0, Infinity, ...copy.store)
    node.disk.blockLog.splice(0)
    harness.restart('a')
    load(harness, 'later', 5)
    harness.advance(5_000)
    load(harness, 'last', 8)
    const over = node.reports.find(({ kind }) => kind === 'amnesiaOver')
    expect(node.config?.epoch).toBe(2)
    expect(node.reports).toContainEqual(expect.objectContaining({ kind: 'amnesia' }))
    expectVotesAbove(node.votes, { count: votes, view: refusalIn(over) })
  })

  test('a journal of a later epoch than the store is a store that was rolled back', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    const stored = harness.at('a').disk.store.length
    harness.change({ epoch: 2, members: FOUR })
    load(harness, 'payment', 5)
    harness.advance(1_000)
    harness.crash('a')
    const votes = harness.at('a').votes.length
    harness.at('a').disk.store.splice(stored)
    harness.restart('a')
    expect(harness.at('a').reports.at(-1)).toMatchObject({ code: 'store_rolled_back' })
    load(harness, 'later', 5)
    harness.advance(5_000)
    expect(harness.at('a').config?.epoch).toBe(2)
    load(harness, 'last', 8)
    const over = harness.at('a').reports.findLast(({ kind }) => kind === 'amnesiaOver')
    expectVotesAbove(harness.at('a').votes, { count: votes, view: refusalIn(over) })
  })

  test('amid amnesia goes on with it in the next epoch', () => {
    const harness = createEpochHarness({ members: FOUR })
    harness.start()
    load(harness, 'payment', 3)
    harness.crash('a')
    harness.at('a').disk.journal.splice(0)
    harness.routes.pass = (_, to, message) => to !== 'a' || message.type !== 'status'
    harness.restart('a')
    const votes = harness.at('a').votes.length
    harness.change({ epoch: 2, members: FOUR })
    harness.advance(3_000)
    expect(harness.at('a').config?.epoch).toBe(2)
    expect(harness.at('a').votes).toHaveLength(votes)
    expect(harness.at('a').reports.filter(({ kind }) => kind === 'amnesia')).toHaveLength(2)
    harness.crash('a')
    harness.restart('a')
    harness.advance(3_000)
    expect(harness.at('a').votes).toHaveLength(votes)
    harness.routes.pass = () => true
    load(harness, 'later', 8)
    harness.advance(5_000)
    const over = harness.at('a').reports.find(({ kind }) => kind === 'amnesiaOver')
    expectVotesAbove(harness.at('a').votes, { count: votes, view: refusalIn(over) })
    expectOneChain(harness)
  })
})

const refusalIn = (report: Report | undefined): number =>
  report?.kind === 'amnesiaOver' ? report.refusedView : Number.NaN

/** It votes in the second epoch, above what it refuses there, and says nothing it said before. */
const expectVotesAbove = (
  votes: readonly Vote[],
  from: { readonly count: number; readonly view: number },
): void => {
  const [before, after] = [votes.slice(0, from.count), votes.slice(from.count)]
  expect(after.length).toBeGreaterThan(0)
  for (const { epoch, view } of after)
    expect({ epoch, above: view > from.view }).toEqual({ epoch: 2, above: true })
  const said = before.filter(({ epoch }) => epoch === 2).map(({ view }) => view)
  expect(Math.max(0, ...said)).toBeLessThanOrEqual(from.view)
}
