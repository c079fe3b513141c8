import { v7 } from 'uuid'
import type { CardName, CardOrder, Desk, Errand, RegistrationOrder } from '#api/ports/desk.ts'
import type { CardAnswer, DeskAnswer } from '#api/ports/outcome.ts'
import type { CardId } from '#protocol/id.ts'
import { mandateFor } from '#protocol/ledger/charge.ts'
import type { CardRecord } from '#protocol/state/record.ts'
import type { BodyOf } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { cardOf } from './card-names.ts'
import { actingIn, always, type OpenDesk, orderOf, TAGS_NOT_SUPPORTED } from './desk-parts.ts'
import { TILL_BATCH_CAPS, TILL_BATCHES } from './limits.ts'
import type { OwnOrder } from './own-orders.ts'

/** What is asked of one card. */
type CardErrand = Pick<OwnOrder, 'draft' | 'alike'> & {
  readonly card: CardId
  readonly id?: PaymentId | undefined
  /** Whether the card is as asked already. */
  readonly isDone: (card: CardRecord) => boolean
}

/** Orders about cards. One that is as asked needs no transaction, unless its id was used before. */
export const createCardOrders = (
  parts: OpenDesk,
): Pick<Desk, 'registerCard' | 'activateCard' | 'blockCard'> => {
  const change = async (
    { card, id: named, isDone, ...signing }: CardErrand,
    errand: Errand,
  ): Promise<CardAnswer> => {
    const { place } = errand.caller
    const doneAlready = (): CardAnswer | undefined => {
      const record = parts.view().get('card', card)
      return record && isReadable(parts, record, errand) && isDone(record)
        ? { kind: 'card', card: record, replayed: true }
        : undefined
    }
    const isNew = named === undefined || parts.outcomes.useOf(place, named) === undefined
    const before = isNew ? doneAlready() : undefined
    if (before !== undefined) return before
    const id = named ?? PaymentId.parse(v7({ msecs: parts.clock.wallMs() }))
    const answer = await parts.orders.place(orderOf(parts, errand, { id, ...signing }), errand)
    if (answer.kind !== 'outcome') return answer
    const { state, replayed } = answer
    if (state.status === 'applied') {
      return { kind: 'card', card: recordOf(parts, card), applied: { id, ...state }, replayed }
    }
    // Without an id of its own, another request may have done the same meanwhile.
    const meanwhile = named === undefined && state.status === 'refused' ? doneAlready() : undefined
    return meanwhile ?? { kind: 'outcome', id, state, replayed }
  }

  return {
    registerCard: async (order, errand) => {
      const named = registrationOf(parts, order, errand)
      return 'kind' in named ? named : change(named, errand)
    },
    activateCard: (order, errand) =>
      changeOne(parts, order, (card) =>
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
      changeOne(parts, order, (card) =>
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

const changeOne = async (
  parts: OpenDesk,
  { card: name }: CardOrder,
  change: (card: CardId) => Promise<CardAnswer>,
): Promise<CardAnswer> => {
  const card = namedCard(parts, name)
  return card === undefined ? TAGS_NOT_SUPPORTED : change(card)
}

/** The secret is not needed after this. */
const namedCard = (parts: OpenDesk, name: CardName): CardId | undefined => {
  const card = cardOf(name, parts.tagKey())
  if ('secret' in name) name.secret.fill(0)
  return card
}

const recordOf = (parts: OpenDesk, id: CardId): CardRecord => {
  const card = parts.view().get('card', id)
  if (card === undefined) throw new Error(`a card that a block has changed is not there: ${id}`)
  return card
}

/** A card of the caller's place, or one that lets it charge. */
const isReadable = (parts: OpenDesk, card: CardRecord, { caller }: Errand): boolean => {
  if (card.place === caller.place) return true
  const view = parts.view()
  const place = view.get('place', caller.place)
  if (place === undefined || card.wallet === undefined) return false
  return typeof mandateFor(view, card.wallet, place, parts.head().timeMs) === 'object'
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
