import { describe, expect, test } from 'vitest'
import { SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { encodeVote, type Vote } from '#protocol/chain/vote.ts'
import { createHarness, type Harness } from './harness.ts'
import type { Node } from './harness-node.ts'

const DELTA = 10

const nodeAt = (harness: Harness, index: number): Node => {
  const node = harness.nodes[index]
  if (node === undefined) throw new Error('no such node')
  return node
}

const votesOf = (messages: readonly ConsensusMessage[]): readonly Vote[] =>
  messages.flatMap((message) => (message.type === 'vote' ? [message.vote] : []))

const sentVotes = (node: Node): readonly Vote[] => votesOf(node.sent.map(({ message }) => message))

const load = (harness: Harness, count: number, everyMs: number, name = 'payment'): void => {
  for (let tick = 0; tick < count; tick++) {
    harness.submit(
      `${name} ${tick}`,
      harness.nodes.filter(({ alive }) => alive),
    )
    harness.advance(everyMs)
  }
}

const expectOneChain = (nodes: readonly Node[]): void => {
  const byHeight = new Map<number, string>()
  for (const { height, digest } of nodes.flatMap(({ finalAt }) => finalAt)) {
    expect(byHeight.get(height) ?? digest).toBe(digest)
    byHeight.set(height, digest)
  }
}

const expectNoFatal = (harness: Harness): void => {
  for (const { reports } of harness.nodes) {
    expect(reports.filter(({ kind }) => kind === 'fatal')).toEqual([])
  }
}

describe('messages that take longer than Δ', () => {
  test('leave a leader its whole view, as everybody leaves it', () => {
    const harness = createHarness({ size: 4, latencyMs: 130, config: { deltaMs: 100 } })
    harness.start()
    harness.crash(nodeAt(harness, 2))
    const at = harness.nowMs()
    harness.submit(
      'payment',
      harness.nodes.filter(({ alive }) => alive),
    )
    harness.advance(700)
    const leader = nodeAt(harness, 1)
    expect(sentVotes(leader).filter(({ kind }) => kind === 'nullify')).toEqual([])
    expect(leader.finalAt.map(({ atMs }) => atMs - at)).toEqual([3 * 130])
  })
})

describe('a dead leader', () => {
  test('costs its view at most 2 Δ and a nullify exchange', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.crash(nodeAt(harness, 1))
    const at = harness.nowMs()
    harness.submit(
      'payment',
      harness.nodes.filter(({ alive }) => alive),
    )
    harness.advance(2_000)
    const times = nodeAt(harness, 0).finalAt.map(({ atMs }) => atMs - at)
    expect(times).toEqual([2 * 100 + DELTA + 3 * DELTA])
    expectNoFatal(harness)
  })

  test('is nullified while idle, so that a later payment does not wait', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.crash(nodeAt(harness, 1))
    harness.advance(20_000)
    const at = harness.nowMs()
    harness.submit(
      'payment',
      harness.nodes.filter(({ alive }) => alive),
    )
    harness.advance(2_000)
    expect(nodeAt(harness, 0).finalAt.map(({ atMs }) => atMs - at)).toEqual([3 * DELTA])
  })

  test('f dead of 7 leave payments final and the federation quiet afterwards', () => {
    const harness = createHarness({ size: 7, latencyMs: DELTA })
    harness.start()
    harness.crash(nodeAt(harness, 2))
    harness.crash(nodeAt(harness, 3))
    load(harness, 20, 50)
    harness.advance(10_000)
    const before = nodeAt(harness, 0).sent.length
    const height = nodeAt(harness, 0).finalAt.at(-1)?.height ?? 0
    harness.advance(30_000)
    const said = nodeAt(harness, 0).sent.slice(before)
    expect(height).toBeGreaterThan(5)
    expect(new Set(said.map(({ message }) => message.type))).toEqual(new Set(['beacon']))
    expectOneChain(harness.nodes)
    expectNoFatal(harness)
  })
})

describe('a restart', () => {
  test('sends the same vote bytes again and never a second vote', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    const victim = nodeAt(harness, 2)
    const bytes = new Map<string, string>()
    for (let round = 0; round < 12; round++) {
      harness.submit(`payment ${round}`)
      harness.advance(7 + 3 * round)
      harness.crash(victim)
      harness.advance(20)
      harness.restart(victim)
      harness.advance(100)
    }
    for (const vote of sentVotes(victim)) {
      const key = `${vote.kind} ${vote.view}`
      const hex = encodeVote(vote).join()
      expect(bytes.get(key) ?? hex).toBe(hex)
      bytes.set(key, hex)
    }
    expect(bytes.size).toBeGreaterThan(10)
    expectOneChain(harness.nodes)
    expectNoFatal(harness)
  })

  test('of all authorities at once, with own nullifies in the journals, goes on', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.routes.pass = (_from, _to, message) =>
      message.type !== 'proposal' && message.type !== 'vote'
    harness.submit('payment')
    harness.advance(1_000)
    for (const node of harness.nodes) harness.crash(node)
    harness.routes.pass = () => true
    for (const node of harness.nodes) harness.restart(node)
    harness.advance(3_000)
    for (const node of harness.nodes) expect(node.finalAt.map(({ height }) => height)).toEqual([1])
    expectNoFatal(harness)
  })

  test('waits for q − 1 statuses before it votes', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    const victim = nodeAt(harness, 3)
    harness.crash(victim)
    harness.routes.pass = (from, to, message) =>
      !(to === 3 && from !== 0 && message.type === 'status')
    harness.restart(victim)
    const before = sentVotes(victim).length
    load(harness, 5, 40)
    expect(sentVotes(victim)).toHaveLength(before)
    harness.routes.pass = () => true
    load(harness, 5, 400, 'later')
    expect(sentVotes(victim).length).toBeGreaterThan(before)
  })
})

describe('catch-up', () => {
  test('a node that missed hundreds of blocks follows within a second of its return', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    const laggard = nodeAt(harness, 3)
    harness.crash(laggard)
    load(harness, 200, 20)
    harness.restart(laggard)
    load(harness, 50, 20, 'later')
    harness.advance(1_000)
    const tips = harness.nodes.map(({ finalAt }) => finalAt.at(-1)?.digest)
    expect(new Set(tips).size).toBe(1)
    expect(laggard.finalAt.length).toBeGreaterThan(30)
    expectOneChain(harness.nodes)
    expectNoFatal(harness)
  })

  test('a run of many blocks under one finalization is caught up with from its end', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    const laggard = nodeAt(harness, 3)
    harness.crash(laggard)
    harness.routes.pass = (_from, _to, message) =>
      message.type !== 'vote' || message.vote.kind !== 'finalize'
    load(harness, 20, 20)
    while (nodeAt(harness, 0).replica.standing().blocksHeld < SEGMENT_BLOCKS_MAX + 60) {
      harness.advance(1_000)
    }
    harness.routes.pass = () => true
    harness.advance(3_000)
    const longest = Math.max(...nodeAt(harness, 0).disk.store.map(({ blocks }) => blocks.length))
    expect(longest).toBeGreaterThan(SEGMENT_BLOCKS_MAX)
    harness.restart(laggard)
    harness.advance(20_000)
    const heights = harness.nodes.map(({ replica }) => replica.standing().finalisedHeight)
    expect(new Set(heights).size).toBe(1)
    expectOneChain(harness.nodes)
    expectNoFatal(harness)
  })

  test('a node that missed one proposal fetches the block from those who notarized it', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.routes.pass = (_from, to, message) => !(to === 3 && message.type === 'proposal')
    harness.submit('payment')
    harness.advance(500)
    expect(nodeAt(harness, 3).finalAt.map(({ height }) => height)).toEqual([1])
  })

  test('a notarization that finality has passed is answered, unless it is only a little late', () => {
    const harness = createHarness({ size: 4, config: { deltaMs: 100 } })
    harness.start()
    harness.submit('payment')
    harness.advance(3 * DELTA)
    const node = nodeAt(harness, 0)
    const message = node.sent
      .map((sent) => sent.message)
      .find((sent) => sent.type === 'certificate' && sent.certificate.kind === 'notarize')
    if (message === undefined) throw new Error('nothing was notarized')
    const answersOf = (): readonly string[] => {
      const before = node.sent.length
      harness.feed(node, { type: 'message', from: 3, message })
      return node.sent
        .slice(before)
        .flatMap((sent) =>
          sent.message.type === 'certificate' ? sent.message.certificate.kind : [],
        )
    }
    expect(node.finalAt).toHaveLength(1)
    expect(answersOf()).toEqual([])
    harness.advance(99)
    expect(answersOf()).toEqual([])
    harness.advance(1)
    expect(answersOf()).toContain('finalize')
  })

  test('half hold a notarization and half a nullification: the federation goes on', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.routes.pass = (from, to, message) => {
      const low = (index: number): boolean => index < 2
      return low(from) === low(to) || (message.type === 'proposal' && from === 1)
    }
    load(harness, 20, 50)
    harness.advance(3_000)
    harness.routes.pass = () => true
    for (const a of harness.nodes) for (const b of harness.nodes) harness.reconnect(a, b)
    load(harness, 10, 50, 'healed')
    harness.advance(5_000)
    const tips = harness.nodes.map(({ finalAt }) => finalAt.at(-1)?.digest)
    expect(new Set(tips).size).toBe(1)
    expect(nodeAt(harness, 0).finalAt.length).toBeGreaterThan(3)
    expectOneChain(harness.nodes)
    expectNoFatal(harness)
  })

  test('views without a quorum grow to the cap and no further, and end after the healing', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    harness.crash(nodeAt(harness, 2))
    harness.crash(nodeAt(harness, 3))
    load(harness, 5, 40)
    harness.advance(600_000)
    harness.restart(nodeAt(harness, 2))
    harness.restart(nodeAt(harness, 3))
    harness.advance(20_000)
    for (const node of harness.nodes) expect(node.finalAt.length).toBeGreaterThan(0)
    expectOneChain(harness.nodes)
    expectNoFatal(harness)
  })
})

describe('lost messages', () => {
  test.each([1, 2, 3, 4, 5])(
    'every fifth message lost, pattern %i: one chain, all converge',
    (seed) => {
      const harness = createHarness({ size: 4, latencyMs: DELTA })
      let state = seed
      harness.start()
      harness.routes.pass = () => {
        state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
        return (state >> 16) % 5 !== 0
      }
      load(harness, 60, 30)
      harness.routes.pass = () => true
      for (const a of harness.nodes) for (const b of harness.nodes) harness.reconnect(a, b)
      harness.submit('last')
      harness.advance(20_000)
      expect(new Set(harness.nodes.map(({ finalAt }) => finalAt.at(-1)?.digest)).size).toBe(1)
      expect(nodeAt(harness, 0).finalAt.length).toBeGreaterThan(5)
      expectOneChain(harness.nodes)
      expectNoFatal(harness)
    },
  )
})
