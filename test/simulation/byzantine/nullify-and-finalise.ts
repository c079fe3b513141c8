import type { BlockBallot, Vote } from '#protocol/chain/vote.ts'
import type { Adversary, Lies } from '../adversary.ts'
import { signedVote } from '../forgery.ts'

/** Views whose block it remembers. */
const REMEMBERED = 64

export const nullifyAndFinalise: Adversary = {
  name: 'nullifyAndFinalise',
  claim: 'a member that ends a view and makes its block final too leaves no view both ways',
  create: (self) => {
    const { tell, count, random } = self
    const voted = new Map<number, BlockBallot>()
    const opposite = (vote: Vote): Vote | undefined => {
      const { epoch, view } = vote
      if (vote.kind === 'finalize') return signedVote(self, { kind: 'nullify', epoch, view })
      const ballot = voted.get(view)
      if (vote.kind !== 'nullify' || ballot === undefined) return undefined
      const { parentView, digest } = ballot
      return signedVote(self, { kind: 'finalize', epoch, view, parentView, digest })
    }
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'vote') return bytes
      const { vote } = message.message
      if (vote.signer !== self.me) return bytes
      if (vote.kind === 'notarize') {
        voted.set(vote.view, vote)
        voted.delete(vote.view - REMEMBERED)
      }
      const second = self.others.includes(to) && random.chance(0.7) ? opposite(vote) : undefined
      if (second === undefined) return bytes
      count()
      tell(to, { type: 'consensus', message: { type: 'vote', vote: second } })
      return bytes
    }
    return { say }
  },
}
