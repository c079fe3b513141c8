import type { Adversary } from './adversary.ts'
import { equivocatingLeader } from './byzantine/equivocating-leader.ts'
import { misleadingLeader } from './byzantine/misleading-leader.ts'
import { silentMember } from './byzantine/silent-member.ts'

export const ADVERSARIES: readonly [Adversary, ...Adversary[]] = [
  equivocatingLeader,
  silentMember,
  misleadingLeader,
]
