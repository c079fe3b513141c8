import { FEDERATIONS_PER_PLACE_MAX, INVITATION_MS_MAX } from '../../../limits.ts'
import type { FederationAccept, FederationInvite } from '../../../transaction/kinds/federation.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { rightsOf } from '../../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import type { View } from '../../view.ts'

/** An admin lets a place join, once and for a while. */
export const invite = (view: View, body: FederationInvite, context: RuleContext): Judgement => {
  const code = judgeInvitation(view, body, context)
  if (code !== undefined) return refuse(code)
  const { federation, target: place, untilMs } = body
  const record = { federation, place, untilMs }
  return applied({ writes: [writing('invitation', `${federation}/${place}`, record)] })
}

/** The place takes the invitation, which is used up. */
export const accept = (view: View, body: FederationAccept, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'federation.accept' }, context.timeMs)
  if (!rights.ok) return rights
  const { federation } = body
  const { place } = rights
  if (view.get('federation', federation) === undefined) return refuse('federation_unknown')
  const key = `${federation}/${place.id}`
  const invitation = view.get('invitation', key)
  // One that has lapsed may still be there, for a while.
  if (invitation === undefined || context.timeMs >= invitation.untilMs) {
    return refuse('invitation_unknown')
  }
  if (place.federations.length >= FEDERATIONS_PER_PLACE_MAX) {
    return refuse('federation_limit_reached')
  }
  const federations = [...place.federations, federation]
  return applied({
    writes: [writing('place', place.id, { ...place, federations })],
    removes: [{ family: 'invitation', key }],
  })
}

function judgeInvitation(
  view: View,
  { federation, target, untilMs }: FederationInvite,
  { signer, timeMs }: RuleContext,
): RefusalCode | undefined {
  const place = view.get('place', target)
  if (place === undefined) return 'place_unknown'
  const record = view.get('federation', federation)
  if (record === undefined) return 'federation_unknown'
  if (!record.admins.includes(signer)) return 'federation_admin_required'
  if (place.federations.includes(federation)) return 'federation_joined'
  const isInTime = untilMs > timeMs && untilMs <= timeMs + INVITATION_MS_MAX
  return isInTime ? undefined : 'invitation_time_not_allowed'
}
