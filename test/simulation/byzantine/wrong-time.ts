import type { Header } from '#protocol/chain/header.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Adversary, Dishonest } from '../adversary.ts'
import { builtBlock, consensusBytes, lyingOfProposals, withBlock } from '../forgery.ts'

/** How far it shifts the time of a block: a little, and more than anybody accepts. */
const SHIFTS_MS = [450, 900, 30_000, -1_500, -2_600, -20_000] as const

export const wrongTime: Adversary = {
  name: 'wrongTime',
  claim: 'a leader shifts the time of its block by half a second at most, and never backwards',
  create: (self) => lyingOfProposals(self, lieOf),
}

const lieOf = (self: Dishonest, proposal: Proposal): Uint8Array | undefined => {
  const { header } = proposal
  const timestampMs = timeOf(self, header)
  if (timestampMs === undefined) return undefined
  const block = builtBlock(self, { ...header, timestampMs }, header.transactionCount)
  return block && consensusBytes({ type: 'proposal', proposal: withBlock(self, proposal, block) })
}

/** Shifted; or, told to be late, as early as its parent lets it be. */
const timeOf = (self: Dishonest, header: Header): number | undefined => {
  if (self.way !== 'late') return header.timestampMs + self.random.pick(SHIFTS_MS)
  const final = self.core()?.executor.final()
  return final?.digest === header.parentDigest ? final.header.timestampMs + 1 : undefined
}
