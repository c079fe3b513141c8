import { z } from 'zod'
import { CardId, FederationId, Key, WalletId } from '../../id.ts'
import { CARDS_PER_REGISTRATION_MAX, CLAIMED_CARDS_PER_REGISTRATION_MAX } from '../../limits.ts'
import { actingPlace, ChargeCaps, eachOnce, grantHasPlace, Label } from './terms.ts'

/** What proves that a card was there (ledger.md §5). */
export const CardStrength = z.enum(['weak', 'secret', 'dynamic'])
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
 * Up to 500 blank cards of one batch. A secret card's id is its public key; a weak or dynamic card's is
 * its commitment HMAC-SHA-256(federation tag key, UID). A claim is the public key of the card's hidden
 * claim code, one a card in the same order; the attester vouches for the taps of dynamic cards.
 */
export const CardRegister = z
  .strictObject({
    kind: z.literal('card.register'),
    ...actingPlace,
    batch: Label,
    strength: CardStrength,
    attester: Key.optional(),
    mandate: BatchMandate,
    cards: z
      .array(CardId)
      .min(1)
      .max(CARDS_PER_REGISTRATION_MAX)
      .refine(...eachOnce),
    claims: z
      .array(Key)
      .min(1)
      .max(CLAIMED_CARDS_PER_REGISTRATION_MAX)
      .refine(...eachOnce)
      .optional(),
  })
  .refine(({ strength, attester }) => (strength === 'dynamic') === (attester !== undefined), {
    error: 'an attester for dynamic cards, and for no others',
    path: ['attester'],
  })
  .refine(({ cards, claims }) => claims === undefined || claims.length === cards.length, {
    error: 'one claim a card, or none at all',
    path: ['claims'],
  })
export type CardRegister = z.infer<typeof CardRegister>

/** Makes the wallet of a blank or void card, with its batch's mandate. By the origin place. */
export const CardActivate = z.strictObject({
  kind: z.literal('card.activate'),
  ...actingPlace,
  card: CardId,
})
export type CardActivate = z.infer<typeof CardActivate>

const byPlaceOrHolder = {
  place: actingPlace.place.optional(),
  grant: actingPlace.grant,
  card: CardId,
}

/**
 * Stops every new charge of a card, everywhere. By a place that accepts it, by its holder, or by the
 * key of its claim code.
 */
export const CardBlock = z
  .strictObject({ kind: z.literal('card.block'), ...byPlaceOrHolder })
  .refine(...grantHasPlace)
export type CardBlock = z.infer<typeof CardBlock>

/** A blocked card is again what it was. By the holder, or by its origin place while nobody linked it. */
export const CardUnblock = z
  .strictObject({ kind: z.literal('card.unblock'), ...byPlaceOrHolder })
  .refine(...grantHasPlace)
export type CardUnblock = z.infer<typeof CardUnblock>

/** All money of a card becomes a person's, whose wallet the card points at from then on. */
export const CardLink = z.strictObject({
  kind: z.literal('card.link'),
  card: CardId,
  wallet: WalletId,
})
export type CardLink = z.infer<typeof CardLink>

/** A blank card takes the place of another: the money stays where it is. */
export const CardReplace = z
  .strictObject({ kind: z.literal('card.replace'), ...byPlaceOrHolder, with: CardId })
  .refine(...grantHasPlace)
export type CardReplace = z.infer<typeof CardReplace>

/** Ends a card: an empty one by its origin place, a linked one by its holder, who keeps the money. */
export const CardVoid = z
  .strictObject({ kind: z.literal('card.void'), ...byPlaceOrHolder })
  .refine(...grantHasPlace)
export type CardVoid = z.infer<typeof CardVoid>
