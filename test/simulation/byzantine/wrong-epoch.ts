import type { ConsensusMessage } from '#protocol/chain/message.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { consensusBytes, forgedCertificate, signedVote, withHeader } from '../forgery.ts'

export const wrongEpoch: Adversary = {
  name: 'wrongEpoch',
  claim:
    'what is signed for an epoch that is over, or has not begun, counts for nothing in this one',
  create: (self) => {
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || !self.others.includes(to)) return bytes
      const lie = self.random.chance(0.5) ? misplaced(self, message.message) : undefined
      if (lie === undefined) return bytes
      self.count()
      return consensusBytes(lie)
    }
    return { say }
  },
}

const misplaced = (self: Dishonest, message: ConsensusMessage): ConsensusMessage | undefined => {
  const epoch = self.random.pick([self.epoch - 1, self.epoch + 1, self.epoch + 2])
  if (message.type === 'vote') {
    const { signer, signature, ...ballot } = message.vote
    return { type: 'vote', vote: signedVote(self, { ...ballot, epoch }) }
  }
  if (message.type === 'proposal') {
    return { type: 'proposal', proposal: withHeader(self, message.proposal, { epoch }) }
  }
  if (message.type === 'status') return { type: 'status', status: { ...message.status, epoch } }
  if (message.type !== 'certificate') return undefined
  const { signers, signatures, ...ballot } = message.certificate
  return { type: 'certificate', certificate: forgedCertificate(self, { ...ballot, epoch }) }
}
