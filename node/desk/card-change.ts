import { v7 } from 'uuid'
import type { CardName, CardOrder, Errand } from '#api/ports/desk.ts'
import type { CardAnswer } from '#api/ports/outcome.ts'
import type { CardId } from '#protocol/id.ts'
import { mandateFor } from '#protocol/ledger/charge.ts'
import type { CardRecord } from '#protocol/state/record.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { cardOf } from './card-names.ts'
import { type OpenDesk, orderOf, TAGS_NOT_SUPPORTED } from './desk-parts.ts'
import type { OwnOrder } from './own-orders.ts'

/** What is asked of one card. */
export type CardErrand = Pick<OwnOrder, 'draft' | 'alike' | 'consents'> & {
  readonly card: CardId
  readonly id?: PaymentId | undefined
  /** Whether the card is as asked already. */
  readonly isDone: (card: CardRecord) => boolean
}

/** Changes one card. One that is as asked needs no transaction, unless its id was used before. */
export const createCardChange =
  (parts: OpenDesk) =>
  async (
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

/** Runs a change on the card that an order names. */
export const onNamedCard = async (
  parts: OpenDesk,
  { card: name }: Pick<CardOrder, 'card'>,
  change: (card: CardId) => Promise<CardAnswer>,
): Promise<CardAnswer> => {
  const card = namedCard(parts, name)
  return card === undefined ? TAGS_NOT_SUPPORTED : change(card)
}

/** The secret is not needed after this. */
export const namedCard = (parts: Pick<OpenDesk, 'tagKey'>, name: CardName): CardId | undefined => {
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
