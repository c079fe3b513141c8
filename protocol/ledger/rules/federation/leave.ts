import type { AssetRecord, FederationRecord, PlaceRecord } from '../../../state/record.ts'
import type { FederationLeave } from '../../../transaction/kinds/federation.ts'
import { rightsOf } from '../../rights.ts'
import {
  applied,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../../rule.ts'
import type { View } from '../../view.ts'

/**
 * A place is in the federation no longer, and what it issues is not shared there. Who had accepted its
 * money does so no more, nor it theirs; what anybody holds stays, and goes back to its issuer.
 */
export const leaveFederation = (
  view: View,
  body: FederationLeave,
  context: RuleContext,
): Judgement => {
  const left =
    body.place === undefined ? judgeAdmin(view, body, context) : judgePlace(view, body, context)
  if ('ok' in left) return left
  const { place } = left
  const federations = without(place.federations, body.federation)
  return applied({
    writes: [
      writing('place', place.id, { ...place, federations }),
      ...place.assets.flatMap((id) => unshared(view, id, body.federation)),
    ],
  })
}

type Leaving = { readonly place: PlaceRecord }

function judgePlace(
  view: View,
  { place, grant, federation }: FederationLeave,
  { timeMs }: RuleContext,
): Leaving | Refusal {
  if (place === undefined) throw new Error('a federation left by nobody')
  const rights = rightsOf(view, { place, grant, action: 'federation.leave' }, timeMs)
  if (!rights.ok) return rights
  return rights.place.federations.includes(federation)
    ? { place: rights.place }
    : refuse('federation_unknown')
}

function judgeAdmin(
  view: View,
  { target, federation }: FederationLeave,
  { signer }: RuleContext,
): Leaving | Refusal {
  const place = target && view.get('place', target)
  if (place === undefined) return refuse('place_unknown')
  if (!place.federations.includes(federation)) return refuse('federation_unknown')
  const isAdmin = view.get('federation', federation)?.admins.includes(signer)
  return isAdmin === true ? { place } : refuse('federation_admin_required')
}

function unshared(
  view: View,
  id: AssetRecord['id'],
  federation: FederationRecord['id'],
): readonly Write[] {
  const asset = view.get('asset', id)
  if (asset?.federations?.includes(federation) !== true) return []
  const federations = without(asset.federations, federation)
  const terms = { federations: federations.length === 0 ? undefined : federations }
  return [writing('asset', id, { ...asset, ...terms })]
}

function without(
  federations: PlaceRecord['federations'],
  federation: FederationRecord['id'],
): PlaceRecord['federations'] {
  return federations.filter((one) => one !== federation)
}
