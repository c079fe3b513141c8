import { admissionOf } from './admissible.ts'
import { castVote } from './cast-vote.ts'
import { askCertificates } from './certificate-requests.ts'
import { pursueBlock } from './chain.ts'
import { type Core, leaderAt, mayVoteIn, others } from './state.ts'
import { nullifyView } from './view-timers.ts'

/**
 * Carries the proposal of the current view one step further: what it lacks is asked for, then the
 * block is verified, then it gets our notarize vote. A bad one gets our nullify at once.
 */
export const evaluateProposal = (core: Core): void => {
  const round = core.rounds.get(core.view)
  const proposal = round?.proposal
  if (round === undefined || proposal === undefined || round.leaderEquivocated) return
  if (round.mine.notarize !== undefined || round.mine.nullify !== undefined) return
  const node = core.chain.blocks.get(proposal.digest)
  if (node === undefined || node.stage === 'verifying' || node.stage === 'resting') return
  if (node.stage === 'invalid') {
    nullifyView(core)
    return
  }
  const admission = admissionOf(core, proposal)
  const { view, header, digest, parentView } = proposal
  const peers = [
    leaderAt(core, view),
    ...others(core).filter((peer) => peer !== leaderAt(core, view)),
  ]
  if (admission.is === 'inadmissible') nullifyView(core)
  if (admission.is === 'gap') askCertificates(core, admission.fromView, view - 1)
  if (admission.is === 'parent' && core.chain.targets.length === 0) {
    pursueBlock(core.chain, header.parentDigest, { view, peers })
  }
  if (admission.is !== 'admissible') return
  // By its list, or whole: the list beside the first proposal of a sealing block may have been of no use.
  if (node.stage === 'known') pursueBlock(core.chain, digest, { view, peers })
  else if (mayVoteIn(core, view)) {
    castVote(core, { kind: 'notarize', epoch: header.epoch, view, parentView, digest })
  }
}
