import { z } from 'zod'
import { CardId, FederationId, Key } from '#protocol/id.ts'
import {
  CARDS_PER_REGISTRATION_MAX,
  CLAIMED_CARDS_PER_REGISTRATION_MAX,
  OPERATIONS_PER_BATCH_MAX,
  TRANSACTION_BYTES_MAX,
} from '#protocol/limits.ts'
import { CardStrength } from '#protocol/transaction/kinds/card.ts'
import { ChargeCaps, Label } from '#protocol/transaction/kinds/terms.ts'
import { CardSecret, Tag } from './card-name.ts'
import { OrderId } from './orders.ts'
import { AppliedView, PendingView } from './transaction.ts'

/** Registered first, then each activated, in one transaction. */
const ACTIVATED_AT_ONCE_MAX = OPERATIONS_PER_BATCH_MAX - 1

const CardNameBody = z.union(
  [
    z.strictObject({ tag: Tag }),
    z.strictObject({ secret: CardSecret }),
    z.strictObject({ card: CardId }),
  ],
  { error: 'exactly one of tag, secret, card' },
)

/** The same for the same card, unless one name of it is the tag and another the identifier. */
const nameIn = (card: z.infer<typeof CardNameBody>): string =>
  'secret' in card ? card.secret.join() : 'tag' in card ? card.tag : card.card

/** Cards of one batch: by tag or identifier weak and dynamic ones, by secret or identifier secret ones. */
export const BatchBody = z
  .strictObject({
    id: OrderId,
    batch: Label,
    strength: CardStrength,
    cards: z.array(CardNameBody).min(1).max(CARDS_PER_REGISTRATION_MAX),
    mandate: z
      .strictObject({ federation: FederationId.optional(), caps: ChargeCaps })
      .optional()
      .describe("What each may be charged. Default: the batch's own, else what a till would give"),
    attester: Key.optional().describe('Vouches for the taps of dynamic cards'),
    claims: z
      .boolean()
      .default(false)
      .describe('Makes a claim code for each card, which the first answer alone tells'),
    activate: z.boolean().default(false),
  })
  .refine(({ cards, activate }) => !activate || cards.length <= ACTIVATED_AT_ONCE_MAX, {
    error: `at most ${ACTIVATED_AT_ONCE_MAX} cards are activated at once`,
    path: ['cards'],
  })
  .refine(({ cards, claims }) => !claims || cards.length <= CLAIMED_CARDS_PER_REGISTRATION_MAX, {
    error: `at most ${CLAIMED_CARDS_PER_REGISTRATION_MAX} cards with claim codes`,
    path: ['cards'],
  })
  .refine(
    ({ cards, strength }) =>
      cards.every((card) => !(strength === 'secret' ? 'tag' in card : 'secret' in card)),
    { error: 'secret cards by their secret, others by their tag', path: ['cards'] },
  )
  .refine(({ cards }) => new Set(cards.map(nameIn)).size === cards.length, {
    error: 'a card comes twice',
    path: ['cards'],
  })
  .meta({ id: 'CardBatch' })

const RegisteredCard = z.strictObject({
  card: CardId,
  claim: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional()
    .describe('The claim code, 16 bytes in hex. Print it under the scratch field; nobody keeps it'),
})

/** The cards in the order in which they were sent. */
export const BatchAnswerView = z
  .strictObject({
    transaction: z.discriminatedUnion('status', [AppliedView, PendingView]),
    cards: z.array(RegisteredCard).readonly(),
  })
  .meta({ id: 'CardBatchAnswer' })

/** The blank card that takes over, and the claim code of the former one where it has one. */
export const ReplaceBody = z
  .strictObject({
    id: OrderId,
    with: CardNameBody,
    claim: CardSecret.optional().describe('16 bytes of the claim code, in hex or base64url'),
  })
  .meta({ id: 'CardReplacement' })

/** What the holder signed: a `card.link` of this card with the consent of its claim code. */
export const LinkBody = z
  .strictObject({
    transaction: z
      .string()
      .min(1)
      .max(TRANSACTION_BYTES_MAX)
      .describe('A signed transaction: a compact JWS'),
  })
  .meta({ id: 'CardLink' })
