import { z } from 'zod'
import type { CardId } from '#protocol/id.ts'
import { CARDS_PER_REGISTRATION_MAX, OPERATIONS_PER_BATCH_MAX } from '#protocol/limits.ts'
import type { PlaceRecord } from '#protocol/state/record.ts'
import { CardStrength } from '#protocol/transaction/kinds/card.ts'
import { ChargeCaps, Label } from '#protocol/transaction/kinds/terms.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { CardName, cardOfName } from '../card-of-name.ts'
import { type CommandFailure, defineCommand, done, failure } from '../command.ts'
import type { NodeOperations } from '../operations.ts'
import { ownPlace } from '../own-place.ts'
import { settle } from '../settle.ts'

/** Cards that one transaction can register and activate too. */
const ACTIVATED_AT_ONCE_MAX = OPERATIONS_PER_BATCH_MAX - 1

const Registration = z
  .strictObject({
    cards: z.array(CardName).min(1).max(CARDS_PER_REGISTRATION_MAX),
    batch: Label,
    /** Dynamic cards want an attester, which no command of this node has yet. */
    strength: CardStrength.exclude(['dynamic']),
    caps: ChargeCaps,
    /** The places of the federation may charge these cards too. */
    federation: z.boolean(),
    activate: z.boolean(),
    id: PaymentId.optional(),
  })
  .refine(({ cards, activate }) => !activate || cards.length <= ACTIVATED_AT_ONCE_MAX, {
    error: `at most ${ACTIVATED_AT_ONCE_MAX} cards are activated at once`,
    path: ['cards'],
  })

/** Cards of one batch, registered and, if asked, activated, all or nothing. */
export const registerCards = defineCommand(Registration, async (order, operations) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const cards = cardsOf(order.cards, operations)
  if (!Array.isArray(cards)) return cards
  const registration = registrationOf(order, own.place, cards)
  if ('ok' in registration) return registration
  const settled = await settle(operations, {
    id: order.id,
    as: 'place',
    body: order.activate ? withActivation(registration) : registration,
  })
  if (!settled.ok) return settled
  return done({ cards, batch: order.batch, id: settled.id, height: settled.event.height })
})

const OneCard = z.strictObject({ card: CardName, id: PaymentId.optional() })

/** Makes the wallet of a blank card. */
export const activateCard = defineCommand(
  OneCard,
  async (order, operations) => await changeCard('card.activate', order, operations),
)

/** Stops every new charge of a card, everywhere. */
export const blockCard = defineCommand(
  OneCard,
  async (order, operations) => await changeCard('card.block', order, operations),
)

/** A card, and what its wallet holds. */
export const showCard = defineCommand(
  z.strictObject({ card: CardName }),
  async ({ card: name }, operations) => {
    const named = cardOfName(name, operations.secrets)
    if (!named.ok) return named
    const record = operations.view().get('card', named.card)
    if (record === undefined) {
      const todo = 'register it: kermesse card register'
      return failure('failed', 'card_unknown', 'the ledger does not know this card', todo)
    }
    const { strength, state, batch, place, wallet } = record
    const balances = [...operations.records('balance')]
      .filter((balance) => balance.wallet === wallet)
      .map(({ asset, available, held }) => ({ asset, available, held }))
    return done({ card: named.card, strength, state, batch, place, wallet, balances })
  },
)

const changeCard = async (
  kind: 'card.activate' | 'card.block',
  { card: name, id }: z.infer<typeof OneCard>,
  operations: NodeOperations,
) => {
  const own = ownPlace(operations)
  if (!own.ok) return own
  const named = cardOfName(name, operations.secrets)
  if (!named.ok) return named
  const { card } = named
  const settled = await settle(operations, {
    id,
    as: 'place',
    body: { kind, place: own.place.id, card },
  })
  if (!settled.ok) return settled
  return done({ card, id: settled.id, height: settled.event.height })
}

const cardsOf = (
  names: readonly CardName[],
  { secrets }: NodeOperations,
): CardId[] | CommandFailure => {
  const cards: CardId[] = []
  for (const name of names) {
    const named = cardOfName(name, secrets)
    if (!named.ok) return named
    cards.push(named.card)
  }
  return cards
}

const registrationOf = (
  { batch, strength, caps, federation }: z.infer<typeof Registration>,
  place: PlaceRecord,
  cards: CardId[],
): BodyOf<'card.register'> | CommandFailure => {
  const [federationId] = place.federations
  if (federation && federationId === undefined) {
    return failure('failed', 'federation_unknown', 'this place is in no federation')
  }
  const isFederated = federation && federationId !== undefined
  const mandate = isFederated ? { federation: federationId, caps } : { caps }
  return { kind: 'card.register', place: place.id, batch, strength, mandate, cards }
}

const withActivation = (registration: BodyOf<'card.register'>): BodyOf<'batch'> => ({
  kind: 'batch',
  operations: [
    registration,
    ...registration.cards.map((card) => ({
      kind: 'card.activate' as const,
      place: registration.place,
      card,
    })),
  ],
})
