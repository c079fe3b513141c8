import { utf8 } from '#protocol/bytes.ts'
import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Vote } from '#protocol/chain/vote.ts'
import { hashOf } from '#protocol/hash.ts'
import { SIGNATURE_BYTES } from '#protocol/signature.ts'
import type { Adversary, Dishonest, Lies } from '../adversary.ts'
import { builtBlock, signedVote, withBlock } from '../forgery.ts'

export const usurper: Adversary = {
  name: 'usurper',
  claim: 'who proposes in the view of another leader, or votes in the name of others, is not heard',
  create: (self) => {
    const hear: Lies['hear'] = (_, bytes, { message }) => {
      if (message?.type !== 'consensus') return bytes
      const heard = message.message
      if (heard.type === 'proposal') proposeToo(self, heard.proposal)
      if (heard.type === 'certificate') proposeFirst(self, heard.certificate)
      if (heard.type === 'vote' && self.random.chance(0.2)) voteAs(self, heard.vote)
      return bytes
    }
    return { hear }
  },
}

/** A block in the next view, before its leader has anything to propose. */
const proposeFirst = (self: Dishonest, parent: Certificate): void => {
  const executor = self.core()?.executor
  if (executor === undefined || parent.kind === 'nullify') return
  const { header, digest } = executor.tip()
  if (digest !== parent.digest) return
  const view = parent.view + 1
  const block = builtBlock(
    self,
    {
      ...header,
      view,
      height: header.height + 1,
      parentDigest: digest,
      timestampMs: Math.max(self.machine().wallMs(), header.timestampMs + 1),
      proposerIndex: self.me,
    },
    1,
  )
  if (block === undefined) return
  const justification = { parent, nullifications: [] }
  const empty = { transactionHashes: [], signature: new Uint8Array(SIGNATURE_BYTES) }
  const place = { header: block.header, digest: block.digest, view, parentView: parent.view }
  propose(self, withBlock(self, { ...place, ...empty, justification }, block))
}

/** Another block in a view that is not ours to lead. */
const proposeToo = (self: Dishonest, proposal: Proposal): void => {
  const own = { ...proposal.header, proposerIndex: self.me }
  const block = builtBlock(self, own, self.random.below(own.transactionCount + 1))
  if (block === undefined) return
  propose(self, withBlock(self, proposal, block))
}

const propose = (self: Dishonest, proposal: Proposal): void => {
  self.count()
  for (const to of self.others) {
    self.tell(to, { type: 'consensus', message: { type: 'proposal', proposal } })
  }
}

/** Another vote than that of its signer, which the liar signs. */
const voteAs = (self: Dishonest, { signer, signature, ...ballot }: Vote): void => {
  const other =
    ballot.kind === 'nullify' ? ballot : { ...ballot, digest: hashOf(utf8(ballot.digest)) }
  const vote = { ...signedVote(self, other), signer }
  self.count()
  for (const to of self.others)
    self.tell(to, { type: 'consensus', message: { type: 'vote', vote } })
}
