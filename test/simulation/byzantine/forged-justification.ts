import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Adversary, Dishonest } from '../adversary.ts'
import {
  builtBlock,
  consensusBytes,
  forgedCertificate,
  lyingOfProposals,
  spoiled,
  withBlock,
} from '../forgery.ts'

export const forgedJustification: Adversary = {
  name: 'forgedJustification',
  claim: 'a block on a parent that nobody proved, or over views that nobody ended, gets no vote',
  create: (self) => lyingOfProposals(self, lieOf),
}

const lieOf = (self: Dishonest, proposal: Proposal): Uint8Array | undefined => {
  const way = self.random.below(3)
  const passing = way === 0 ? undefined : passedOver(self, proposal)
  const lie = passing ?? spoiledProof(proposal)
  return lie && consensusBytes({ type: 'proposal', proposal: lie })
}

const spoiledProof = (proposal: Proposal): Proposal | undefined => {
  const { parent, nullifications } = proposal.justification
  if (parent === null) return undefined
  const [first = new Uint8Array(64), ...rest] = parent.signatures
  const forged: Certificate = { ...parent, signatures: [spoiled(first), ...rest] }
  return { ...proposal, justification: { parent: forged, nullifications } }
}

/** A block on the final one, as if the views of all blocks since then had ended without them. */
const passedOver = (self: Dishonest, proposal: Proposal): Proposal | undefined => {
  const final = self.core()?.executor.final()
  const { header } = proposal
  if (final === undefined || final.digest === header.parentDigest) return undefined
  const { view, height } = final.header
  const sibling = { ...header, height: height + 1, parentDigest: final.digest }
  const block = builtBlock(self, sibling, 1)
  if (block === undefined) return undefined
  const nullifications: Certificate[] = []
  for (let gap = view + 1; gap < header.view && nullifications.length < 60; gap++) {
    nullifications.push(
      forgedCertificate(self, { kind: 'nullify', epoch: header.epoch, view: gap }),
    )
  }
  const justification = { parent: null, nullifications }
  return withBlock(self, { ...proposal, parentView: view, justification }, block)
}
