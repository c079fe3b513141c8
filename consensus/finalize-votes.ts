import { castVote } from './cast-vote.ts'
import { isExecuted, pursueBlock } from './chain.ts'
import type { Round } from './round.ts'
import { type Core, mayVoteIn } from './state.ts'

/** Obtains and executes the lowest notarized block that is not, so that it can become final here. */
export const executeNotarized = (core: Core): void => {
  if (core.chain.targets.length > 0) return
  for (const view of core.notarized) {
    const certificate = core.rounds.get(view)?.notarization
    if (certificate === undefined) continue
    if (!pursueBlock(core.chain, certificate.digest, { view, peers: certificate.signers })) return
  }
}

/**
 * Votes to finalise every notarized block that may be: executed here, and nothing of ours in its
 * view speaks against it. This may be late; the current view can be higher.
 */
export const castFinalizeVotes = (core: Core): void => {
  for (const view of core.notarized) {
    const round = core.rounds.get(view)
    if (round !== undefined && mayVoteIn(core, view) && mayFinalize(core, round)) {
      finalize(core, round)
    }
  }
}

const mayFinalize = (core: Core, round: Round): boolean => {
  const { mine, notarization } = round
  if (notarization === undefined || round.leaderEquivocated) return false
  if (mine.finalize !== undefined || mine.nullify !== undefined) return false
  const own = mine.notarize
  if (own !== undefined && own.kind !== 'nullify' && own.digest !== notarization.digest)
    return false
  return isExecuted(core.chain, notarization.digest)
}

const finalize = (core: Core, round: Round): void => {
  if (round.notarization === undefined) return
  const { epoch, view, parentView, digest } = round.notarization
  castVote(core, { kind: 'finalize', epoch, view, parentView, digest })
}
