import { z } from 'zod'
import { Amount } from '#protocol/amount.ts'
import { AssetId, type CardId, type PlaceId } from '#protocol/id.ts'
import { DEBIT_ASSETS_MAX, PAYERS_MAX } from '#protocol/limits.ts'
import { cardKeyOf } from '#protocol/transaction/card-key.ts'
import { Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { signerOfSeed } from '../../keys/key-of-seed.ts'
import { CardName, cardOfName } from '../card-of-name.ts'
import { type CommandFailure, defineCommand, done } from '../command.ts'
import type { NodeOperations } from '../operations.ts'
import { ownPlace } from '../own-place.ts'
import { commandExpiryMs, newPaymentId, settle } from '../settle.ts'

const PayOrder = z.strictObject({
  id: PaymentId.optional(),
  payers: z.array(CardName).min(1).max(PAYERS_MAX),
  amount: Amount,
  unit: Unit,
  scale: Scale,
  assets: z.array(AssetId).min(1).max(DEBIT_ASSETS_MAX).optional(),
})
type PayOrder = z.infer<typeof PayOrder>

/** A payment to the node's own place, signed by the place key. A card's secret signs its consent. */
export const pay = defineCommand(PayOrder, async (order, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const id = order.id ?? newPaymentId()
  const payers: { card: CardId }[] = []
  const consents: string[] = []
  for (const name of order.payers) {
    const named: { ok: true; card: CardId } | CommandFailure = cardOfName(name, operations.secrets)
    if (!named.ok) return named
    payers.push({ card: named.card })
    consents.push(...consentsOf(name, { id, place: own.place.id, order, operations }))
  }
  const { amount, unit, scale, assets } = order
  const terms = { amount, unit, scale, ...(assets === undefined ? {} : { assets }) }
  const settled = await settle(operations, {
    id,
    as: 'place',
    body: { kind: 'sale', place: own.place.id, payers, ...terms },
    consents,
  })
  if (!settled.ok) return settled
  const legs = (settled.event.legs ?? []).map(({ card, asset, amount: taken }) => ({
    card,
    asset,
    amount: taken,
  }))
  return done({ payment: id, amount, legs, height: settled.event.height })
})

/** The consent of a card whose secret is here; a tag or an identifier alone consents to nothing. */
const consentsOf = (
  name: CardName,
  context: {
    readonly id: PaymentId
    readonly place: PlaceId
    readonly order: PayOrder
    readonly operations: NodeOperations
  },
): readonly string[] => {
  if (!('secret' in name)) return []
  const { id, place, order, operations } = context
  return [
    signConsent({
      networkId: operations.networkId,
      ...signerOfSeed(cardKeyOf(name.secret)),
      exp: Math.floor(commandExpiryMs(id) / 1000),
      jti: id,
      agree: { kind: 'sale', place, unit: order.unit, scale: order.scale, max: order.amount },
    }),
  ]
}
