import { describe, expect, test } from 'vitest'
import { encodeLinkMessage, type LinkMessage } from '#node/loop/link-message.ts'
import { beaconBytes } from '#protocol/chain/beacon.ts'
import { assembleCertificate } from '#protocol/chain/certificate.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Proposal, proposalVote } from '#protocol/chain/proposal.ts'
import { type Ballot, ballotBytes, type Vote } from '#protocol/chain/vote.ts'
import { ZERO_HASH } from '#protocol/hash.ts'
import { createLiveCore } from './live-core.ts'

type Live = ReturnType<typeof createLiveCore>

/** Who speaks in these tests: the leader of view 5, in which the node is. */
const PEER = 1
/** Views, heights, times and counts at the edges of what a u64 of a message may be. */
const NUMBERS = [0, 1, 2, 5, 2 ** 32, Number.MAX_SAFE_INTEGER]
const EPOCHS = [0, 1, 2, Number.MAX_SAFE_INTEGER]

const signed = ({ members, domain }: Live, ballot: Ballot, signer = PEER): Vote => ({
  ...ballot,
  signer,
  signature: members[signer]?.sign(ballotBytes(ballot, domain)) ?? new Uint8Array(64),
})

const ballotsAt = (epoch: number, view: number, { origin }: Live): readonly Ballot[] => [
  { kind: 'nullify', epoch, view },
  ...(['notarize', 'finalize'] as const).flatMap((kind) =>
    [0, view - 1].map((parentView) => ({
      kind,
      epoch,
      view,
      parentView: Math.max(0, parentView),
      digest: origin.digest,
    })),
  ),
]

const votes = (live: Live): readonly ConsensusMessage[] =>
  EPOCHS.flatMap((epoch) =>
    NUMBERS.flatMap((view) =>
      ballotsAt(epoch, view, live).flatMap((ballot) => [
        { type: 'vote' as const, vote: signed(live, ballot) },
        { type: 'vote' as const, vote: { ...signed(live, ballot), signer: 65_535 } },
      ]),
    ),
  )

/** No quorum signed them: the peer's own signature, or that of all but one member over another text. */
const certificates = (live: Live): readonly ConsensusMessage[] =>
  EPOCHS.flatMap((epoch) =>
    NUMBERS.flatMap((view) =>
      ballotsAt(epoch, view, live).flatMap((ballot) => {
        const forged = [1, 2, 3].map((signer) => ({ ...signed(live, ballot), signer }))
        return [[signed(live, ballot)], forged, [{ ...signed(live, ballot), signer: 29 }]].map(
          (from) => ({
            type: 'certificate' as const,
            certificate: assembleCertificate(ballot, from),
          }),
        )
      }),
    ),
  )

const proposalOf = (live: Live, change: Partial<Header>, parentView: number): Proposal => {
  const { origin, domain, members } = live
  const header: Header = {
    ...origin.header,
    view: 5,
    height: 2,
    parentDigest: origin.digest,
    timestampMs: live.clock.wallMs(),
    proposerIndex: PEER,
    ...change,
  }
  const unsigned: Proposal = {
    header,
    digest: headerDigest(header),
    view: header.view,
    parentView,
    justification: { parent: null, nullifications: [] },
    transactionHashes: Array.from({ length: header.transactionCount }, () => ZERO_HASH),
    signature: new Uint8Array(64),
  }
  const signature = members[PEER]?.sign(ballotBytes(proposalVote(unsigned, PEER), domain))
  return { ...unsigned, signature: signature ?? unsigned.signature }
}

const proposals = (live: Live): readonly ConsensusMessage[] =>
  [
    ...NUMBERS.map((height) => ({ height })),
    ...[...NUMBERS, 9].map((view) => ({ view })),
    ...NUMBERS.map((timestampMs) => ({ timestampMs })),
    ...EPOCHS.map((epoch) => ({ epoch })),
    { proposerIndex: 65_535 },
    { version: 0 },
    { version: 65_535 },
    { flags: 0 },
    { flags: 1 },
    { flags: 3 },
    { transactionCount: 1 },
    { transactionCount: 4_096 },
    { parentDigest: ZERO_HASH },
    { parentDigest: live.domain.set.hash },
  ].flatMap((change: Partial<Header>) =>
    [0, Math.max(0, (change.view ?? 5) - 1)].map((parentView) => ({
      type: 'proposal' as const,
      proposal: proposalOf(live, change, parentView),
    })),
  )

const statuses = (live: Live): readonly ConsensusMessage[] =>
  EPOCHS.flatMap((epoch) =>
    NUMBERS.map((number) => ({
      type: 'status' as const,
      status: {
        epoch,
        view: number,
        finalised: { height: number, view: number, digest: live.origin.digest },
        bestCertificate: null,
        yourLatestVotes: [
          signed(live, { kind: 'nullify', epoch, view: number }),
          { ...signed(live, { kind: 'nullify', epoch, view: number }), signer: 0 },
        ],
        hasWork: true,
        wantsReply: true,
        remembers: true,
        sentAtMs: number,
      },
    })),
  )

const beacons = (live: Live): readonly ConsensusMessage[] =>
  EPOCHS.flatMap((epoch) =>
    NUMBERS.flatMap((number) => {
      const body = {
        epoch,
        view: number,
        finalisedHeight: number,
        finalisedDigest: live.origin.digest,
        wallClockMs: number,
      }
      const signature = live.members[PEER]?.sign(beaconBytes(body, live.domain))
      return [PEER, 65_535].flatMap((signer) =>
        NUMBERS.map((sentAtMs) => ({
          type: 'beacon' as const,
          beacon: { ...body, signer, signature: signature ?? new Uint8Array(64) },
          echo: { sentAtMs, receivedAtMs: number },
        })),
      )
    }),
  )

const certificateRequests = (): readonly ConsensusMessage[] =>
  EPOCHS.flatMap((epoch) =>
    NUMBERS.flatMap((fromView) =>
      NUMBERS.map((toView) => ({
        type: 'certificateRequest' as const,
        epoch,
        fromView,
        toView,
      })),
    ),
  )

const requests = ({ origin }: Live): readonly LinkMessage[] =>
  [0, 1, 0xffff_ffff]
    .flatMap((id) => [
      ...NUMBERS.map((fromHeight) => ({ id, type: 'segments' as const, fromHeight })),
      ...[origin.digest, ZERO_HASH].flatMap((digest) => [
        { id, type: 'block' as const, digest },
        { id, type: 'transactions' as const, digest, hashes: [] },
        { id, type: 'transactions' as const, digest, hashes: [digest, digest] },
        {
          id,
          type: 'transactions' as const,
          digest,
          hashes: Array<typeof digest>(4_096).fill(digest),
        },
      ]),
    ])
    .map((request): LinkMessage => ({ type: 'request', request }))

const responses = ({ origin }: Live): readonly LinkMessage[] => {
  const block = { header: origin.header, digest: origin.digest, transactions: [], outcomes: [] }
  return [0, 1, 0xffff_ffff]
    .flatMap((id) => [
      { id, type: 'absent' as const },
      { id, type: 'block' as const, block },
      { id, type: 'transactions' as const, transactions: [] },
      { id, type: 'transactions' as const, transactions: ['x'] },
      { id, type: 'segments' as const, segments: [] },
    ])
    .map((response): LinkMessage => ({ type: 'response', response }))
}

const inConsensus =
  (make: (live: Live) => readonly ConsensusMessage[]) =>
  (live: Live): readonly LinkMessage[] =>
    make(live).map((message) => ({ type: 'consensus', message }))

const KINDS: readonly (readonly [string, (live: Live) => readonly LinkMessage[]])[] = [
  ['vote', inConsensus(votes)],
  ['certificate', inConsensus(certificates)],
  ['proposal', inConsensus(proposals)],
  ['status', inConsensus(statuses)],
  ['beacon', inConsensus(beacons)],
  ['certificate request', inConsensus(certificateRequests)],
  [
    'bundle',
    () =>
      [[], ['x'], ['x', 'x']].map((transactions) => ({
        type: 'bundle',
        transactions,
        toAll: false,
      })),
  ],
  ['request', requests],
  ['response', responses],
  ['ask for block time', () => [{ type: 'blockTimeAsked' }]],
]

/** The last u64 of a message becomes the first one that is no safe integer. */
const beyond = (bytes: Uint8Array): Uint8Array => {
  const changed = bytes.slice()
  new DataView(changed.buffer).setBigUint64(changed.length - 8, 2n ** 53n)
  return changed
}

describe('a running authority outlives every boundary of', () => {
  test.each(KINDS)('a %s', (_, make) => {
    const live = createLiveCore()
    live.finaliseOne()
    const { core, peers, pass, fatal, sent, standing } = live
    const peer = peers[PEER] ?? ''
    for (const message of make(live)) {
      const bytes = encodeLinkMessage(message)
      for (const from of [peer, 'venue']) {
        core.onMessage(from, bytes)
        if (bytes.length > 8) core.onMessage(from, beyond(bytes))
        core.onMessage(from, bytes.subarray(0, -1))
      }
      pass(100)
    }
    pass(60_000)
    expect(fatal).toEqual([])
    expect(standing()).toMatchObject({ halted: false, finalisedHeight: 1 })
    expect(standing().roundsHeld).toBeLessThan(10)
    expect(standing().blocksHeld).toBeLessThan(10)
    const before = sent.length
    core.onMessage(
      peer,
      encodeLinkMessage({ type: 'request', request: { id: 7, type: 'segments', fromHeight: 1 } }),
    )
    expect(sent).toHaveLength(before + 1)
  })
})
