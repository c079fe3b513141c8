import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import type { Adversary, Lies } from '../adversary.ts'
import { consensusBytes, withHeader } from '../forgery.ts'

const FIELDS = ['stateRoot', 'transactionRoot', 'historyRoot'] as const

export const wrongRoot: Adversary = {
  name: 'wrongRoot',
  claim: 'a block whose header promises another state than its transactions make gets no vote',
  create: (self) => {
    const lies = new Map<string, Uint8Array>()
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'proposal') return bytes
      if (to === 'followers') return bytes
      const { proposal } = message.message
      const field = FIELDS[proposal.header.view % FIELDS.length] ?? 'stateRoot'
      const lie =
        lies.get(proposal.digest) ??
        consensusBytes({
          type: 'proposal',
          proposal: withHeader(self, proposal, { [field]: hashOf(utf8(proposal.digest)) }),
        })
      lies.set(proposal.digest, lie)
      self.count()
      return lie
    }
    return { say }
  },
}
