import type { MembershipSet } from '../../transaction/kinds/presence.ts'
import { bringingProblem } from '../bringing.ts'
import { extendMembership, membershipProblem } from '../membership.ts'
import { payerOf, ready } from '../payer.ts'
import { allowsAsset, rightsOf } from '../rights.ts'
import { applied, type Judgement, type RuleContext, refuse } from '../rule.ts'
import type { View } from '../view.ts'

/** A membership lasts one period longer. No money moves: its price is another line of a sale. */
export const setMembership = (view: View, body: MembershipSet, context: RuleContext): Judgement => {
  const { timeMs } = context
  const rights = rightsOf(view, { ...body, action: 'membership.set' }, timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const asset = view.get('asset', body.asset)
  const member = payerOf(view, body.to)
  const bringing = { place: rights.place, asset: body.asset, list: 'services', timeMs } as const
  const code =
    membershipProblem(view, asset, rights.place) ?? bringingProblem(view, member, bringing)
  if (code !== undefined || asset === undefined) return refuse(code ?? 'asset_unknown')
  const wallet = ready(member).wallet.id
  const extended = extendMembership(view, asset, { wallet, amount: body.amount ?? 0, timeMs })
  if ('ok' in extended) return extended
  return applied({ writes: extended.writes, facts: { untilMs: extended.untilMs } })
}
