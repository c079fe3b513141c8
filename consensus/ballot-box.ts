import { assembleCertificate } from '#protocol/chain/certificate.ts'
import { ballotBytes, sameBallot, type Vote, type VoteKind } from '#protocol/chain/vote.ts'
import { conflict, dispute, reject } from './evidence.ts'
import { certificateOf, type Round, type Slot } from './round.ts'
import type { Core } from './state.ts'

const KINDS = ['notarize', 'nullify', 'finalize'] as const satisfies readonly VoteKind[]

/**
 * Puts a vote into its round: one slot per member and kind, the first content stays. When a quorum
 * says the same, its signatures are verified together and the certificate becomes a task.
 */
export const recordVote = (core: Core, round: Round, fresh: Slot): void => {
  const { vote } = fresh
  const box = round.votes[vote.kind]
  const held = box.get(vote.signer)
  if (held !== undefined && sameBallot(held.vote, vote)) {
    held.verified ||= fresh.verified
    return
  }
  if (held !== undefined && !dispute(core, round, held, fresh)) return
  box.set(vote.signer, fresh)
  disputeOtherKinds(core, round, fresh)
  const open = vote.view > core.settled.view && certificateOf(round, vote.kind) === undefined
  if (open) countVotes(core, round, vote)
}

/** Nullify beside finalize, or notarize and finalize of two blocks, are offences too. */
const disputeOtherKinds = (core: Core, round: Round, fresh: Slot): void => {
  for (const kind of KINDS) {
    const held = round.votes[kind].get(fresh.vote.signer)
    if (held !== undefined && conflict(held.vote, fresh.vote)) dispute(core, round, held, fresh)
  }
}

const countVotes = (core: Core, round: Round, vote: Vote): void => {
  if (alike(round, vote).length < core.quorum) return
  const verified = verifiedAlike(core, round, vote)
  if (verified.length < core.quorum) return
  const votes = verified.slice(0, core.quorum).map((slot) => slot.vote)
  core.tasks.push({ type: 'certificate', certificate: assembleCertificate(vote, votes) })
}

const alike = (round: Round, vote: Vote): readonly Slot[] =>
  [...round.votes[vote.kind].values()].filter((slot) => sameBallot(slot.vote, vote))

/** The votes that say the same as `vote` and carry a right signature; wrong ones are dropped. */
export const verifiedAlike = (core: Core, round: Round, vote: Vote): readonly Slot[] => {
  const message = ballotBytes(vote, core.domain)
  return alike(round, vote).filter((slot) => {
    const { signer, signature } = slot.vote
    const key = core.config.set.keys[signer]
    slot.verified ||= key !== undefined && core.config.verify(signature, message, key)
    if (slot.verified) return true
    round.votes[vote.kind].delete(signer)
    reject(core, signer, 'invalid_signature')
    return false
  })
}
