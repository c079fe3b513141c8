import type { Adversary } from './adversary.ts'
import { amnesiacMember } from './byzantine/amnesiac-member.ts'
import { badSignatureInQuorum } from './byzantine/bad-signature-in-quorum.ts'
import { doubleVoter } from './byzantine/double-voter.ts'
import { emptyBlockSpam } from './byzantine/empty-block-spam.ts'
import { equivocatingLeader } from './byzantine/equivocating-leader.ts'
import { falseFinality } from './byzantine/false-finality.ts'
import { farFutureViews } from './byzantine/far-future-views.ts'
import { floodingMember } from './byzantine/flooding-member.ts'
import { forgedJustification } from './byzantine/forged-justification.ts'
import { garbageSync } from './byzantine/garbage-sync.ts'
import { lyingStatus } from './byzantine/lying-status.ts'
import { misleadingLeader } from './byzantine/misleading-leader.ts'
import { mutatingMember } from './byzantine/mutating-member.ts'
import { nullifyAndFinalise } from './byzantine/nullify-and-finalise.ts'
import { nullifySpam } from './byzantine/nullify-spam.ts'
import { omittingMember } from './byzantine/omitting-member.ts'
import { refusalSpam } from './byzantine/refusal-spam.ts'
import { selectiveMember } from './byzantine/selective-member.ts'
import { silentMember } from './byzantine/silent-member.ts'
import { twins } from './byzantine/twins.ts'
import { usurper } from './byzantine/usurper.ts'
import { withheldBody } from './byzantine/withheld-body.ts'
import { withheldCertificate } from './byzantine/withheld-certificate.ts'
import { wrongEpoch } from './byzantine/wrong-epoch.ts'
import { wrongHeader } from './byzantine/wrong-header.ts'
import { wrongRoot } from './byzantine/wrong-root.ts'
import { wrongTime } from './byzantine/wrong-time.ts'

/** Every way of not playing by the rules, in the order in which a liar is drawn. */
export const ADVERSARIES: readonly [Adversary, ...Adversary[]] = [
  equivocatingLeader,
  silentMember,
  misleadingLeader,
  selectiveMember,
  twins,
  doubleVoter,
  nullifyAndFinalise,
  withheldBody,
  withheldCertificate,
  forgedJustification,
  wrongRoot,
  wrongTime,
  emptyBlockSpam,
  nullifySpam,
  refusalSpam,
  farFutureViews,
  wrongEpoch,
  badSignatureInQuorum,
  garbageSync,
  lyingStatus,
  mutatingMember,
  amnesiacMember,
  omittingMember,
  wrongHeader,
  usurper,
]

/** No seed draws these: mutants of rules ask for them. */
const FITTED_ADVERSARIES: readonly Adversary[] = [falseFinality, floodingMember]

export const adversaryOf = (name: string): Adversary | undefined =>
  [...ADVERSARIES, ...FITTED_ADVERSARIES].find((adversary) => adversary.name === name)
