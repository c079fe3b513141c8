import { authoritySetOf, quorumOf } from '../../chain/authority-set.ts'
import type { AuthoritiesRecord } from '../../state/record.ts'
import { termsOfChange } from '../../transaction/change-terms.ts'
import type { AuthorityChange, AuthorityMember } from '../../transaction/kinds/authority.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { authoritiesOf, networkOf } from '../network.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../rule.ts'
import { judgeThreshold } from '../threshold.ts'
import type { View } from '../view.ts'

/**
 * A quorum of the present operators names who votes next. The block that holds this seals the epoch:
 * the change waits in the record until the first block of the next one begins.
 */
export const changeAuthorities = (
  view: View,
  body: AuthorityChange,
  context: RuleContext,
): Judgement => {
  const code =
    judgeOperators(view, body, context) ?? judgeChange(view, body) ?? judgeReadiness(view, body)
  if (code !== undefined) return refuse(code)
  const authorities = authoritiesOf(view)
  const change = {
    members: inSetOrder(body.members),
    version: body.version ?? networkOf(view).ver,
  }
  return applied({
    writes: [writing('authorities', 'authorities', { ...authorities, change })],
  })
}

function judgeOperators(
  view: View,
  body: AuthorityChange,
  context: RuleContext,
): RefusalCode | undefined {
  const terms = termsOfChange(body)
  return judgeThreshold(
    view,
    context,
    (agree) =>
      agree.kind === 'authority.change' && agree.epoch === body.epoch && agree.terms === terms,
  )
}

function judgeChange(view: View, { epoch, members, version }: AuthorityChange) {
  const authorities = authoritiesOf(view)
  if (authorities.change !== undefined) return 'change_in_flight'
  if (epoch !== authorities.epoch + 1) return 'epoch_mismatch'
  if (members.some(({ consensusKey }) => isReused(view, consensusKey)))
    return 'consensus_key_reused'
  return version === undefined || version === networkOf(view).ver + 1
    ? undefined
    : 'version_not_next'
}

/**
 * A key that signs transactions, or is known to, signs no votes. What a place wrote on a card shows
 * nothing of the kind: any place could keep any authority out.
 */
function isReused(view: View, key: AuthorityMember['consensusKey']): boolean {
  const known = view.get('key', key)
  return known !== undefined && known.card === undefined
}

/** Every new member and a quorum of the new set are up, and know the rules that will hold. */
function judgeReadiness(view: View, body: AuthorityChange): RefusalCode | undefined {
  const present = authoritiesOf(view)
  const ready = new Map(body.ready.map((each) => [each.consensusKey, each.version]))
  const added = body.members.filter((member) => !isMemberOf(present, member))
  if (added.some(({ consensusKey }) => !ready.has(consensusKey))) return 'ready_missing'
  const quorum = quorumOf(body.members.length)
  if (ready.size < quorum) return 'ready_missing'
  const version = body.version ?? networkOf(view).ver
  const knows = (key: AuthorityMember['consensusKey']): boolean => (ready.get(key) ?? 0) >= version
  if (added.some(({ consensusKey }) => !knows(consensusKey))) return 'version_not_ready'
  const knowing = [...ready.keys()].filter(knows).length
  return knowing < quorum ? 'version_not_ready' : undefined
}

/** Any of its three keys makes a member another one. */
function isMemberOf({ members }: AuthoritiesRecord, member: AuthorityMember): boolean {
  return members.some(
    ({ consensusKey, operatorKey, peerId }) =>
      consensusKey === member.consensusKey &&
      operatorKey === member.operatorKey &&
      peerId === member.peerId,
  )
}

function inSetOrder(members: readonly AuthorityMember[]): AuthorityMember[] {
  return authoritySetOf(members).members.flatMap(({ consensusKey }) =>
    members.filter((member) => member.consensusKey === consensusKey),
  )
}
