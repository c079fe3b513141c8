import { utf8 } from '#protocol/bytes.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { hashOf } from '#protocol/hash.ts'
import type { Adversary, Lies } from '../adversary.ts'
import { consensusBytes, signedVote, spoiled } from '../forgery.ts'

export const doubleVoter: Adversary = {
  name: 'doubleVoter',
  claim:
    'a member that votes for two blocks of one view is convicted, and makes neither final twice',
  create: (self) => {
    const { random, tell, count } = self
    /** Another block of that view, or the same ballot under a signature that is none. */
    const second = (vote: Vote): Vote => {
      if (vote.kind === 'nullify' || random.chance(0.2)) {
        return { ...vote, signature: spoiled(vote.signature) }
      }
      const { kind, epoch, view, parentView } = vote
      return signedVote(self, { kind, epoch, view, parentView, digest: hashOf(utf8(`${view}`)) })
    }
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'vote') return bytes
      const { vote } = message.message
      if (vote.signer !== self.me || !self.others.includes(to) || random.chance(0.5)) return bytes
      count()
      const other = second(vote)
      if (random.chance(0.5)) return consensusBytes({ type: 'vote', vote: other })
      tell(to, { type: 'consensus', message: { type: 'vote', vote: other } })
      return bytes
    }
    return { say }
  },
}
