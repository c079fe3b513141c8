import { expect, test } from 'vitest'
import {
  COMMIT_BACKLOG_MAX,
  REOFFER_MAX,
  REPAIR_ITEMS_MAX,
  UNFINALISED_MAX,
} from '#consensus/limits.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { createHarness } from './harness.ts'

const DELTA = 10

const isFinalizeVote = (message: ConsensusMessage): boolean =>
  message.type === 'vote' && message.vote.kind === 'finalize'

test('while nothing becomes final a few blocks take payments, and then empty ones', () => {
  const harness = createHarness({ size: 4, latencyMs: DELTA })
  harness.routes.pass = (_from, _to, message) => !isFinalizeVote(message)
  harness.start()
  for (let payment = 0; payment < 100; payment++) {
    harness.submit(`payment ${payment}`)
    harness.advance(4 * DELTA)
  }
  const proposed = harness.nodes.flatMap(({ sent }) =>
    sent.flatMap(({ message }) => (message.type === 'proposal' ? message.proposal.header : [])),
  )
  expect(harness.nodes.map(({ finalAt }) => finalAt.length)).toEqual([0, 0, 0, 0])
  const deepest = (full: boolean): number =>
    Math.max(
      ...proposed.flatMap(({ height, transactionCount }) =>
        transactionCount > 0 === full ? height : [],
      ),
    )
  expect(deepest(true)).toBe(UNFINALISED_MAX)
  expect(deepest(false)).toBeGreaterThan(UNFINALISED_MAX)
  harness.routes.pass = () => true
  harness.advance(20_000)
  expect(harness.nodes[0]?.finalAt.length).toBeGreaterThan(UNFINALISED_MAX)
})

/** Many views in which each notarized and voted to finalise, and nobody heard the latter. */
const afterManyOpenViews = () => {
  const harness = createHarness({ size: 4, latencyMs: DELTA })
  harness.routes.pass = (_from, _to, message) => !isFinalizeVote(message)
  harness.start()
  for (let payment = 0; payment < REPAIR_ITEMS_MAX; payment++) {
    harness.submit(`payment ${payment}`)
    harness.advance(4 * DELTA)
  }
  const [node] = harness.nodes
  if (node === undefined) throw new Error('no node')
  const { view, settledView } = node.replica.standing()
  expect(settledView).toBe(0)
  return { harness, node, view }
}

test('a standstill sends the newest votes and certificates again, and no more than a few', () => {
  const { harness, node, view } = afterManyOpenViews()
  const before = node.sent.length
  harness.feed(node, { type: 'timer', timer: 'standstill', epoch: 1, view })
  const again = node.sent.slice(before).map(({ message }) => message)
  expect(again).toHaveLength(REPAIR_ITEMS_MAX)
  expect(again.at(-1)).toMatchObject({ certificate: { kind: 'notarize', view: view - 1 } })
})

test('a start says a few of its newest votes again', () => {
  const { harness, node, view } = afterManyOpenViews()
  harness.routes.pass = (_from, _to, message) => message.type !== 'vote'
  harness.submit('one more')
  harness.advance(4 * DELTA)
  harness.crash(node)
  const before = node.sent.length
  harness.restart(node)
  harness.advance(4 * DELTA)
  const said = node.sent.slice(before).filter(({ message }) => message.type === 'vote')
  const again = said.filter(({ atMs }) => atMs === said[0]?.atMs)
  expect(again).toHaveLength(REPAIR_ITEMS_MAX)
  expect(again.at(-1)).toMatchObject({ message: { vote: { kind: 'notarize', view } } })
})

test('of what waits while a view does not end a few are offered again', () => {
  const harness = createHarness({ size: 4, latencyMs: DELTA })
  harness.start()
  harness.routes.pass = () => false
  const [teller, ...others] = harness.nodes
  if (teller === undefined) throw new Error('no node')
  for (let payment = 0; payment <= REOFFER_MAX; payment++) {
    harness.submit(`payment ${payment}`, [teller])
  }
  harness.advance(1_000)
  expect(others.map(({ mempool }) => mempool.size)).toEqual(others.map(() => REOFFER_MAX))
})

test('while stores lag far behind no payments are taken, and all once they are there', () => {
  const lagMs = 60_000
  const harness = createHarness({ size: 4, latencyMs: 1 })
  harness.stores.lagMs = lagMs
  harness.start()
  const payments = 2 * COMMIT_BACKLOG_MAX
  for (let payment = 0; payment < payments; payment++) {
    harness.submit(`payment ${payment}`)
    harness.advance(20)
  }
  const [node] = harness.nodes
  expect(node?.finalAt.length).toBe(COMMIT_BACKLOG_MAX)
  harness.advance(2 * lagMs)
  expect(harness.nodes.map(({ finalAt }) => finalAt.length > COMMIT_BACKLOG_MAX)).not.toContain(
    false,
  )
})
