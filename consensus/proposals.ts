import type { Certificate } from '#protocol/chain/certificate.ts'
import { isRepeated, type Proposal, proposalVote } from '#protocol/chain/proposal.ts'
import { verifyVote } from '#protocol/chain/vote.ts'
import { justifiedDigest } from './admissible.ts'
import { recordVote } from './ballot-box.ts'
import { onCertificate } from './certificates.ts'
import { addBlock } from './chain.ts'
import { reject } from './evidence.ts'
import { help } from './help.ts'
import { BLOCKS_MAX, COMPACT_AFTER_VIEWS } from './limits.ts'
import { type Core, cancelTimer, leaderAt, roundAt } from './state.ts'

/**
 * Upon receiving a proposal from the leader of its view: its certificates are learned whatever its
 * view; the first header becomes the round's proposal, a second one is evidence.
 */
export const onProposal = (core: Core, proposal: Proposal, from: number): void => {
  const { header, view } = proposal
  if (header.chainId !== core.config.chainId || header.authoritySetHash !== core.config.set.hash) {
    reject(core, from, 'wrong_domain')
    return
  }
  if (from !== leaderAt(core, view) || header.proposerIndex !== leaderAt(core, header.view)) {
    reject(core, from, 'not_leader')
    return
  }
  if (view <= core.settled.view) {
    help(core, from, view)
    return
  }
  if (!isSound(core, proposal, from)) return
  for (const certificate of certificatesOf(proposal)) {
    if (!onCertificate(core, certificate, from)) return
  }
  if (isNear(core, view)) acceptProposal(core, proposal, from)
}

/** A block of an open view long past is of no use unless it is proven: then it is fetched. */
const isNear = (core: Core, view: number): boolean =>
  view <= core.view + 1 && view > core.view - COMPACT_AFTER_VIEWS

/** Signature and shape; a dishonest leader is caught before any certificate costs us. */
const isSound = (core: Core, proposal: Proposal, from: number): boolean => {
  if (!verifyVote(proposalVote(proposal, from), core.domain, core.config.verify)) {
    reject(core, from, 'invalid_signature')
    return false
  }
  if (isJustificationShaped(proposal)) return true
  reject(core, from, 'broken_proposal')
  return false
}

const certificatesOf = (proposal: Proposal): readonly Certificate[] => {
  const { parent, nullifications } = proposal.justification
  return parent === null ? nullifications : [parent, ...nullifications]
}

/** The certificates are about the parent and the gap, each view of the gap once or none at all. */
const isJustificationShaped = (proposal: Proposal): boolean => {
  const { view, parentView, justification } = proposal
  const { parent, nullifications } = justification
  if (parent === null && (parentView !== 0 || isRepeated(proposal))) return false
  if (parent !== null) {
    if (parent.kind === 'nullify' || parent.view !== parentView) return false
    if (parent.digest !== justifiedDigest(proposal)) return false
  }
  if (nullifications.length === 0) return true
  if (nullifications.length !== view - parentView - 1) return false
  return nullifications.every(
    ({ kind, view }, index) => kind === 'nullify' && view === parentView + 1 + index,
  )
}

const acceptProposal = (core: Core, proposal: Proposal, from: number): void => {
  const { header, digest, transactionHashes, view } = proposal
  const round = roundAt(core, view)
  recordVote(core, round, { vote: proposalVote(proposal, from), verified: true })
  if (round.proposal !== undefined) {
    if (round.proposal.digest !== digest) round.leaderEquivocated = true
    return
  }
  if (core.chain.blocks.size >= BLOCKS_MAX) return
  round.proposal = proposal
  // A block that is proposed again is proven: its notarization brings it, whole.
  if (!isRepeated(proposal)) {
    addBlock(core.chain, {
      header,
      digest,
      body: { from: 'proposal', transactionHashes },
      seenAtMs: core.now.monotonicMs,
      persisted: false,
    })
  }
  if (view === core.view) cancelTimer(core, 'leader')
}
