import type { Adversary, Lies } from '../adversary.ts'
import { signedVote } from '../forgery.ts'

const PAUSE_MS = 60

export const nullifySpam: Adversary = {
  name: 'nullifySpam',
  claim: 'a member that wants to end every view ends those only that it leads itself',
  create: (self) => {
    let view = 1
    const hear: Lies['hear'] = (_, bytes, { message }) => {
      if (message?.type === 'consensus' && message.message.type === 'vote') {
        view = Math.max(view, message.message.vote.view)
      }
      return bytes
    }
    const begin = (): void =>
      self.every(PAUSE_MS, () => {
        const ballot = { kind: 'nullify', epoch: self.epoch } as const
        for (const at of [view, view + 1]) {
          const vote = signedVote(self, { ...ballot, view: at })
          for (const to of self.others) {
            self.tell(to, { type: 'consensus', message: { type: 'vote', vote } })
          }
        }
        self.count()
      })
    return { hear, begin }
  },
}
