import type { Header } from '#protocol/chain/header.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Adversary, Dishonest } from '../adversary.ts'
import {
  builtBlock,
  consensusBytes,
  lyingOfProposals,
  spoiled,
  withBlock,
  withHeader,
} from '../forgery.ts'

/** A field of the header that is not what it must be. */
const WAYS = ['height', 'chain', 'version', 'nextSet', 'flags', 'parent', 'signature'] as const

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
  switch (self.random.pick(WAYS)) {
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
