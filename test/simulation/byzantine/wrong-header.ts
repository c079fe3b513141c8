import { FLAG_SEALING, type Header } from '#protocol/chain/header.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Adversary, Dishonest } from '../adversary.ts'
import {
  builtBlock,
  consensusBytes,
  forgedCertificate,
  lyingOfProposals,
  resigned,
  spoiled,
  withBlock,
  withHeader,
} from '../forgery.ts'

/** A field of the header that is not what it must be, as a seed draws it. */
const DRAWN = ['height', 'chain', 'version', 'nextSet', 'flags', 'parent', 'signature'] as const
const WAYS = [...DRAWN, 'gap', 'seals'] as const

export const wrongHeader: Adversary = {
  name: 'wrongHeader',
  claim:
    'a block of another network, version, height or parent than its place asks for gets no vote, nor one that its leader did not sign',
  create: (self) => lyingOfProposals(self, lieOf),
}

const lieOf = (self: Dishonest, proposal: Proposal): Uint8Array | undefined => {
  const lie = wrongProposal(self, proposal)
  return lie && consensusBytes({ type: 'proposal', proposal: lie })
}

const wrongProposal = (self: Dishonest, proposal: Proposal): Proposal | undefined => {
  const { header } = proposal
  switch (WAYS.find((way) => way === self.way) ?? self.random.pick(DRAWN)) {
    case 'height':
      return rebuilt(self, proposal, { height: header.height + self.random.between(1, 3) })
    case 'chain':
      return rebuilt(self, proposal, { chainId: header.stateRoot })
    case 'version':
      return rebuilt(self, proposal, { version: header.version + 1 })
    case 'nextSet':
      return withHeader(self, proposal, { nextSetHash: header.stateRoot })
    case 'flags':
      return withHeader(self, proposal, { flags: header.transactionCount === 0 ? 0 : 2 })
    case 'parent':
      return besideParent(self, proposal)
    case 'gap':
      return overGap(self, proposal)
    case 'seals':
      return withHeader(self, proposal, { flags: FLAG_SEALING, nextSetHash: header.stateRoot })
    case 'signature':
      return { ...proposal, signature: spoiled(proposal.signature) }
  }
}

/** The same block with another header, and all roots right for it. */
const rebuilt = (
  self: Dishonest,
  proposal: Proposal,
  changes: Partial<Header>,
): Proposal | undefined => {
  const { header } = proposal
  const block = builtBlock(self, { ...header, ...changes }, header.transactionCount)
  return block && withBlock(self, proposal, block)
}

/** A block on the final one, with the proof of the parent that it should have: a sibling of that. */
const besideParent = (self: Dishonest, proposal: Proposal): Proposal | undefined => {
  const final = self.core()?.executor.final()
  if (final === undefined || final.digest === proposal.header.parentDigest) return undefined
  const place = { height: final.header.height + 1, parentDigest: final.digest }
  return rebuilt(self, proposal, place)
}

/** A block on the final one, with the proof of that, over views that nobody ended. */
const overGap = (self: Dishonest, proposal: Proposal): Proposal | undefined => {
  const beside = besideParent(self, proposal)
  const final = self.core()?.executor.final()
  const { epoch } = proposal.header
  if (beside === undefined || final?.header.epoch !== epoch) return undefined
  const { view } = final.header
  // Nobody asks for the signatures of a proof that is no news.
  const proven = { kind: 'notarize', epoch, view, parentView: 0, digest: final.digest } as const
  const justification = { parent: forgedCertificate(self, proven), nullifications: [] }
  return resigned(self, { ...beside, parentView: view, justification })
}
