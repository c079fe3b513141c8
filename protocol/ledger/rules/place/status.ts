import type { PlaceRecord } from '../../../state/record.ts'
import type { PlaceLeave, PlaceSuspend } from '../../../transaction/kinds/place.ts'
import { isOperator } from '../../network.ts'
import { rightsOf } from '../../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import type { View } from '../../view.ts'

/** No new business from now on: what the place owes goes back. Nothing makes it active again. */
export const leave = (view: View, body: PlaceLeave, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'place.leave' }, context.timeMs)
  if (!rights.ok) return rights
  const { place } = rights
  const left = { ...place, status: 'leaving', leftMs: context.timeMs } as const
  return applied({ writes: [writing('place', place.id, left)] })
}

/**
 * The home authority stops a place, or lets it go on as it was: active, or leaving. Once that authority
 * is none any more, any other does. Said again it changes nothing.
 */
export const suspend = (view: View, body: PlaceSuspend, { signer }: RuleContext): Judgement => {
  if (!isOperator(view, signer)) return refuse('authority_required')
  const place = view.get('place', body.target)
  if (place === undefined) return refuse('place_unknown')
  const isHome = place.authority === signer || !isOperator(view, place.authority)
  if (!isHome) return refuse('home_authority_required')
  const status = body.suspended ? 'suspended' : statusOf(place)
  if (status === place.status) return applied({})
  return applied({ writes: [writing('place', place.id, { ...place, status })] })
}

/** What a place is unless it is suspended. */
function statusOf({ leftMs }: PlaceRecord): PlaceRecord['status'] {
  return leftMs === undefined ? 'active' : 'leaving'
}
