import type { PeerName } from '#node/network/network-port.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { builtBlock, consensusBytes, withBlock } from '../forgery.ts'

/** The second face of a leader: the other valid block of the same view, who sees it, and who both. */
type Twin = {
  readonly digest: Hash
  readonly bytes: Uint8Array
  readonly shown: ReadonlySet<PeerName>
  readonly both: PeerName | undefined
}

export const equivocatingLeader: Adversary = {
  name: 'equivocatingLeader',
  claim:
    'a leader that shows each half of the members another valid block of one view, and one member both, forks nothing',
  create: (self) => {
    const twins = new Map<Hash, Twin | undefined>()
    const say: Lies['say'] = (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'proposal') return bytes
      const { proposal } = message.message
      if (!twins.has(proposal.digest)) twins.set(proposal.digest, twinOf(self, proposal))
      const twin = twins.get(proposal.digest)
      if (twin === undefined || to === 'followers' || !twin.shown.has(to)) return bytes
      self.count()
      if (to === twin.both) self.tell(to, message)
      return twin.bytes
    }
    return { say }
  },
}

/** Another block of the same leader on the same parent: later by a little, with fewer transactions. */
const twinOf = (self: Dishonest, proposal: Proposal): Twin | undefined => {
  const { header } = proposal
  const later = { ...header, timestampMs: header.timestampMs + 1 }
  const built = builtBlock(self, later, self.random.below(header.transactionCount + 1))
  if (built === undefined) return undefined
  const second = withBlock(self, proposal, built)
  const shown = self.random.shuffle(self.others).slice(0, Math.ceil(self.others.length / 2))
  return {
    digest: built.digest,
    bytes: consensusBytes({ type: 'proposal', proposal: second }),
    shown: new Set(shown),
    both: self.random.chance(0.7) ? shown[0] : undefined,
  }
}
