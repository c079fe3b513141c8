import { describe, expect, test } from 'vitest'
import { COMPACT_AFTER_VIEWS } from '#consensus/limits.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { createForge } from './crafted.ts'
import { createHarness, type Harness } from './harness.ts'
import type { Node } from './harness-node.ts'

const DELTA = 10
const A = hashOf(utf8('block a'))
const B = hashOf(utf8('block b'))

/** Four authorities; member 1, leader of view 1, is played by the test. */
const withDishonestLeader = () => {
  const harness = createHarness({ size: 4, latencyMs: DELTA })
  harness.start()
  const villain = nodeAt(harness, 1)
  harness.crash(villain)
  const forge = createForge(harness)
  const say = (to: number, message: ConsensusMessage): void => harness.deliver(villain, to, message)
  const propose = (name: string, change: Partial<Header> = {}) =>
    forge.proposal(
      { view: 1, leader: 1, parent: harness.genesisDigest },
      { name, timestampMs: harness.wallMs() },
      change,
    )
  return { harness, forge, say, propose, honest: [0, 2, 3].map((index) => nodeAt(harness, index)) }
}

const nodeAt = (harness: Harness, index: number): Node => {
  const node = harness.nodes[index]
  if (node === undefined) throw new Error('no such node')
  return node
}

const reportsOf = (node: Node, kind: Node['reports'][number]['kind']) =>
  node.reports.filter((report) => report.kind === kind)

const votesOf = (node: Node, kind: Vote['kind'], view: number): readonly Vote[] =>
  node.sent.flatMap(({ message }) =>
    message.type === 'vote' && message.vote.kind === kind && message.vote.view === view
      ? [message.vote]
      : [],
  )

describe('an equivocating leader', () => {
  test('is shown by evidence of both votes, and no honest member votes twice', () => {
    const { harness, say, propose, honest } = withDishonestLeader()
    const [first, second] = [propose('one'), propose('two')]
    say(0, { type: 'proposal', proposal: first })
    say(2, { type: 'proposal', proposal: second })
    say(3, { type: 'proposal', proposal: first })
    harness.advance(5)
    for (const node of honest) {
      say(node.index, { type: 'proposal', proposal: first })
      say(node.index, { type: 'proposal', proposal: second })
    }
    harness.advance(5_000)
    for (const node of honest) {
      const digests = votesOf(node, 'notarize', 1).map((vote) => 'digest' in vote && vote.digest)
      expect(new Set(digests).size).toBeLessThanOrEqual(1)
      expect(reportsOf(node, 'evidence')).toHaveLength(1)
      expect(reportsOf(node, 'fatal')).toEqual([])
      expect(votesOf(node, 'finalize', 1)).toEqual([])
    }
  })
})

describe('a leader that lists other transactions beside its block', () => {
  const fake = hashOf(utf8('a transaction that nobody has'))
  const endless = hashOf(utf8('a transaction that is looked for long'))

  /** The block goes to members 2 and 3 as it is, to member 0 with `list` beside the same header. */
  const mislead = (transactionHashes: readonly Hash[]) => {
    const played = withDishonestLeader()
    const { harness, forge, say, propose } = played
    harness.lost.set(fake, 2 * DELTA).set(endless, 60_000)
    const proposal = propose('one')
    const { digest } = proposal
    const misled = { ...proposal, transactionHashes }
    say(0, { type: 'proposal', proposal: misled })
    for (const to of [2, 3]) say(to, { type: 'proposal', proposal })
    const ballot = { epoch: 1, view: 1, parentView: 0, digest } as const
    const voteAll = (kind: 'notarize' | 'finalize') => {
      const vote = forge.vote(1, { kind, ...ballot })
      for (const to of [0, 2, 3]) say(to, { type: 'vote', vote })
    }
    return { ...played, digest, voteAll }
  }

  test.each<[string, readonly Hash[]]>([
    ['that it has', [hashOf(utf8('another'))]],
    ['that nobody has', [fake]],
    ['that it looks for in vain for a minute', [endless]],
  ])('to one member, %s, stops neither that member nor, fallen silent, the chain', (_, list) => {
    const { harness, honest, digest, voteAll } = mislead(list)
    harness.advance(2 * DELTA)
    voteAll('notarize')
    harness.advance(2 * DELTA)
    voteAll('finalize')
    harness.advance(3_000)
    for (const node of honest) {
      expect(reportsOf(node, 'fatal')).toEqual([])
      expect(node.finalAt.map((final) => final.digest)).toEqual([digest])
    }
    harness.submit('payment', honest)
    harness.advance(3_000)
    for (const node of honest) expect(node.finalAt).toHaveLength(2)
  })

  test('and whose block is notarized only delays the chain by its view', () => {
    const { harness, honest, digest, voteAll } = mislead([hashOf(utf8('another'))])
    harness.advance(2 * DELTA)
    voteAll('notarize')
    harness.advance(3_000)
    harness.submit('payment', honest)
    harness.advance(3_000)
    for (const node of honest) {
      expect(reportsOf(node, 'fatal')).toEqual([])
      expect(node.finalAt[0]?.digest).toBe(digest)
      expect(node.replica.standing().view).toBeLessThan(10)
    }
  })
})

test('proposals of views long past take no memory', () => {
  const { harness, forge, say, honest } = withDishonestLeader()
  const [node] = honest
  for (let view = 1; view <= 2 * COMPACT_AFTER_VIEWS; view++) {
    const ballot = { kind: 'nullify', epoch: 1, view } as const
    say(0, { type: 'certificate', certificate: forge.certificate(ballot, [1, 2, 3]) })
  }
  harness.advance(2 * DELTA)
  const before = node?.replica.standing().blocksHeld
  for (let view = 1; view <= COMPACT_AFTER_VIEWS; view += 4) {
    const place = { view, leader: 1, parent: harness.genesisDigest }
    const proposal = forge.proposal(place, { name: 'late', timestampMs: harness.wallMs() })
    say(0, { type: 'proposal', proposal })
  }
  harness.advance(2 * DELTA)
  expect(node?.replica.standing().blocksHeld).toBe(before)
})

describe('a dishonest voter', () => {
  test.each<[string, Vote['kind'], Vote['kind']]>([
    ['two notarize votes', 'notarize', 'notarize'],
    ['two finalize votes', 'finalize', 'finalize'],
    ['notarize and finalize of two blocks', 'notarize', 'finalize'],
    ['finalize and nullify', 'finalize', 'nullify'],
  ])('%s are evidence', (_name, first, second) => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const ballot = (kind: Vote['kind'], digest: typeof A) =>
      kind === 'nullify'
        ? ({ kind, epoch: 1, view: 1 } as const)
        : ({ kind, epoch: 1, view: 1, parentView: 0, digest } as const)
    say(0, { type: 'vote', vote: forge.vote(1, ballot(first, A)) })
    say(0, { type: 'vote', vote: forge.vote(1, ballot(second, B)) })
    harness.advance(50)
    expect(honest.flatMap((node) => reportsOf(node, 'evidence'))).toHaveLength(1)
  })

  test.each<[string, Vote['kind'], Vote['kind']]>([
    ['notarize and nullify', 'notarize', 'nullify'],
    ['nullify twice', 'nullify', 'nullify'],
    ['notarize and finalize of one block', 'notarize', 'finalize'],
  ])('%s are no offence', (_name, first, second) => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const ballot = (kind: Vote['kind']) =>
      kind === 'nullify'
        ? ({ kind, epoch: 1, view: 1 } as const)
        : ({ kind, epoch: 1, view: 1, parentView: 0, digest: A } as const)
    say(0, { type: 'vote', vote: forge.vote(1, ballot(first)) })
    say(0, { type: 'vote', vote: forge.vote(1, ballot(second)) })
    harness.advance(50)
    expect(honest.flatMap((node) => reportsOf(node, 'evidence'))).toEqual([])
  })

  test('one content under two signatures is no evidence', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const vote = forge.vote(1, { kind: 'nullify', epoch: 1, view: 1 })
    say(0, { type: 'vote', vote: { ...vote, signature: vote.signature.with(0, 1) } })
    say(0, { type: 'vote', vote })
    harness.advance(3_000)
    expect(honest.flatMap((node) => reportsOf(node, 'evidence'))).toEqual([])
  })

  test('a forged vote never replaces a verified one', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const [target] = honest
    const ballot = { kind: 'notarize', epoch: 1, view: 1, parentView: 0, digest: A } as const
    const real = forge.vote(1, ballot)
    say(0, { type: 'vote', vote: real })
    say(0, { type: 'vote', vote: { ...ballot, digest: B, signer: 1, signature: real.signature } })
    harness.advance(50)
    expect(target?.reports.at(-1)).toMatchObject({ kind: 'peer', reason: 'invalid_signature' })
    say(0, { type: 'vote', vote: forge.vote(1, { ...ballot, digest: B }) })
    harness.advance(50)
    expect(target?.reports.at(-1)).toMatchObject({ kind: 'evidence', evidence: { a: real } })
  })

  test('in the name of another is rejected', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    say(0, { type: 'vote', vote: forge.vote(2, { kind: 'nullify', epoch: 1, view: 1 }) })
    harness.advance(50)
    expect(honest[0]?.reports.at(-1)).toMatchObject({ kind: 'peer', reason: 'not_own_vote' })
  })

  test('of far views or another epoch takes no memory', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const before = honest[0]?.replica.standing().roundsHeld ?? 0
    for (let view = 3; view < 2_000; view++) {
      say(0, { type: 'vote', vote: forge.vote(1, { kind: 'nullify', epoch: 1, view }) })
      say(0, { type: 'vote', vote: forge.vote(1, { kind: 'nullify', epoch: 2, view: 1 }) })
    }
    harness.advance(50)
    expect(honest[0]?.replica.standing().roundsHeld).toBeLessThanOrEqual(before + 2)
  })

  test('with a bad signature inside a quorum delays nothing', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.start()
    const forge = createForge(harness)
    const villain = nodeAt(harness, 3)
    harness.routes.pass = (from, _to, message) => !(from === 3 && message.type === 'vote')
    harness.submit('payment')
    harness.advance(11)
    harness.routes.pass = () => true
    for (const to of [0, 1, 2]) {
      const ballot = { kind: 'notarize', epoch: 1, view: 1, parentView: 0, digest: A } as const
      const { signature } = forge.vote(3, { ...ballot, digest: B })
      harness.deliver(villain, to, { type: 'vote', vote: { ...ballot, signer: 3, signature } })
    }
    harness.advance(500)
    expect(nodeAt(harness, 0).finalAt.map(({ height }) => height)).toEqual([1])
  })
})

describe('an inadmissible proposal gets no vote', () => {
  const far = 10_000
  test.each<[string, (base: Header) => Partial<Header>]>([
    ['with a wrong height', () => ({ height: 2 })],
    ['on another parent', () => ({ parentDigest: A })],
    ['from the future', ({ timestampMs }) => ({ timestampMs: timestampMs + far })],
    ['from the past', ({ timestampMs }) => ({ timestampMs: timestampMs - far })],
    ['of other rules', () => ({ version: 2 })],
    ['that seals the epoch', () => ({ flags: 1 })],
    ['that names another next set', () => ({ nextSetHash: A })],
    ['that calls itself empty and is not', () => ({ flags: 2 })],
    ['with a wrong state root', () => ({ stateRoot: A })],
    ['of another network', () => ({ chainId: A })],
    ['of another epoch', () => ({ epoch: 2 })],
    ['in the name of another leader', () => ({ proposerIndex: 2 })],
  ])('%s', (_name, change) => {
    const { harness, say, propose, honest } = withDishonestLeader()
    const proposal = propose('payment', change(propose('payment').header))
    for (const node of honest) say(node.index, { type: 'proposal', proposal })
    harness.advance(1_000)
    for (const node of honest) {
      expect(votesOf(node, 'notarize', 1)).toEqual([])
      expect(reportsOf(node, 'fatal')).toEqual([])
    }
  })

  test('a good one does', () => {
    const { harness, say, propose, honest } = withDishonestLeader()
    const proposal = propose('payment')
    for (const node of honest) say(node.index, { type: 'proposal', proposal })
    harness.advance(1_000)
    for (const node of honest) expect(node.finalAt[0]?.digest).toBe(proposal.digest)
  })
})

describe('a broken quorum', () => {
  test('of two finalizations in one view stops the node with the proof', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const final = (digest: typeof A) =>
      forge.certificate({ kind: 'finalize', epoch: 1, view: 1, parentView: 0, digest }, [0, 1, 2])
    say(0, { type: 'certificate', certificate: final(A) })
    say(0, { type: 'certificate', certificate: final(B) })
    harness.advance(50)
    expect(honest[0]?.reports.at(-1)).toMatchObject({
      kind: 'fatal',
      code: 'conflicting_certificates',
      proof: [{ digest: A }, { digest: B }],
    })
  })

  test('is the last thing that a node tells the others', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const final = (digest: typeof A) =>
      forge.certificate({ kind: 'finalize', epoch: 1, view: 1, parentView: 0, digest }, [0, 1, 2])
    const [one, other] = [final(A), final(B)]
    say(0, { type: 'certificate', certificate: one })
    say(0, { type: 'certificate', certificate: other })
    harness.advance(50)
    const said = honest[0]?.sent.slice(-6).map(({ message }) => message)
    const told = [one, other].map((certificate) => ({ type: 'certificate', certificate }))
    expect(said).toMatchObject(told.flatMap((message) => [message, message, message]))
  })

  test('is shown to who names another final block at our height', () => {
    const { harness, forge, say, propose, honest } = withDishonestLeader()
    const proposal = propose('payment')
    for (const node of honest) say(node.index, { type: 'proposal', proposal })
    harness.advance(5_000)
    const [node] = honest
    const said = node?.sent.length ?? 0
    say(0, forge.beacon(1, { view: 2, finalisedHeight: 1, finalisedDigest: B }))
    harness.advance(50)
    expect(node?.sent.slice(said).map(({ message }) => message)).toContainEqual(
      expect.objectContaining({
        type: 'certificate',
        certificate: expect.objectContaining({ kind: 'finalize', digest: proposal.digest }),
      }),
    )
  })

  test('of a nullification beside a finalization stops the node', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const place = { epoch: 1, view: 1 }
    const signers = [1, 2, 3]
    const nullified = forge.certificate({ kind: 'nullify', ...place }, signers)
    const final = forge.certificate(
      { kind: 'finalize', ...place, parentView: 0, digest: A },
      signers,
    )
    say(0, { type: 'certificate', certificate: nullified })
    say(0, { type: 'certificate', certificate: final })
    harness.advance(50)
    expect(honest[0]?.reports.at(-1)).toMatchObject({ code: 'conflicting_certificates' })
  })

  test('makes no parent of a block beside the final one', () => {
    const { harness, forge, say, propose, honest } = withDishonestLeader()
    const one = propose('one')
    const place = { view: 2, leader: 2, parent: harness.genesisDigest }
    const beside = forge.proposal(place, { name: 'two', timestampMs: harness.wallMs() })
    const ballot = { epoch: 1, parentView: 0 } as const
    const signers = [0, 1, 2]
    const proven = { ...ballot, kind: 'notarize', view: 2, digest: beside.digest } as const
    const final = { ...ballot, kind: 'finalize', view: 1, digest: one.digest } as const
    say(3, { type: 'proposal', proposal: one })
    harness.advance(1)
    // As if its own leader had sent it.
    harness.deliver(nodeAt(harness, 2), 3, { type: 'proposal', proposal: beside })
    say(3, { type: 'certificate', certificate: forge.certificate(proven, signers) })
    harness.advance(1)
    say(3, { type: 'certificate', certificate: forge.certificate(final, signers) })
    harness.advance(2 * DELTA)
    harness.submit('payment', honest)
    harness.advance(100)
    const [, , node] = honest
    expect(node?.finalAt.map(({ digest }) => digest)).toEqual([one.digest])
    const parents = node?.sent.flatMap(({ message }) =>
      message.type === 'proposal' ? [message.proposal.header.parentDigest] : [],
    )
    expect(parents).not.toContain(beside.digest)
  })

  test('a certificate below a quorum is rejected and moves nobody', () => {
    const { harness, forge, say, honest } = withDishonestLeader()
    const certificate = forge.certificate({ kind: 'nullify', epoch: 1, view: 1 }, [1, 2])
    say(0, { type: 'certificate', certificate })
    harness.advance(50)
    expect(honest[0]?.reports.at(-1)).toMatchObject({ reason: 'invalid_certificate' })
    expect(honest[0]?.replica.standing().view).toBe(1)
  })
})

describe('clocks', () => {
  test('a node whose clock is off proposes nothing and says so; payments go on', () => {
    const harness = createHarness({ size: 4, latencyMs: DELTA })
    harness.clocks.set(2, 5_000)
    harness.start()
    harness.advance(6_000)
    const odd = nodeAt(harness, 2)
    expect(reportsOf(odd, 'clock')).toEqual([{ kind: 'clock', trusted: false }])
    for (let tick = 0; tick < 30; tick++) {
      harness.submit(`payment ${tick}`)
      harness.advance(40)
    }
    harness.advance(2_000)
    expect(odd.sent.some(({ message }) => message.type === 'proposal')).toBe(false)
    expect(nodeAt(harness, 0).finalAt.length).toBeGreaterThan(10)
    harness.clocks.delete(2)
    harness.advance(6_000)
    expect(reportsOf(odd, 'clock').at(-1)).toEqual({ kind: 'clock', trusted: true })
  })
})
