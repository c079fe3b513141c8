import { expect, test } from 'vitest'
import { COMMIT_BACKLOG_MAX, UNFINALISED_MAX } from '#consensus/limits.ts'
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
