import { z } from 'zod'
import { CardId, FederationId } from '../../id.ts'
import { CARDS_PER_REGISTRATION_MAX } from '../../limits.ts'
import { actingPlace, ChargeCaps, eachOnce, grantHasPlace, Label } from './terms.ts'

/** What proves that a card was there (ledger.md §5). */
export const CardStrength = z.enum(['weak', 'secret'])
export type CardStrength = z.infer<typeof CardStrength>

/**
 * What a batch's cards allow once activated: charges at the origin place and, where a federation is
 * named, at its places, within caps per card, place and day.
 */
export const BatchMandate = z.strictObject({
  federation: FederationId.optional(),
  caps: ChargeCaps,
})
export type BatchMandate = z.infer<typeof BatchMandate>

/**
 * Up to 500 blank cards of one batch. A secret card's id is its public key; a weak card's is its
 * commitment HMAC-SHA-256(federation tag key, UID).
 */
export const CardRegister = z.strictObject({
  kind: z.literal('card.register'),
  ...actingPlace,
  batch: Label,
  strength: CardStrength,
  mandate: BatchMandate,
  cards: z
    .array(CardId)
    .min(1)
    .max(CARDS_PER_REGISTRATION_MAX)
    .refine(...eachOnce),
})
export type CardRegister = z.infer<typeof CardRegister>

/** Makes the wallet of a blank card, with its batch's mandate. By the origin place. */
export const CardActivate = z.strictObject({
  kind: z.literal('card.activate'),
  ...actingPlace,
  card: CardId,
})
export type CardActivate = z.infer<typeof CardActivate>

/** Stops every new charge of a card, everywhere. By a place that accepts it, or by its holder. */
export const CardBlock = z
  .strictObject({
    kind: z.literal('card.block'),
    place: actingPlace.place.optional(),
    grant: actingPlace.grant,
    card: CardId,
  })
  .refine(...grantHasPlace)
export type CardBlock = z.infer<typeof CardBlock>
