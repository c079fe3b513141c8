import { expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import { utf8 } from '#protocol/bytes.ts'
import { FLAG_SEALING } from '#protocol/chain/header.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import { hashOf } from '#protocol/hash.ts'
import { createForge } from './crafted.ts'
import { createHarness } from './harness.ts'
import type { Node } from './harness-node.ts'

const LATENCY = 10
const OTHER = hashOf(utf8('another'))

/** What a node asks of its driver from now on; one that asks without end ends the test. */
const watchEffects = (node: Node): readonly Effect[] => {
  const asked: Effect[] = []
  const { replica } = node
  const step: Node['replica']['step'] = (event, now) => {
    const effects = replica.step(event, now)
    asked.push(...effects.filter(({ type }) => type === 'verify' || type === 'fetch'))
    if (asked.length > 100) throw new Error('it asks without end')
    return effects
  }
  node.replica = { ...replica, step }
  return asked
}

test('a sealing block that is proposed again is fetched whole, once, by whom its first leader misled', () => {
  const harness = createHarness({ size: 4, latencyMs: LATENCY })
  harness.start()
  const [misled, first, second] = harness.nodes
  if (misled === undefined || first === undefined || second === undefined) {
    throw new Error('no such node')
  }
  const forge = createForge(harness)
  const place = { view: 1, leader: 1, parent: harness.genesisDigest }
  const proposal = forge.proposal(
    place,
    { name: 'one', timestampMs: harness.wallMs() },
    { flags: FLAG_SEALING, nextSetHash: OTHER },
  )
  const { digest } = proposal
  const asked = watchEffects(misled)
  const wrong = { ...proposal, transactionHashes: [OTHER] }
  harness.deliver(first, 0, { type: 'proposal', proposal: wrong })
  harness.advance(2 * LATENCY)

  const ballot = { kind: 'notarize', epoch: 1, digest } as const
  const parent = forge.certificate({ ...ballot, view: 1, parentView: 0 }, [1, 2, 3])
  harness.deliver(first, 0, { type: 'certificate', certificate: parent })
  const again: Proposal = {
    ...proposal,
    view: 2,
    parentView: 1,
    justification: { parent, nullifications: [] },
    transactionHashes: [],
    signature: forge.vote(2, { ...ballot, view: 2, parentView: 1 }).signature,
  }
  harness.deliver(second, 0, { type: 'proposal', proposal: again })
  harness.advance(2 * LATENCY)
  expect(asked.map(({ type }) => type)).toEqual(['verify', 'fetch'])
})
