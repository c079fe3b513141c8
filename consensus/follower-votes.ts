import {
  assembleCertificate,
  type Certificate,
  type Finalization,
  isFinalization,
  verifyCertificate,
} from '#protocol/chain/certificate.ts'
import { sameBallot, type Vote, verifyVote } from '#protocol/chain/vote.ts'
import { addTarget, contradictsHistory, haltOnConflict } from './commit.ts'
import { conflict } from './evidence.ts'
import { type FollowerCore, rejectSource } from './follower-state.ts'
import { FOLLOW_AHEAD_VIEWS } from './limits.ts'

/**
 * Upon a raw finalize vote: verified at once, since anybody may have relayed it. A quorum of them
 * is the finalization, one hop earlier than the authorities' own certificate would arrive.
 */
export const onRawVote = (core: FollowerCore, vote: Vote, source: string): void => {
  const { settled, config } = core
  if (vote.kind !== 'finalize' || vote.epoch !== config.epoch) return
  if (vote.view <= settled.view || vote.view > settled.view + FOLLOW_AHEAD_VIEWS) return
  const box = core.votes.get(vote.view) ?? new Map<number, Vote>()
  const held = box.get(vote.signer)
  if (held !== undefined && sameBallot(held, vote)) return
  if (!verifyVote(vote, core.domain, config.verify)) {
    rejectSource(core, source, 'invalid_signature')
    return
  }
  if (held !== undefined) {
    if (conflict(held, vote)) reportEvidence(core, held, vote)
    return
  }
  box.set(vote.signer, vote)
  core.votes.set(vote.view, box)
  countVotes(core, vote, [...box.values()])
}

/** Upon a finalization; other certificates decide nothing for a follower. */
export const onFinalCertificate = (
  core: FollowerCore,
  certificate: Certificate,
  source: string,
): void => {
  if (!isFinalization(certificate) || certificate.epoch !== core.config.epoch) return
  if (certificate.view <= core.settled.view && !isFork(core, certificate)) return
  if (!verifyCertificate(certificate, core.domain, core.config.verify)) {
    rejectSource(core, source, 'invalid_certificate')
    return
  }
  if (isFork(core, certificate)) haltOnConflict(core.chain, certificate)
  else settle(core, certificate)
}

const countVotes = (core: FollowerCore, vote: Vote, votes: readonly Vote[]): void => {
  const alike = votes.filter((other) => sameBallot(other, vote))
  if (alike.length < core.quorum) return
  const certificate = assembleCertificate(vote, alike)
  if (isFinalization(certificate)) settle(core, certificate)
}

/** Another block than the one known to be final in this view. */
const isFork = (core: FollowerCore, certificate: Finalization): boolean => {
  const { view, certificate: known } = core.settled
  if (certificate.view === view && known !== null) return known.digest !== certificate.digest
  return contradictsHistory(core.chain, certificate)
}

const settle = (core: FollowerCore, certificate: Finalization): void => {
  core.settled = { view: certificate.view, certificate }
  addTarget(core.chain, certificate)
  for (const view of core.votes.keys()) if (view <= certificate.view) core.votes.delete(view)
}

const reportEvidence = (core: FollowerCore, a: Vote, b: Vote): void => {
  core.chain.effects.push({ type: 'report', report: { kind: 'evidence', evidence: { a, b } } })
}
