import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Ballot } from '#protocol/chain/vote.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { forgedCertificate, spoiled } from '../forgery.ts'
import type { Spied } from '../spy.ts'

/** What it tells those who follow, beside what its node does. */
const WAYS = ['certificate', 'votes', 'notarization'] as const

export const falseFinality: Adversary = {
  name: 'falseFinality',
  claim: 'whoever follows takes nothing for final but what a quorum signed as that',
  create: (self) => {
    const told = new Set<string>()
    const publish = (key: string, messages: Parameters<Dishonest['publish']>[0][]): void => {
      if (told.has(key)) return
      told.add(key)
      self.count()
      for (const message of messages) self.publish(message)
    }
    const wayNow = () => WAYS.find((way) => way === self.way) ?? self.random.pick(WAYS)

    /** A block that somebody builds on is proven, and that is all it is. */
    const tellProof = (proof: Certificate | null): void => {
      if (proof?.kind !== 'notarize' || wayNow() !== 'notarization') return
      publish(`proof ${proof.view}`, [{ type: 'certificate', certificate: proof }])
    }
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus') return bytes
      const said = message.message
      if (said.type === 'proposal') tellProof(said.proposal.justification.parent)
      if (to !== 'followers' || said.type !== 'vote' || said.vote.signer !== self.me) return bytes
      const { signer, signature, ...ballot } = said.vote
      const way = wayNow()
      if (way === 'certificate') publish(`final ${ballot.view}`, [forgedFinality(self, ballot)])
      if (way === 'votes') publish(`votes ${ballot.view}`, othersVotes(self, ballot, signature))
      return bytes
    }
    const hear: Lies['hear'] = (_, bytes, spied) => {
      tellProof(proofIn(spied))
      return bytes
    }
    return { say, hear }
  },
}

const proofIn = ({ message }: Spied): Certificate | null => {
  if (message?.type !== 'consensus' || message.message.type !== 'proposal') return null
  return message.message.proposal.justification.parent
}

const forgedFinality = (self: Dishonest, ballot: Ballot) =>
  ({ type: 'certificate', certificate: forgedCertificate(self, ballot) }) as const

/** The same vote in the name of each member, none of whom signed it. */
const othersVotes = ({ domain, me }: Dishonest, ballot: Ballot, signature: Uint8Array) =>
  [...domain.set.members.keys()]
    .filter((signer) => signer !== me)
    .map((signer) => {
      const vote = { ...ballot, signer, signature: spoiled(signature) }
      return { type: 'vote', vote } as const
    })
