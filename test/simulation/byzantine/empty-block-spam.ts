import type { Adversary, Lies } from '../adversary.ts'
import { builtBlock, consensusBytes, withBlock } from '../forgery.ts'

/** It asks for a block of its own so often, with nothing to put in. */
const PAUSE_MS = 400
const RESTLESS_MS = 80

export const emptyBlockSpam: Adversary = {
  name: 'emptyBlockSpam',
  claim: 'a leader whose blocks are all empty adds a few, and the payments go into the next ones',
  create: (self) => {
    const lies = new Map<string, Uint8Array | undefined>()
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'proposal') return bytes
      const { proposal } = message.message
      if (proposal.header.transactionCount === 0) self.count()
      if (proposal.header.transactionCount === 0 || to === 'followers') return bytes
      if (!lies.has(proposal.digest)) {
        const block = builtBlock(self, proposal.header, 0)
        const lie = block && {
          type: 'proposal' as const,
          proposal: withBlock(self, proposal, block),
        }
        lies.set(proposal.digest, lie && consensusBytes(lie))
      }
      const lie = lies.get(proposal.digest)
      if (lie !== undefined) self.count()
      return lie ?? bytes
    }
    const begin = (): void =>
      self.every(self.way === 'restless' ? RESTLESS_MS : PAUSE_MS, () => {
        for (const to of self.others) self.tell(to, { type: 'blockTimeAsked' })
      })
    return { say, begin }
  },
}
