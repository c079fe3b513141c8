import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { builtBlock, consensusBytes, withBlock } from '../forgery.ts'

/** How far it shifts the time of a block: a little, and more than anybody accepts. */
const SHIFTS_MS = [450, 900, 30_000, -1_500, -2_600, -20_000] as const

export const wrongTime: Adversary = {
  name: 'wrongTime',
  claim: 'a leader shifts the time of its block by half a second at most, and never backwards',
  create: (self) => {
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
  },
}

const lieOf = (self: Dishonest, proposal: Proposal): Uint8Array | undefined => {
  const { header } = proposal
  const timestampMs = header.timestampMs + self.random.pick(SHIFTS_MS)
  const block = builtBlock(self, { ...header, timestampMs }, header.transactionCount)
  return block && consensusBytes({ type: 'proposal', proposal: withBlock(self, proposal, block) })
}
