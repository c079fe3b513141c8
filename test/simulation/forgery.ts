import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { type Header, headerDigest } from '#protocol/chain/header.ts'
import type { ConsensusMessage } from '#protocol/chain/message.ts'
import { type Proposal, proposalVote } from '#protocol/chain/proposal.ts'
import { type Ballot, ballotBytes, type Vote } from '#protocol/chain/vote.ts'
import type { Dishonest, Lies } from './adversary.ts'

/** Bytes of a block that a liar builds: as many as an honest one may have. */
const BODY_BYTES_MAX = 1_048_576

/** A message between authorities, as it leaves a node. */
export const consensusBytes = (message: ConsensusMessage): Uint8Array =>
  encodeLinkMessage({ type: 'consensus', message })

/** A vote of the liar's own, well signed, whatever it says. */
export const signedVote = ({ me, sign, domain }: Dishonest, ballot: Ballot): Vote => ({
  ...ballot,
  signer: me,
  signature: sign(ballotBytes(ballot, domain)),
})

/** The proposal with another header, well signed. */
export const withHeader = (
  self: Dishonest,
  proposal: Proposal,
  changes: Partial<Header>,
): Proposal => {
  const header = { ...proposal.header, ...changes }
  return resigned(self, { ...proposal, view: header.view, header, digest: headerDigest(header) })
}

/** The proposal of another block in the same view, well signed. */
export const withBlock = (self: Dishonest, proposal: Proposal, block: HeldBlock): Proposal =>
  resigned(self, {
    ...proposal,
    view: block.header.view,
    header: block.header,
    digest: block.digest,
    transactionHashes: block.transactions.map(({ hash }) => hash),
  })

/** The proposal as the liar's own, whatever it says. */
export const resigned = ({ sign, domain }: Dishonest, proposal: Proposal): Proposal => ({
  ...proposal,
  signature: sign(ballotBytes(proposalVote(proposal, proposal.header.proposerIndex), domain)),
})

/** A block that the liar's node builds; the tip of that node stays what it was. */
export const builtBlock = (
  self: Dishonest,
  template: Header,
  transactions: number,
): HeldBlock | undefined => {
  const executor = self.core()?.executor
  if (executor === undefined) return undefined
  const tip = executor.tip().digest
  const limits = { transactions, bytes: BODY_BYTES_MAX }
  const built = executor.build(template, { limits, allowEmpty: true })?.held
  executor.execute(tip)
  return built
}

/** A certificate that the liar alone signed: for everybody, or for itself and without a quorum. */
export const forgedCertificate = (self: Dishonest, ballot: Ballot): Certificate => {
  const { signature } = signedVote(self, ballot)
  const everybody = self.domain.set.members.map((_, index) => index)
  const signers = self.random.chance(0.5) ? everybody : [self.me]
  const parts = { signers, signatures: signers.map(() => signature) }
  if (ballot.kind === 'nullify') return { ...ballot, ...parts }
  return { ...ballot, ...parts }
}

/** A signature that is nobody's. */
export const spoiled = (signature: Uint8Array): Uint8Array =>
  signature.map((byte, index) => (index === 5 ? byte ^ 1 : byte))

/** Says something else than each of its proposals, the same to every member; to followers the truth. */
export const lyingOfProposals = (
  self: Dishonest,
  lieOf: (self: Dishonest, proposal: Proposal) => Uint8Array | undefined,
): Lies => {
  const lies = new Map<string, Uint8Array | undefined>()
  const say: Lies['say'] = (to, bytes, { message }) => {
    if (message?.type !== 'consensus' || message.message.type !== 'proposal') return bytes
    const { proposal } = message.message
    if (!lies.has(proposal.digest)) lies.set(proposal.digest, lieOf(self, proposal))
    const lie = lies.get(proposal.digest)
    if (lie === undefined || to === 'followers') return bytes
    self.count()
    return lie
  }
  return { say }
}
