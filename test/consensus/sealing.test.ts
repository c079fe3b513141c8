import { describe, expect, test } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { type Header, headerDigest, isSealing } from '#protocol/chain/header.ts'
import { type ConsensusMessage, decodeMessage, encodeMessage } from '#protocol/chain/message.ts'
import { type Hash, hashOf } from '#protocol/hash.ts'
import { createForge } from './crafted.ts'
import { createEpochHarness, setOfNames } from './epoch-harness.ts'
import type { EpochNode } from './epoch-node.ts'

const FOUR = ['a', 'b', 'c', 'd']
const LATENCY = 10
const OTHER = hashOf(utf8('another block'))

/** A sealing block S is notarized in view 1 and not final; the leader of view 2 says what we make it say. */
const sealed = () => {
  const harness = createEpochHarness({ members: FOUR, latencyMs: LATENCY })
  const set = setOfNames(FOUR)
  const forge = createForge({ set, chainId: harness.chainId })
  const leader = 2
  const villain = [...harness.nodes.values()].find(({ config }) => config?.me === leader)
  harness.start()
  harness.routes.pass = (from, _, message) =>
    from !== villain?.name && !(message.type === 'vote' && message.vote.kind === 'finalize')
  harness.change({ epoch: 2, members: FOUR })
  harness.advance(4 * LATENCY)
  const honest = [...harness.nodes.values()].filter((node) => node !== villain)
  const sealing = honest
    .flatMap(({ held }) => [...held.values()])
    .find(({ header }) => isSealing(header))
  if (sealing === undefined) throw new Error('nothing is sealed')
  const { header, digest } = sealing
  expect(header.view).toBe(1)
  const notarized = (of: Hash): Certificate =>
    forge.certificate(
      { kind: 'notarize', epoch: 1, view: 1, parentView: 0, digest: of },
      honest.map(({ config }) => config?.me ?? -1).toSorted((a, b) => a - b),
    )
  const propose = (
    content: { readonly header: Header; readonly hashes?: readonly Hash[] },
    justification: Certificate | null,
    signer = leader,
  ): void => {
    const named = headerDigest(content.header)
    const parentView = justification?.view ?? 0
    const ballot = { kind: 'notarize', epoch: 1, view: 2, parentView, digest: named } as const
    const { signature } = forge.vote(signer, ballot)
    const proposal = {
      header: content.header,
      digest: named,
      view: 2,
      parentView,
      justification: { parent: justification, nullifications: [] },
      transactionHashes: content.hashes ?? [],
      signature,
    }
    const message: ConsensusMessage = { type: 'proposal', proposal }
    for (const node of honest) harness.feed(node, { type: 'message', from: leader, message })
    harness.advance(LATENCY)
  }
  const votes = (node: EpochNode) =>
    node.votes.filter(({ kind, view }) => kind === 'notarize' && view === 2)
  return { harness, honest, header, digest, notarized, propose, votes }
}

const reasons = (nodes: readonly EpochNode[]) =>
  nodes.map(({ reports }) => {
    const last = reports.filter(({ kind }) => kind === 'peer').at(-1)
    return last?.kind === 'peer' ? last.reason : undefined
  })

describe('in the view after a sealing block that is notarized', () => {
  test('the same block, justified by its notarization, is voted for', () => {
    const { header, digest, notarized, propose, votes, honest } = sealed()
    propose({ header }, notarized(digest))
    for (const node of honest) expect(votes(node)).toMatchObject([{ digest, parentView: 1 }])
  })

  test('a block on top of it is not', () => {
    const { header, digest, notarized, propose, votes, honest } = sealed()
    const child: Header = {
      ...header,
      view: 2,
      height: header.height + 1,
      parentDigest: digest,
      timestampMs: header.timestampMs + 1,
      proposerIndex: 2,
      transactionCount: 0,
      nextSetHash: header.authoritySetHash,
      flags: 2,
    }
    propose({ header: child }, notarized(digest))
    for (const node of honest) {
      expect(votes(node)).toEqual([])
      expect(node.reports.some(({ kind }) => kind === 'fatal')).toBe(false)
    }
  })

  test('the same block is not when its certificate names another one', () => {
    const { header, notarized, propose, votes, honest } = sealed()
    propose({ header }, notarized(OTHER))
    for (const node of honest) expect(votes(node)).toEqual([])
    expect(new Set(reasons(honest))).toEqual(new Set(['broken_proposal']))
  })

  test('the same block is not without any certificate', () => {
    const { header, propose, votes, honest } = sealed()
    propose({ header }, null)
    for (const node of honest) expect(votes(node)).toEqual([])
    expect(new Set(reasons(honest))).toEqual(new Set(['broken_proposal']))
  })

  test('the same block is not by the signature of its first proposer', () => {
    const { header, digest, notarized, propose, votes, honest } = sealed()
    propose({ header }, notarized(digest), header.proposerIndex)
    for (const node of honest) expect(votes(node)).toEqual([])
    expect(new Set(reasons(honest))).toEqual(new Set(['invalid_signature']))
  })

  test('no other block can be proposed again: such bytes are not read', () => {
    const { header, digest, notarized } = sealed()
    const read = (of: Header, view: number): boolean => {
      const proposal = {
        header: of,
        digest,
        view,
        parentView: 1,
        justification: { parent: notarized(digest), nullifications: [] },
        transactionHashes: [],
        signature: new Uint8Array(64),
      }
      return decodeMessage(encodeMessage({ type: 'proposal', proposal })).ok
    }
    expect(read(header, 2)).toBe(true)
    expect(read({ ...header, flags: 0 }, 2)).toBe(false)
    expect(read({ ...header, view: 3 }, 2)).toBe(false)
  })
})

describe('a node that is no member', () => {
  const epochs = () => {
    const harness = createEpochHarness({ members: FOUR, others: ['x'] })
    harness.start()
    harness.change({ epoch: 2, members: FOUR })
    harness.advance(1_000)
    const heard: ConsensusMessage[] = []
    harness.routes.pass = (_, to, message) => {
      if (to === 'x') heard.push(message)
      return true
    }
    return { harness, heard, node: harness.at('a') }
  }

  test('of an earlier epoch is told how that ended', () => {
    const { harness, heard, node } = epochs()
    const message: ConsensusMessage = {
      type: 'certificateRequest',
      epoch: 1,
      fromView: 1,
      toView: 1,
    }
    harness.feed(node, { type: 'stranger', peer: 'x', message })
    expect(heard).toMatchObject([
      { type: 'certificate', certificate: { kind: 'finalize', epoch: 1 } },
    ])
  })

  test('of a later epoch is asked how ours ended', () => {
    const { harness, heard, node } = epochs()
    const message: ConsensusMessage = {
      type: 'certificateRequest',
      epoch: 9,
      fromView: 1,
      toView: 1,
    }
    harness.feed(node, { type: 'stranger', peer: 'x', message })
    expect(heard).toMatchObject([{ type: 'status', status: { epoch: 2, wantsReply: true } }])
  })

  test('moves nobody by a certificate below a quorum', () => {
    const { harness, node } = epochs()
    const forge = createForge({ set: setOfNames(FOUR), chainId: harness.chainId })
    const before = node.machine?.kind === 'replica' ? node.machine.standing().view : 0
    for (const signers of [
      [0, 1],
      [0, 1, 2],
    ]) {
      const certificate = forge.certificate({ kind: 'nullify', epoch: 2, view: before }, signers)
      harness.feed(node, {
        type: 'stranger',
        peer: 'x',
        message: { type: 'certificate', certificate },
      })
      const { machine } = node
      const moved = machine?.kind === 'replica' && machine.standing().view === before + 1
      expect(moved).toBe(signers.length === 3)
    }
  })
})
