import { z } from 'zod'
import { Hash } from '#protocol/hash.ts'
import { AssetId, CardId, WalletId } from '#protocol/id.ts'
import { DEBIT_ASSETS_MAX, PAYERS_MAX, TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import {
  linesNotPaidWith,
  linesWithinAmount,
  SaleLines,
} from '#protocol/transaction/kinds/sale-line.ts'
import { Scale, Unit } from '#protocol/transaction/kinds/terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { MINTER_CONSENTS_MAX } from '../limits.ts'
import { CardSecret, Tag } from './card-name.ts'
import { NOT_ONE_RECEIVER, onlyOne, receiverNames, receiverOf } from './receiver.ts'

/** Made by the client before it first sends; the same on every retry. */
export const OrderId = PaymentId.optional().meta({
  description: 'UUIDv7 made by the client before it first sends. May come as Idempotency-Key.',
  example: '0199e6a0-2b7c-7c4e-9d15-5f0c8a1b2c3d',
})

export const Amount = z.int().min(1).meta({ description: 'Smallest units', example: 650 })

export const Consent = z
  .string()
  .regex(/^[\w-]+\.[\w-]+\.[\w-]+$/, { error: 'a compact JWS' })
  .max(TRANSACTION_BYTES_MAX)

const Tap = Consent.optional().describe('Of a dynamic card: what its attester signed for this tap')

/** A second minter's, where an asset asks for one: at most as many as one sale tops up assets. */
const MinterConsents = z
  .array(Consent)
  .min(1)
  .max(MINTER_CONSENTS_MAX)
  .optional()
  .describe('Consents of second minters to this payment id')

export const PayerBody = z.union(
  [
    z.strictObject({ tag: Tag, tap: Tap }),
    z.strictObject({ secret: CardSecret }),
    z.strictObject({ card: CardId, tap: Tap }),
    z.strictObject({
      wallet: WalletId,
      consent: Consent.describe("The holder's consent to this payment id: a compact JWS"),
    }),
  ],
  { error: 'exactly one of tag, secret, card, or wallet with consent' },
)

/** A payment to take: payers in order, assets in order, all or nothing. */
export const PaymentBody = z
  .strictObject({
    id: OrderId,
    payers: z.array(PayerBody).min(1).max(PAYERS_MAX),
    amount: Amount,
    unit: Unit.default('EUR'),
    scale: Scale.default(2),
    assets: z
      .array(AssetId)
      .min(1)
      .max(DEBIT_ASSETS_MAX)
      .optional()
      .describe("Assets to take, in this order; default: the place's order of debit"),
    lines: SaleLines.optional().describe(
      'What of the amount is a membership, a top-up, a deposit or a tip; the rest is goods',
    ),
    memo: Hash.optional().describe('SHA-256 of what was sold, which the venue keeps'),
    consents: MinterConsents,
  })
  .refine(...linesWithinAmount)
  .refine(...linesNotPaidWith)
  .meta({ id: 'Payment' })

/** How much of the payment to give back; everything that is left when no amount is said. */
export const RefundBody = z
  .strictObject({ id: OrderId, amount: Amount.optional() })
  .meta({ id: 'Refund' })

/**
 * Money taken at the desk in cash or on a card terminal, issued in the place's local money; or a present,
 * issued in its gift money. Exactly one receiver; becomes `to`.
 */
export const TopUpBody = z
  .strictObject({
    id: OrderId,
    ...receiverNames,
    amount: Amount,
    means: z
      .enum(['cash', 'terminal', 'gift'])
      .default('cash')
      .describe('What it was given for. The ledger keeps the asset alone'),
    asset: AssetId.optional().describe(
      "Default: the place's only local asset, or its only gift one",
    ),
    consents: MinterConsents,
  })
  .transform(({ id, amount, asset, means, consents, ...names }, context) => {
    const to = receiverOf(names)
    if (to !== undefined) return { id, amount, asset, isGift: means === 'gift', consents, to }
    context.addIssue({ code: 'custom', message: NOT_ONE_RECEIVER })
    return z.NEVER
  })
  .meta({ id: 'TopUp' })

/** A card to register, and to activate in the same transaction. By tag or by secret; becomes `card`. */
export const CardBody = z
  .strictObject({
    id: OrderId,
    tag: Tag.optional(),
    secret: CardSecret.optional(),
    activate: z.boolean().default(false),
  })
  .transform(({ id, activate, tag, secret }, context) => {
    const card = onlyOne([tag && { tag }, secret && { secret }])
    if (card !== undefined) return { id, activate, card }
    context.addIssue({ code: 'custom', message: 'exactly one of tag, secret' })
    return z.NEVER
  })
  .meta({ id: 'CardRegistration' })

/** Cash given for card money. A `secret` card shows its secret, which signs the consent. */
export const CashoutBody = z
  .strictObject({
    id: OrderId,
    secret: CardSecret.optional(),
    amount: Amount,
    asset: AssetId.optional().describe("Default: the place's only local asset"),
  })
  .meta({ id: 'Cashout' })

/** Nothing but, if wanted, the id of the transaction. */
export const CardActionBody = z
  .strictObject({ id: OrderId })
  .nullish()
  .meta({ examples: [{ id: '0199e6a0-2b7c-7c4e-9d15-5f0c8a1b2c3d' }] })
