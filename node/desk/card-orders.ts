import type { Desk, Errand, RegistrationOrder } from '#api/ports/desk.ts'
import type { DeskAnswer } from '#api/ports/outcome.ts'
import type { CardId } from '#protocol/id.ts'
import type { CardRecord } from '#protocol/state/record.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { type CardErrand, createCardChange, namedCard, onNamedCard } from './card-change.ts'
import { actingIn, always, type OpenDesk, TAGS_NOT_SUPPORTED } from './desk-parts.ts'
import { TILL_BATCH_CAPS, TILL_BATCHES } from './limits.ts'

/** Orders about cards. One that is as asked needs no transaction, unless its id was used before. */
export const createCardOrders = (
  parts: OpenDesk,
): Pick<Desk, 'registerCard' | 'activateCard' | 'blockCard'> => {
  const change = createCardChange(parts)
  return {
    registerCard: async (order, errand) => {
      const named = registrationOf(parts, order, errand)
      return 'kind' in named ? named : change(named, errand)
    },
    activateCard: (order, errand) =>
      onNamedCard(parts, order, (card) =>
        change(
          {
            card,
            id: order.id,
            ...always(activationOf(errand, card)),
            isDone: ({ state }) => state === 'active',
          },
          errand,
        ),
      ),
    blockCard: (order, errand) =>
      onNamedCard(parts, order, (card) =>
        change(
          {
            card,
            id: order.id,
            ...always({ kind: 'card.block', ...actingIn(errand.caller), card }),
            isDone: ({ state }) => state === 'blocked',
          },
          errand,
        ),
      ),
  }
}

const activationOf = ({ caller }: Errand, card: CardId): BodyOf<'card.activate'> => ({
  kind: 'card.activate',
  ...actingIn(caller),
  card,
})

/** What is missing of a card that is registered and, if asked, active. */
const registrationOf = (
  parts: OpenDesk,
  { id, card: name, activate }: RegistrationOrder,
  errand: Errand,
): CardErrand | Exclude<DeskAnswer, { kind: 'outcome' }> => {
  const strength = 'secret' in name ? 'secret' : 'weak'
  const card = namedCard(parts, name)
  if (card === undefined) return TAGS_NOT_SUPPORTED
  const registration = registrationBody(parts, { card, strength }, errand)
  const activation = activationOf(errand, card)
  const isKnown = parts.view().get('card', card)?.place === errand.caller.place
  const both: BodyOf<'batch'> = { kind: 'batch', operations: [registration, activation] }
  const isDone = ({ place, state }: CardRecord): boolean =>
    place === errand.caller.place && (!activate || state === 'active' || state === 'linked')
  if (!activate) return { card, id, ...always(registration), isDone }
  // Repeated, the same order may find the card registered by its own first transaction.
  const alike = () => [both, activation]
  return { card, id, draft: () => (isKnown ? activation : both), alike, isDone }
}

/** A card that a till registers joins the place's batch for such cards, on the terms it has. */
const registrationBody = (
  parts: OpenDesk,
  { card, strength }: { readonly card: CardId; readonly strength: keyof typeof TILL_BATCHES },
  { caller }: Errand,
): BodyOf<'card.register'> => {
  const view = parts.view()
  const batch = TILL_BATCHES[strength]
  const known = view.get('batch', `${caller.place}/${batch}`)
  const federation = view.get('place', caller.place)?.federations[0]
  const mandate = known?.mandate ?? {
    ...(federation !== undefined && { federation }),
    caps: TILL_BATCH_CAPS[strength],
  }
  return { kind: 'card.register', ...actingIn(caller), batch, strength, mandate, cards: [card] }
}
