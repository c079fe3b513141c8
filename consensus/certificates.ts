import {
  type BlockCertificate,
  type Certificate,
  type Finalization,
  isFinalization,
  verifyCertificate,
} from '#protocol/chain/certificate.ts'
import { checkSignature } from './amnesia.ts'
import { halt } from './chain.ts'
import { addTarget, contradictsHistory, haltOnConflict } from './commit.ts'
import { reject } from './evidence.ts'
import { RETAIN_VIEWS } from './limits.ts'
import { certificateOf, parentProofOf, type Round } from './round.ts'
import { broadcast, type Core, emit, leaderAt, roundAt } from './state.ts'
import { enterView } from './view-change.ts'

/**
 * Where a certificate came from: a member, our own assembly, our own disk, fetched final blocks whose
 * certificates were verified with them, or a node that is no member.
 */
export type CertificateSource = number | 'assembled' | 'journal' | 'segment' | 'stranger'

/**
 * Upon receiving a certificate: verified once, stored, passed on once, and the view after it is
 * entered. False when it is not valid.
 */
export const onCertificate = (
  core: Core,
  certificate: Certificate,
  source: CertificateSource,
): boolean => {
  if (certificate.epoch !== core.config.epoch) return false
  if (isOld(core, certificate)) {
    haltOnFork(core, certificate)
    return true
  }
  const known = core.rounds.get(certificate.view)
  const held = known === undefined ? undefined : certificateOf(known, certificate.kind)
  if (held !== undefined && sameContent(held, certificate)) return true
  if (!isValid(core, certificate, source)) return false
  if (source !== 'assembled' && source !== 'journal') checkSignature(core, certificate)
  const round = roundAt(core, certificate.view)
  const opposed = held ?? contradicted(round, certificate)
  if (opposed !== undefined) {
    haltOnContradiction(core, opposed, certificate)
    return true
  }
  store(core, round, certificate)
  if (source === 'assembled' || typeof source === 'number') pass(core, certificate)
  enterView(core, certificate)
  return true
}

/** Whether a settled view makes the certificate useless: a finalization at it must still agree. */
const isOld = (core: Core, certificate: Certificate): boolean => {
  const { view, certificate: settled } = core.settled
  if (certificate.view > view) return false
  return (
    certificate.view < view ||
    !isFinalization(certificate) ||
    settled?.digest === certificate.digest
  )
}

/** A finalization of the past that names another block than the final one proves a fork. */
const haltOnFork = (core: Core, certificate: Certificate): void => {
  if (!isFinalization(certificate) || !contradictsHistory(core.chain, certificate)) return
  if (!verifyCertificate(certificate, core.domain, core.config.verify)) return
  haltOnConflict(core.chain, certificate)
}

const isValid = (core: Core, certificate: Certificate, source: CertificateSource): boolean => {
  if (source === 'assembled' || source === 'segment') return true
  if (verifyCertificate(certificate, core.domain, core.config.verify)) return true
  if (typeof source === 'number') reject(core, source, 'invalid_certificate')
  return false
}

const sameContent = (a: Certificate, b: Certificate): boolean =>
  a.kind === 'nullify' || b.kind === 'nullify'
    ? a.kind === b.kind
    : a.kind === b.kind && a.digest === b.digest && a.parentView === b.parentView

/** A certificate of another kind in the round that no honest quorum signs beside this one. */
const contradicted = (round: Round, certificate: Certificate): Certificate | undefined => {
  if (certificate.kind === 'nullify') return round.finalization
  const other = certificate.kind === 'finalize' ? round.notarization : round.finalization
  if (other !== undefined && other.digest !== certificate.digest) return other
  return certificate.kind === 'finalize' ? round.nullification : undefined
}

const haltOnContradiction = (core: Core, a: Certificate, b: Certificate): void =>
  halt(core.chain, {
    code: 'conflicting_certificates',
    detail: `${a.kind} and ${b.kind} of view ${b.view}`,
    proof: [a, b],
  })

const store = (core: Core, round: Round, certificate: Certificate): void => {
  if (certificate.kind === 'nullify') round.nullification = certificate
  else if (isFinalization(certificate)) settle(core, round, certificate)
  else {
    round.notarization = certificate
    if (certificate.view > core.settled.view) insertAscending(core.notarized, certificate.view)
  }
}

/** A new highest finalization: everything at or below its view is decided. */
const settle = (core: Core, round: Round, certificate: Finalization): void => {
  round.finalization = certificate
  if (certificate.view <= core.settled.view) return
  core.settled = { view: certificate.view, certificate }
  core.settledAtMs = core.now.monotonicMs
  core.notarized = core.notarized.filter((view) => view > certificate.view)
  addTarget(core.chain, certificate)
  prune(core, certificate.view - RETAIN_VIEWS)
}

const prune = (core: Core, below: number): void => {
  if (below - core.prunedBelow > core.rounds.size) {
    for (const view of core.rounds.keys()) if (view <= below) core.rounds.delete(view)
  } else {
    for (let view = core.prunedBelow; view <= below; view++) core.rounds.delete(view)
  }
  core.prunedBelow = Math.max(core.prunedBelow, below)
}

const pass = (core: Core, certificate: Certificate): void => {
  const message = { type: 'certificate', certificate } as const
  broadcast(core, message)
  // Followers make it of the votes themselves; one sender is enough to spare them the work.
  const isOurs = leaderAt(core, certificate.view) === core.config.me
  if (isFinalization(certificate) && isOurs) emit(core, { type: 'publish', message })
}

const insertAscending = (views: number[], view: number): void => {
  let index = views.length
  while (index > 0 && (views[index - 1] ?? view) > view) index--
  views.splice(index, 0, view)
}

/** What proves that the block of a view may be a parent. */
export const parentProofAt = (core: Core, view: number): BlockCertificate | undefined => {
  const round = core.rounds.get(view)
  if (round !== undefined) return parentProofOf(round)
  return view === core.settled.view ? (core.settled.certificate ?? undefined) : undefined
}
