import type { Replica } from '#consensus/replica.ts'
import { decodeLinkMessage, encodeLinkMessage } from '#node/loop/link-message.ts'
import { NodeCore } from '#node/loop/node-core.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import { createCoreStorage } from '#node/recovery/core-storage.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { type RecoveredChain, recoverChain } from '#node/recovery/recover-chain.ts'
import { nextSeating, seatingOf } from '#node/start/seat.ts'
import { assembleCertificate } from '#protocol/chain/certificate.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import { type Ballot, ballotBytes } from '#protocol/chain/vote.ts'
import { hashBytes, ZERO_HASH } from '#protocol/hash.ts'
import { verifySignature } from '#signature'
import { type Actor, actor, peerId } from '../../support/actors.ts'
import { genesisOf } from '../../support/ledger-builders.ts'
import { createMachine } from '../storage/machine.ts'
import { valueFrom } from '../storage/records.ts'
import { createAlarmClock } from './alarm-clock.ts'

const NAMES = ['anna', 'bela', 'cleo', 'dora']

/** What a node of an epoch says of itself when a link is new. */
export const greetingOf = (epoch: number): Uint8Array =>
  encodeLinkMessage({
    type: 'consensus',
    message: {
      type: 'status',
      status: {
        epoch,
        view: 1,
        finalised: { height: 0, view: 0, digest: ZERO_HASH },
        bestCertificate: null,
        yourLatestVotes: [],
        hasWork: false,
        wantsReply: false,
        remembers: true,
        sentAtMs: 0,
      },
    },
  })

const GREETING = greetingOf(1)

/**
 * The core of the first of four authorities on a disk of its own, voting; the others are played by the
 * test.
 */
export const createLiveCore = () => {
  const genesis = {
    ...genesisOf(),
    authorities: NAMES.map((name) => ({
      consensusKey: actor(`consensus/${name}`).key,
      operatorKey: actor(`operator/${name}`).key,
      peerId: peerId(name),
      addresses: ['/ip4/127.0.0.1/tcp/4001'],
    })),
  }
  const origin = originOf(genesis)
  const { set, networkId } = origin
  const members = set.members.map(({ consensusKey }): Actor => {
    const member = NAMES.map((name) => actor(`consensus/${name}`)).find(
      ({ key }) => key === consensusKey,
    )
    if (member === undefined) throw new Error('no such member')
    return member
  })
  const machine = createMachine()
  const storage = machine.start()
  const chain = valueFrom<RecoveredChain>((answer) =>
    recoverChain({ storage, keyValues: machine.keyValues.open(), origin }, answer),
  )
  const [self] = members
  if (self === undefined) throw new Error('no member')
  const consensusKey = set.members[0]?.consensusKey
  if (consensusKey === undefined) throw new Error('no member')
  const seatParts = { voice: { consensusKey, sign: self.sign }, genesis, origin }
  const seating = seatingOf(seatParts, { chain, storage })
  if ('upgradeRequired' in seating) throw new Error(seating.upgradeRequired)
  const { seat } = seating
  if (seat.kind !== 'authority') throw new Error('no authority')
  const replica: Replica = seat.replica
  const alarms = createAlarmClock(genesis.startTimeMs + 1_000)
  const fatal: string[] = []
  const scores: string[] = []
  const sent: { readonly peer: string; readonly bytes: Uint8Array }[] = []
  const onFatal = (code: string, detail: string): void => void fatal.push(`${code}: ${detail}`)
  const { blockTransactionsMax, blockBytesMax } = genesis.parameters
  const core = new NodeCore({
    ...alarms,
    networkId,
    seating,
    reseat: (crossing) => nextSeating(seatParts, crossing),
    ledger: chain.ledger,
    history: chain.history,
    final: chain.final,
    limits: {
      mempool: { transactionsMax: 100, perScopeMax: 100, settledMax: 100 },
      block: { transactions: blockTransactionsMax, bytes: blockBytesMax },
    },
    random: () => 0,
    network: {
      send: (peer, _, bytes) => void sent.push({ peer, bytes }),
      publish: () => undefined,
      score: (peer, reason, verdict) => void scores.push(`${peer} ${reason} ${verdict}`),
      peers: () => [],
    },
    storage: createCoreStorage({
      storage,
      wallMs: alarms.clock.wallMs,
      onFailure: ({ code, message }) => onFatal(code, message),
    }),
    check: createInlineChecker(verifySignature),
    verify: verifySignature,
    report: () => undefined,
    quarantined: [],
    outbox: [],
    onFinal: () => undefined,
    onStored: () => undefined,
    onSeated: () => undefined,
    onFatal,
  })
  const peers = set.members.map((member) => member.peerId)
  core.start()
  for (const peer of peers.slice(1)) core.onPeer(peer, 'up')
  for (const peer of peers.slice(1)) core.onMessage(peer, GREETING)
  if (!replica.standing().voting) throw new Error('the status exchange is not over')
  const domain = { chainId: hashBytes(origin.chainId), set }

  /** The three others vote the same, and tell the certificate. */
  const decide = (ballot: Ballot): void => {
    const votes = [1, 2, 3].map((signer) => {
      const signature = members[signer]?.sign(ballotBytes(ballot, domain)) ?? new Uint8Array(64)
      return { ...ballot, signer, signature }
    })
    const certificate = assembleCertificate(ballot, votes)
    const bytes = encodeLinkMessage({
      type: 'consensus',
      message: { type: 'certificate', certificate },
    })
    core.onMessage(peers[1] ?? '', bytes)
  }

  /** The views of the others end empty; in its own, view 4, this one proposes what becomes final. */
  const finaliseOne = (): void => {
    for (const view of [1, 2, 3]) decide({ kind: 'nullify', epoch: 1, view })
    core.onMessage(peers[1] ?? '', encodeLinkMessage({ type: 'blockTimeAsked' }))
    const proposal = sent.flatMap(({ bytes }) => proposalIn(bytes) ?? [])[0]
    if (proposal === undefined) throw new Error('nothing was proposed')
    const { digest, parentView } = proposal
    decide({ kind: 'finalize', epoch: 1, view: 4, parentView, digest })
    if (replica.standing().finalisedHeight !== 1) throw new Error('nothing is final')
  }

  return {
    ...alarms,
    core,
    origin,
    domain,
    members,
    peers,
    standing: replica.standing,
    finaliseOne,
    fatal,
    scores,
    sent,
  }
}

const proposalIn = (bytes: Uint8Array): Proposal | undefined => {
  const decoded = decodeLinkMessage(bytes)
  const message = decoded.ok && decoded.value.type === 'consensus' && decoded.value.message
  return message && message.type === 'proposal' ? message.proposal : undefined
}
