import type { Errand } from '#api/ports/desk.ts'
import type { BadgeOrder, MembershipOrder, ServiceDesk } from '#api/ports/service-desk.ts'
import { units } from '#protocol/amount.ts'
import type { AssetId } from '#protocol/id.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { actingIn, type OpenDesk, orderOf, TAGS_NOT_SUPPORTED } from './desk-parts.ts'
import { forgetting, oneOf, secretsOf } from './payers.ts'
import { inAsset } from './usual-asset.ts'

/** Memberships, and who comes and goes. */
export const createServiceOrders = (parts: OpenDesk): ServiceDesk => ({
  setMembership: (order, errand) =>
    forgetting(secretsOf([order.to]), () => setMembership(parts, order, errand)),
  badge: (order, errand) => forgetting(secretsOf([order.who]), () => badge(parts, order, errand)),
})

const setMembership = async (
  parts: OpenDesk,
  { id, to: name, asset: named, amount }: MembershipOrder,
  errand: Errand,
) => {
  const to = oneOf(parts, name)?.payer
  if (to === undefined) return TAGS_NOT_SUPPORTED
  const bodyIn = (asset: AssetId): BodyOf<'membership.set'> => ({
    kind: 'membership.set',
    ...actingIn(errand.caller),
    asset,
    to,
    ...(amount !== undefined && { amount: units(amount) }),
  })
  const { place } = errand.caller
  const signing = inAsset(parts, { named, category: 'membership', place }, bodyIn)
  return parts.orders.place(orderOf(parts, errand, { id, ...signing }), errand)
}

const badge = async (
  parts: OpenDesk,
  { id, who: name, asset: named, direction }: BadgeOrder,
  errand: Errand,
) => {
  const who = oneOf(parts, name)?.payer
  if (who === undefined) return TAGS_NOT_SUPPORTED
  const bodyIn = (asset: AssetId): BodyOf<'badge'> => ({
    kind: 'badge',
    ...actingIn(errand.caller),
    asset,
    who,
    direction,
  })
  const { place } = errand.caller
  const signing = inAsset(parts, { named, category: 'badge', place }, bodyIn)
  return parts.orders.place(orderOf(parts, errand, { id, ...signing }), errand)
}
