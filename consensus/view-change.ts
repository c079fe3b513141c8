import type { Certificate } from '#protocol/chain/certificate.ts'
import { isRepeated } from '#protocol/chain/proposal.ts'
import type { Hash } from '#protocol/hash.ts'
import { abandon, dropBlock } from './chain.ts'
import { COMPACT_AFTER_VIEWS } from './limits.ts'
import type { Round } from './round.ts'
import { type Core, cancelTimer, leaderAt, report } from './state.ts'

const VIEW_TIMERS = ['leader', 'advance', 'retry', 'tip', 'pace'] as const

/** Enters the view after the one that `certificate` ended. Timers of the old view are void. */
export const enterView = (core: Core, certificate: Certificate): void => {
  if (certificate.view < core.view) return
  const left = core.view
  core.view = certificate.view + 1
  core.entry = certificate
  core.armed = false
  core.building = undefined
  core.emptyHanded = false
  core.tipPaused = false
  for (const timer of VIEW_TIMERS) cancelTimer(core, timer)
  report(core, { kind: 'view', view: core.view, leader: leaderAt(core, core.view) })
  abandonUnwanted(core, left)
  compact(core, core.view - COMPACT_AFTER_VIEWS)
}

/**
 * A block whose view ended without a proof for it is not verified any further unless a notarization
 * wants it, and what it took from the mempool waits again: nobody else may be about to propose that.
 */
const abandonUnwanted = (core: Core, view: number): void => {
  const round = core.rounds.get(view)
  const digest = round && ownDigest(round)
  if (digest === undefined || round?.notarization !== undefined) return
  const node = core.chain.blocks.get(digest)
  if (node?.stage === 'executed') core.chain.effects.push({ type: 'retreat', digest })
  if (node?.stage !== 'verifying') return
  node.stage = 'known'
  abandon(core.chain, digest)
}

/** An old open view keeps its certificates and our own votes; the rest would only fill memory. */
const compact = (core: Core, view: number): void => {
  const round = core.rounds.get(view)
  if (round === undefined || view <= core.settled.view) return
  for (const box of Object.values(round.votes)) box.clear()
  const digest = ownDigest(round)
  round.proposal = undefined
  if (digest !== undefined && round.notarization === undefined) dropBlock(core.chain, digest)
}

/** The block that was first proposed in this view; one proposed again belongs to an earlier view. */
const ownDigest = ({ proposal }: Round): Hash | undefined =>
  proposal === undefined || isRepeated(proposal) ? undefined : proposal.digest
