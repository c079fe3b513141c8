import { encodeLinkMessage } from '#node/loop/link-message.ts'
import type { PeerName } from '#node/network/network-port.ts'
import { type Proposal, proposalVote } from '#protocol/chain/proposal.ts'
import { ballotBytes } from '#protocol/chain/vote.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Adversary, Dishonest } from '../adversary.ts'

/** Bytes of a second block: as many as a first one may have. */
const BODY_BYTES_MAX = 1_048_576

/** The second face of a leader: who sees it, and the other valid block of the same view. */
type Twin = { readonly digest: Hash; readonly bytes: Uint8Array; readonly shown: Set<PeerName> }

export const equivocatingLeader: Adversary = {
  name: 'equivocatingLeader',
  claim:
    'a leader that shows each half of the members another valid block of one view forks nothing',
  create: (self) => {
    const twins = new Map<Hash, Twin | undefined>()
    return (to, bytes, { message }) => {
      if (message?.type !== 'consensus' || message.message.type !== 'proposal') return bytes
      const { proposal } = message.message
      if (!twins.has(proposal.digest)) twins.set(proposal.digest, twinOf(self, proposal))
      const twin = twins.get(proposal.digest)
      if (twin === undefined || to === 'followers' || !twin.shown.has(to)) return bytes
      self.count()
      return twin.bytes
    }
  },
}

/** Another block of the same leader on the same parent: later by a little, with fewer transactions. */
const twinOf = (self: Dishonest, proposal: Proposal): Twin | undefined => {
  const executor = self.core()?.executor
  if (executor === undefined) return undefined
  const { header, digest } = proposal
  const transactions = self.random.below(header.transactionCount + 1)
  const built = executor.build(
    { ...header, timestampMs: header.timestampMs + 1 },
    { limits: { transactions, bytes: BODY_BYTES_MAX }, allowEmpty: true },
  )?.held
  // Its own node goes on with the first face.
  executor.execute(digest)
  if (built === undefined) return undefined
  const second: Proposal = {
    ...proposal,
    header: built.header,
    digest: built.digest,
    transactionHashes: built.transactions.map(({ hash }) => hash),
  }
  const signature = self.sign(ballotBytes(proposalVote(second), self.domain))
  const message = { type: 'proposal', proposal: { ...second, signature } } as const
  const shown = self.random.shuffle(self.others).slice(0, Math.ceil(self.others.length / 2))
  return {
    digest: built.digest,
    bytes: encodeLinkMessage({ type: 'consensus', message }),
    shown: new Set(shown),
  }
}
