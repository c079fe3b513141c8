import { type Header, isEmpty, isSealing } from '#protocol/chain/header.ts'
import { isRepeated, type Proposal } from '#protocol/chain/proposal.ts'
import type { Hash } from '#protocol/hash.ts'
import { parentProofAt } from './certificates.ts'
import { follows, isExecuted, parentOf, viewIn } from './chain.ts'
import { mayBeEmpty } from './empty-blocks.ts'
import { CLOCK_AHEAD_MS, CLOCK_BEHIND_MS } from './limits.ts'
import type { Core } from './state.ts'
import { viewShareMs } from './view-timers.ts'

/**
 * What consensus.md §3 says of a proposal of the current view now.
 * `gap`: a certificate between the parent and the view is missing, from this view on.
 * `parent`: the parent block is not executed yet. `untimely`: the timestamp is off.
 */
export type Admission =
  | { readonly is: 'admissible' | 'inadmissible' | 'parent' | 'untimely' }
  | { readonly is: 'gap'; readonly fromView: number }

/**
 * The block that the certificate of a proposal's parent view names: its parent, or, when a sealing block
 * is proposed again, that block itself.
 */
export const justifiedDigest = (proposal: Proposal): Hash =>
  isRepeated(proposal) ? proposal.digest : proposal.header.parentDigest

/**
 * Rules 2 to 5; rule 1 was checked on receipt, rule 6 is the executor's. A sealing block proposed again
 * was found admissible by a quorum before: only its justification is judged.
 */
export const admissionOf = (core: Core, proposal: Proposal): Admission => {
  const justified = justificationOf(core, proposal)
  if (justified.is !== 'admissible') return justified
  const { header, parentView } = proposal
  if (isRepeated(proposal)) return { is: 'admissible' }
  const parent = parentOf(core.chain, header.parentDigest)
  if (parent === undefined || !isExecuted(core.chain, header.parentDigest)) return { is: 'parent' }
  if (viewIn(core.config.epoch, parent.header) !== parentView || !follows(header, parent.header)) {
    return { is: 'inadmissible' }
  }
  if (!hasKnownFields(core, header)) return { is: 'inadmissible' }
  const final = parentView === core.settled.view
  if (isEmpty(header) && final && !mayBeEmpty(core, header.timestampMs, parent)) {
    return { is: 'inadmissible' }
  }
  return { is: isTimely(core, header) ? 'admissible' : 'untimely' }
}

/** Rules 2 and 3: the parent is proven and not below the final block, the gap is nullified. */
const justificationOf = (core: Core, proposal: Proposal): Admission => {
  const { view: ofView, parentView } = proposal
  const { settled } = core
  if (parentView < settled.view) return { is: 'inadmissible' }
  const proof = parentProofAt(core, parentView)
  const fromGenesis = parentView === settled.view && settled.certificate === null
  if (proof === undefined && !fromGenesis) return { is: 'gap', fromView: parentView }
  const digest = proof?.digest ?? core.config.genesisDigest
  if (digest !== justifiedDigest(proposal)) return { is: 'inadmissible' }
  for (let view = parentView + 1; view < ofView; view++) {
    if (core.rounds.get(view)?.nullification === undefined) return { is: 'gap', fromView: view }
  }
  return { is: 'admissible' }
}

const hasKnownFields = (core: Core, header: Header): boolean =>
  (isSealing(header) || header.nextSetHash === header.authoritySetHash) &&
  header.version === core.config.rulesVersion &&
  (header.transactionCount === 0 || !isEmpty(header))

/** §13: not ahead of our clock, and not further behind than failed views explain. */
const isTimely = (core: Core, header: Header): boolean => {
  const { wallMs } = core.now
  const behindMs = CLOCK_BEHIND_MS + viewShareMs(core, 3, header.view)
  return header.timestampMs <= wallMs + CLOCK_AHEAD_MS && header.timestampMs >= wallMs - behindMs
}
