import { randomBytes } from 'node:crypto'
import type { BatchAnswer, BatchOrder, CardDesk } from '#api/ports/card-desk.ts'
import type { Errand } from '#api/ports/desk.ts'
import { type CardId, encodeId, idBytes, type Key } from '#protocol/id.ts'
import type { BatchMandate } from '#protocol/transaction/kinds/card.ts'
import type { BodyOf, TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { CLAIM_CODE_BYTES, claimOfCode } from '#protocol/transaction/tag.ts'
import { namedCard } from './card-change.ts'
import { actingIn, type OpenDesk, orderOf, TAGS_NOT_SUPPORTED } from './desk-parts.ts'
import { TILL_BATCH_CAPS } from './limits.ts'

/**
 * Cards of one batch at once. Claim codes are made when the registration is signed and are in no answer
 * but the first: a repeated order is told which cards, and nobody can tell it the codes again.
 */
export const createCardBatches = (parts: OpenDesk): Pick<CardDesk, 'registerBatch'> => ({
  registerBatch: async (order, errand): Promise<BatchAnswer> => {
    const cards = order.cards.flatMap((name) => namedCard(parts, name) ?? [])
    if (cards.length < order.cards.length) return TAGS_NOT_SUPPORTED
    let codes: readonly Uint8Array[] = []
    const bodyWith = (claims: readonly Key[]) => bodyOf(parts, { order, cards, claims }, errand)
    const signing = {
      draft: () => {
        codes = order.claims ? cards.map(newCode) : []
        return bodyWith(codes.map(claimOfCode))
      },
      // Which claims were made before is not known here, and does not count: only how many.
      alike: () => [bodyWith(order.claims ? cards.map(standIn) : [])],
    }
    const answer = await parts.orders.place(
      orderOf(parts, errand, { id: order.id, ...signing }),
      errand,
    )
    if (answer.kind !== 'outcome') return answer
    const { id, state, replayed } = answer
    if (state.status !== 'applied' && state.status !== 'pending') {
      return { kind: 'outcome', id, state, replayed }
    }
    const told = cards.map((card, index) => {
      const claim = codes[index]
      return claim === undefined ? { card } : { card, claim }
    })
    return { kind: 'batch', settlement: { kind: 'outcome', id, state, replayed }, cards: told }
  },
})

const newCode = (): Uint8Array => new Uint8Array(randomBytes(CLAIM_CODE_BYTES))

/** Some key for a claim that is only counted. */
const standIn = (card: CardId): Key => encodeId('key', idBytes(card))

const bodyOf = (
  parts: OpenDesk,
  {
    order,
    cards,
    claims,
  }: {
    readonly order: BatchOrder
    readonly cards: readonly CardId[]
    readonly claims: readonly Key[]
  },
  { caller }: Errand,
): TransactionBody => {
  const { batch, strength } = order
  const attester = order.attester ?? parts.view().get('batch', `${caller.place}/${batch}`)?.attester
  const registration: BodyOf<'card.register'> = {
    kind: 'card.register',
    ...actingIn(caller),
    batch,
    strength,
    ...(attester && { attester }),
    mandate: mandateOf(parts, order, caller.place),
    cards: [...cards],
    ...(claims.length > 0 && { claims: [...claims] }),
  }
  if (!order.activate) return registration
  const activations = cards.map(
    (card): BodyOf<'card.activate'> => ({
      kind: 'card.activate',
      ...actingIn(caller),
      card,
    }),
  )
  return { kind: 'batch', operations: [registration, ...activations] }
}

/** What was asked for, else what the batch has, else what such cards get at a till. */
const mandateOf = (
  parts: OpenDesk,
  { batch, strength, mandate }: BatchOrder,
  place: Errand['caller']['place'],
): BatchMandate => {
  const view = parts.view()
  const known = mandate ?? view.get('batch', `${place}/${batch}`)?.mandate
  if (known !== undefined) return known
  const federation = view.get('place', place)?.federations[0]
  const caps = TILL_BATCH_CAPS[strength === 'weak' ? 'weak' : 'secret']
  return { ...(federation !== undefined && { federation }), caps }
}
