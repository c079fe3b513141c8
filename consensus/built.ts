import type { Certificate } from '#protocol/chain/certificate.ts'
import { PROPOSAL_CERTIFICATES_MAX } from '#protocol/chain/chain-limits.ts'
import type { Header } from '#protocol/chain/header.ts'
import type { Justification, Proposal } from '#protocol/chain/proposal.ts'
import type { Hash } from '#protocol/hash.ts'
import { castVote } from './cast-vote.ts'
import { parentProofAt } from './certificates.ts'
import { addBlock, halt, markExecuted } from './chain.ts'
import type { BuildEffect, HeaderTemplate } from './effect.ts'
import type { Event } from './event.ts'
import { broadcast, type Core, cancelTimer, emit, roundAt } from './state.ts'

type Built = Extract<Event, { readonly type: 'built' }>

/** Upon our own block: it is journaled with our notarize vote, then proposed. Stale ones are dropped. */
export const onBuilt = (core: Core, built: Built): void => {
  const asked = core.building
  if (asked === undefined || built.view !== core.view || built.epoch !== asked.epoch) return
  core.building = undefined
  const { mine } = roundAt(core, built.view)
  if (mine.notarize !== undefined || mine.nullify !== undefined) return
  if (!isAsAsked(asked.template, built.header)) {
    halt(core.chain, { code: 'rule_broken', detail: 'built another block than asked', proof: [] })
    return
  }
  holdOwnBlock(core, built)
  proposeBuilt(core, asked, built)
}

/** Upon an empty hand: nothing is built for transactions before the work changes. */
export const onNotBuilt = (
  core: Core,
  place: { readonly epoch: number; readonly view: number },
): void => {
  if (place.view !== core.view || place.epoch !== core.config.epoch) return
  core.building = undefined
  core.emptyHanded = true
}

const holdOwnBlock = (core: Core, { header, digest, next }: Built): void => {
  const body = { from: 'held' } as const
  addBlock(core.chain, { header, digest, body, persisted: false, seenAtMs: core.now.monotonicMs })
  const node = core.chain.blocks.get(digest)
  if (node !== undefined) markExecuted(core.chain, node, next)
}

const proposeBuilt = (core: Core, asked: BuildEffect, built: Built): void => {
  const { header, digest, transactionHashes } = built
  const { view, parentView } = asked
  const place = { view, parentView }
  if (proposeBlock(core, { header, digest, transactionHashes, ...place })) {
    emit(core, { type: 'publishBlock', digest })
  }
}

/** A sealing block that is notarized but not final, once more in our view: the same bytes. */
export const proposeAgain = (
  core: Core,
  sealed: { readonly header: Header; readonly digest: Hash; readonly view: number },
): void => {
  const { header, digest, view: parentView } = sealed
  proposeBlock(core, { header, digest, view: core.view, parentView, transactionHashes: [] })
}

/** False when the node stopped. */
const proposeBlock = (
  core: Core,
  content: Omit<Proposal, 'justification' | 'signature'>,
): boolean => {
  const { header, digest, view, parentView } = content
  const { epoch } = header
  const vote = castVote(core, { kind: 'notarize', epoch, view, parentView, digest })
  if (vote === undefined) return false
  const { signature } = vote
  const proposal: Proposal = {
    ...content,
    justification: justify(core, parentView, view),
    signature,
  }
  roundAt(core, view).proposal = proposal
  cancelTimer(core, 'leader')
  broadcast(core, { type: 'proposal', proposal })
  return true
}

/** The certificates of parent and gap; a gap longer than a proposal carries goes ahead of it. */
const justify = (core: Core, parentView: number, view: number): Justification => {
  const nullifications: Certificate[] = []
  for (let gap = parentView + 1; gap < view; gap++) {
    const nullification = core.rounds.get(gap)?.nullification
    if (nullification !== undefined) nullifications.push(nullification)
  }
  const parent = parentProofAt(core, parentView) ?? null
  if (nullifications.length <= PROPOSAL_CERTIFICATES_MAX) return { parent, nullifications }
  for (const certificate of nullifications.slice(-PROPOSAL_CERTIFICATES_MAX)) {
    broadcast(core, { type: 'certificate', certificate })
  }
  return { parent, nullifications: [] }
}

const isAsAsked = (template: HeaderTemplate, header: Header): boolean =>
  header.chainId === template.chainId &&
  header.epoch === template.epoch &&
  header.view === template.view &&
  header.height === template.height &&
  header.parentDigest === template.parentDigest &&
  header.timestampMs === template.timestampMs &&
  header.proposerIndex === template.proposerIndex &&
  header.authoritySetHash === template.authoritySetHash &&
  header.version === template.version
