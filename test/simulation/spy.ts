import type { LinkMessage } from '#node/loop/link-message.ts'
import { decodeLinkMessage } from '#node/loop/link-message.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import { type ConsensusMessage, decodeMessage } from '#protocol/chain/message.ts'
import { isRepeated, proposalVote } from '#protocol/chain/proposal.ts'
import type { Seen } from './machine-parts.ts'

/** What bytes that leave a node show of it, and how they read. */
export type Spied = {
  readonly message: LinkMessage | undefined
  readonly seen: readonly Seen[]
  readonly text: () => string
}

/** The index of whoever sends, in the set of an epoch. */
export type Sender = (epoch: number) => number | undefined

/** Reads what nodes send; the same bytes to several peers are read once. */
export type Spy = {
  readonly onLink: (bytes: Uint8Array, sender: Sender) => Spied
  readonly onTopic: (bytes: Uint8Array, sender: Sender) => Spied
}

export const createSpy = (): Spy => {
  const known = new WeakMap<Uint8Array, Spied>()
  const remembering =
    (read: (bytes: Uint8Array) => LinkMessage | undefined) =>
    (bytes: Uint8Array, sender: Sender): Spied => {
      const before = known.get(bytes)
      if (before !== undefined) return before
      const message = read(bytes)
      const spied = {
        message,
        seen: message === undefined ? [] : seenIn(message, sender),
        text: () => (message === undefined ? `${bytes.length} bytes` : textOf(message)),
      }
      known.set(bytes, spied)
      return spied
    }
  return {
    onLink: remembering((bytes) => {
      const decoded = decodeLinkMessage(bytes)
      return decoded.ok ? decoded.value : undefined
    }),
    onTopic: remembering((bytes) => {
      const decoded = decodeMessage(bytes)
      return decoded.ok ? { type: 'consensus', message: decoded.value } : undefined
    }),
  }
}

const seenIn = (message: LinkMessage, sender: Sender): readonly Seen[] => {
  if (message.type === 'consensus') return seenInConsensus(message.message, sender)
  if (message.type !== 'response' || message.response.type !== 'segments') return []
  return message.response.segments.map(({ certificate }) => ({ type: 'certificate', certificate }))
}

/** What a message of a member shows of its sender. */
export const seenInConsensus = (message: ConsensusMessage, sender: Sender): readonly Seen[] => {
  const certificates = certificatesIn(message).map((certificate) => ({
    type: 'certificate' as const,
    certificate,
  }))
  if (message.type === 'vote' && message.vote.signer === sender(message.vote.epoch)) {
    return [{ type: 'vote', vote: message.vote, inProposal: false }]
  }
  if (message.type === 'status' && message.status.finalised.height > 0) {
    return [...certificates, { type: 'claim', height: message.status.finalised.height }]
  }
  if (message.type === 'beacon' && message.beacon.signer === sender(message.beacon.epoch)) {
    return [{ type: 'claim', height: message.beacon.finalisedHeight }]
  }
  if (message.type !== 'proposal') return certificates
  const { proposal } = message
  const { epoch, proposerIndex } = proposal.header
  // A sealing block that is proposed again is voted for by who does so.
  const leader = isRepeated(proposal) ? sender(epoch) : proposerIndex
  return leader === undefined
    ? certificates
    : [...certificates, { type: 'vote', vote: proposalVote(proposal, leader), inProposal: true }]
}

const certificatesIn = (message: ConsensusMessage): readonly Certificate[] => {
  if (message.type === 'certificate') return [message.certificate]
  if (message.type === 'status') return present([message.status.bestCertificate])
  if (message.type !== 'proposal') return []
  const { parent, nullifications } = message.proposal.justification
  return present([parent, ...nullifications])
}

const present = (certificates: readonly (Certificate | null)[]): readonly Certificate[] =>
  certificates.filter((certificate) => certificate !== null)

const textOf = (message: LinkMessage): string => {
  switch (message.type) {
    case 'consensus':
      return consensusText(message.message)
    case 'bundle':
      return `bundle of ${message.transactions.length}`
    case 'request':
      return `ask ${message.request.type} #${message.request.id}`
    case 'response':
      return `give ${message.response.type} #${message.response.id}`
    case 'blockTimeAsked':
      return 'ask for block time'
  }
}

/** For a person. */
export const consensusText = (message: ConsensusMessage): string => {
  switch (message.type) {
    case 'vote':
      return `${message.vote.kind} ${message.vote.view} of ${message.vote.signer}`
    case 'certificate':
      return `${message.certificate.kind} certificate of ${message.certificate.view}`
    case 'proposal': {
      const { header, digest, parentView } = message.proposal
      const count = `${header.transactionCount} transactions`
      return `proposal ${header.view} on ${parentView}, height ${header.height}, ${count}, ${digest.slice(0, 8)}`
    }
    case 'status':
      return `status view ${message.status.view}, final ${message.status.finalised.height}`
    case 'beacon':
      return `beacon view ${message.beacon.view}, final ${message.beacon.finalisedHeight}`
    case 'certificateRequest':
      return `ask certificates ${message.fromView}-${message.toView}`
  }
}
