import { sameBallot, type Vote, verifyVote } from '#protocol/chain/vote.ts'
import type { PeerFault } from './effect.ts'
import type { Round, Slot } from './round.ts'
import { type Core, report } from './state.ts'

/**
 * Whether one honest member makes at most one of two votes of one view. Contents are compared,
 * never signature bytes: two signatures of one content are no offence.
 */
export const conflict = (a: Vote, b: Vote): boolean => {
  if (a.signer !== b.signer || a.epoch !== b.epoch || a.view !== b.view) return false
  if (a.kind === b.kind) return !sameBallot(a, b)
  if (a.kind === 'nullify') return b.kind === 'finalize'
  if (b.kind === 'nullify') return a.kind === 'finalize'
  return a.digest !== b.digest || a.parentView !== b.parentView
}

/** Reports a peer for what no honest peer does. */
export const reject = (core: Core, peer: number, reason: PeerFault): void =>
  report(core, { kind: 'peer', verdict: 'reject', peer, reason })

/** Verifies a slot once; a vote with a wrong signature leaves the round and counts against its sender. */
export const verifySlot = (core: Core, round: Round, slot: Slot): boolean => {
  if (slot.verified) return true
  const { vote } = slot
  slot.verified = verifyVote(vote, core.domain, core.config.verify)
  if (slot.verified) return true
  round.votes[vote.kind].delete(vote.signer)
  reject(core, vote.signer, 'invalid_signature')
  return false
}

/**
 * A new vote of a member disagrees with one in the round: both are verified, evidence is reported
 * once per member and view, and the first stays. True when the new vote should be stored, because
 * the old one was forged.
 */
export const dispute = (core: Core, round: Round, held: Slot, fresh: Slot): boolean => {
  if (round.accused.has(fresh.vote.signer)) return false
  if (!verifySlot(core, round, held)) return true
  fresh.verified ||= verifyVote(fresh.vote, core.domain, core.config.verify)
  if (!fresh.verified) {
    const box = round.votes[fresh.vote.kind]
    if (box.get(fresh.vote.signer) === fresh) box.delete(fresh.vote.signer)
    reject(core, fresh.vote.signer, 'invalid_signature')
    return false
  }
  round.accused.add(fresh.vote.signer)
  report(core, { kind: 'evidence', evidence: { a: held.vote, b: fresh.vote } })
  return false
}
