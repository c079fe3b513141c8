import { expect, test } from 'vitest'
import { REPAIR_ITEMS_MAX } from '#consensus/limits.ts'
import { PROPOSAL_CERTIFICATES_MAX } from '#protocol/chain/chain-limits.ts'
import { createForge } from './crafted.ts'
import { createHarness } from './harness.ts'

const DELTA = 10
/** Views that ended without a block: more than any answer or proposal can prove. */
const ENDED = 131
const LEADER = (ENDED + 1) % 4
const OTHERS = [0, 1, 2, 3].filter((index) => index !== LEADER)

/** The leader of the next view knows that all before it ended empty; the others know nothing. */
const afterLongGap = () => {
  const harness = createHarness({ size: 4, latencyMs: DELTA })
  harness.start()
  const forge = createForge(harness)
  const [teller, node] = [harness.nodes[OTHERS[0] ?? 0], harness.nodes[LEADER]]
  if (teller === undefined || node === undefined) throw new Error('no such node')
  for (let view = 1; view <= ENDED; view++) {
    const certificate = forge.certificate({ kind: 'nullify', epoch: 1, view }, OTHERS)
    harness.deliver(teller, LEADER, { type: 'certificate', certificate })
  }
  harness.advance(DELTA)
  expect(node.replica.standing().view).toBe(ENDED + 1)
  return { harness, teller, node }
}

test('who asks for the certificates of a long gap gets a few', () => {
  const { harness, teller, node } = afterLongGap()
  harness.advance(1_000)
  const before = node.sent.length
  const range = { epoch: 1, fromView: 1, toView: ENDED }
  harness.deliver(teller, LEADER, { type: 'certificateRequest', ...range })
  harness.advance(DELTA)
  const answers = node.sent.slice(before).filter(({ message }) => message.type === 'certificate')
  expect(answers).toHaveLength(REPAIR_ITEMS_MAX)
})

test('a proposal after a long gap proves none of it, and as much as one can hold goes beside it', () => {
  const { harness, node } = afterLongGap()
  const before = node.sent.length
  harness.submit('pay')
  harness.advance(DELTA)
  const sent = node.sent.slice(before).map(({ message }) => message)
  const proposals = sent.flatMap((message) => (message.type === 'proposal' ? message.proposal : []))
  expect(proposals[0]?.justification).toEqual({ parent: null, nullifications: [] })
  const views = sent.flatMap((message) =>
    message.type === 'certificate' ? message.certificate.view : [],
  )
  expect(new Set(views).size).toBe(PROPOSAL_CERTIFICATES_MAX)
})
