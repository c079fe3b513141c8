import type {
  BlockCertificate,
  Certificate,
  Finalization,
  Nullification,
} from '#protocol/chain/certificate.ts'
import type { Proposal } from '#protocol/chain/proposal.ts'
import type { Vote, VoteKind } from '#protocol/chain/vote.ts'

/** One member's vote of one kind in one view. A verified slot is never replaced. */
export type Slot = {
  readonly vote: Vote
  verified: boolean
}

/** Everything a replica knows about one view. */
export type Round = {
  readonly view: number
  /** The first header that the leader signed for this view. */
  proposal: Proposal | undefined
  /** The leader signed two headers: nobody here votes for either any more. */
  leaderEquivocated: boolean
  readonly votes: Readonly<Record<VoteKind, Map<number, Slot>>>
  notarization: BlockCertificate | undefined
  nullification: Nullification | undefined
  finalization: Finalization | undefined
  /** Own votes; mirrors the journal. */
  readonly mine: { [Kind in VoteKind]: Vote | undefined }
  /** Members of whom evidence was reported in this view. */
  readonly accused: Set<number>
}

export const createRound = (view: number): Round => ({
  view,
  proposal: undefined,
  leaderEquivocated: false,
  votes: { notarize: new Map(), nullify: new Map(), finalize: new Map() },
  notarization: undefined,
  nullification: undefined,
  finalization: undefined,
  mine: { notarize: undefined, nullify: undefined, finalize: undefined },
  accused: new Set(),
})

/** The certificate of a kind that the round holds. */
export const certificateOf = (round: Round, kind: VoteKind): Certificate | undefined => {
  if (kind === 'notarize') return round.notarization
  return kind === 'nullify' ? round.nullification : round.finalization
}

/** What proves that a block of this view may be a parent: final or notarized. */
export const parentProofOf = (round: Round): BlockCertificate | undefined =>
  round.finalization ?? round.notarization

/** What proves that the view is over, the strongest first. */
export const endOf = (round: Round): Certificate | undefined =>
  parentProofOf(round) ?? round.nullification

export const hasVoted = (round: Round): boolean =>
  round.mine.notarize !== undefined ||
  round.mine.nullify !== undefined ||
  round.mine.finalize !== undefined
