import type { PlaceUpdate } from '../../../transaction/kinds/place.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { acceptanceProblem } from '../../acceptance.ts'
import { earliestOf } from '../../payer.ts'
import { rightsOf } from '../../rights.ts'
import { applied, type Judgement, type RuleContext, refuse, writing } from '../../rule.ts'
import type { View } from '../../view.ts'
import { debitOrderOf } from './debit-order.ts'

/** The place says anew what its registration said of it: what is left out holds no longer. */
export const updatePlace = (view: View, body: PlaceUpdate, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'place.update' }, context.timeMs)
  if (!rights.ok) return rights
  const { place } = rights
  const code = earliestOf(body.accepts, (asset): RefusalCode | undefined =>
    // Its own need no naming: named, they would count twice in a sale.
    place.assets.includes(asset)
      ? 'asset_not_accepted'
      : acceptanceProblem(view, asset, place.federations),
  )
  if (code !== undefined) return refuse(code)
  const { name, nodes, accepts, payoutReference } = body
  const terms = { name, nodes, accepts, debitOrder: debitOrderOf(body), payoutReference }
  return applied({ writes: [writing('place', place.id, { ...place, ...terms })] })
}
