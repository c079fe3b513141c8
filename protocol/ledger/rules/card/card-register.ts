import { cardIdOfKey, cardWalletId, keyOfCard } from '../../../derive.ts'
import type { CardId, Key } from '../../../id.ts'
import type { BatchRecord, CardRecord } from '../../../state/record.ts'
import type { CardActivate, CardRegister } from '../../../transaction/kinds/card.ts'
import { batchOf, claimsOf, isTakenFrom, ownKeysOf } from '../../card.ts'
import { consensusKeysOf } from '../../network.ts'
import { rightsOf } from '../../rights.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../../rule.ts'
import type { View } from '../../view.ts'
import { walletKey } from '../../wallet-key.ts'

/** Blank cards of one batch: one record a tag, one strength and one mandate a batch. */
export const registerCards = (view: View, body: CardRegister, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'card.register' }, context.timeMs)
  if (!rights.ok) return rights
  const { federation } = body.mandate
  if (federation !== undefined && !rights.place.federations.includes(federation)) {
    return refuse('federation_unknown')
  }
  if (body.cards.some((id) => view.get('card', id) !== undefined)) return refuse('card_exists')
  const batchKey = `${body.place}/${body.batch}`
  const known = view.get('batch', batchKey)
  if (known !== undefined && !isSameBatch(known, body)) return refuse('batch_mismatch')
  if (hasTakenKeys(view, body)) return refuse('wallet_key_taken')
  const cards = (known?.cards ?? 0) + body.cards.length
  return applied({
    created: body.cards,
    writes: [
      writing('batch', batchKey, batchRecordOf(body, cards)),
      ...body.cards.flatMap((id, index) => recordsOf(blankCard(body, id, index))),
    ],
  })
}

/**
 * A blank card gets its wallet, the mandate of its batch and, if secret, its key. A void card gets another wallet than it had, and no id that its key may
 * have used for the former one is the new one's.
 */
export const activateCard = (view: View, body: CardActivate, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'card.activate' }, context.timeMs)
  if (!rights.ok) return rights
  const card = view.get('card', body.card)
  if (card === undefined) return refuse('card_unknown')
  if (card.state !== 'blank' && card.state !== 'void') return refuse('card_not_blank')
  if (card.place !== body.place) return refuse('card_origin_required')
  const keys = ownKeysOf(card)
  if ([...keys, ...claimsOf(card)].some((key) => isTakenFrom(view, card, key))) {
    return refuse('wallet_key_taken')
  }
  const wallet = cardWalletId(card.id, card.generation)
  const sinceMs =
    card.state === 'void' ? context.timeMs + context.parameters.maxClockSkewMs : undefined
  return applied({
    created: [wallet],
    writes: [
      writing('card', card.id, { ...card, state: 'active', wallet }),
      writing('wallet', wallet, { id: wallet, kind: 'card', keys }),
      ...keys.map((key) => writing('key', key, { key, wallet, sinceMs, card: card.id })),
      ...mandatesOf(batchOf(view, card), wallet),
    ],
  })
}

function isSameBatch(known: BatchRecord, { strength, attester, mandate }: CardRegister): boolean {
  return (
    known.strength === strength &&
    known.attester === attester &&
    known.mandate.federation === mandate.federation &&
    known.mandate.caps.charge === mandate.caps.charge &&
    known.mandate.caps.day === mandate.caps.day
  )
}

/**
 * A place only says whose bytes these are. So no card has the key of another's claim, which whoever
 * registered it first would deny to the card that is printed, and nothing has a key that signs votes.
 */
function hasTakenKeys(view: View, body: CardRegister): boolean {
  const votes = consensusKeysOf(view)
  const isTakenId = (id: CardId): boolean => {
    const key = keyOfCard(id)
    return votes.has(key) || view.get('key', key)?.card !== undefined
  }
  const isTakenClaim = (claim: Key): boolean => votes.has(claim) || isTaken(view, claim, body)
  return body.cards.some(isTakenId) || body.claims?.some(isTakenClaim) === true
}

/** A claim is a key of its own: of nobody, and of no card, whose key would be its own claim. */
function isTaken(view: View, claim: Key, { cards }: CardRegister): boolean {
  const card = cardIdOfKey(claim)
  return (
    view.get('key', claim) !== undefined ||
    view.get('card', card) !== undefined ||
    cards.includes(card)
  )
}

/** A card and its claim code's key, which is nobody else's from now on. */
function recordsOf(card: CardRecord): readonly Write[] {
  return [
    writing('card', card.id, card),
    ...claimsOf(card).map((key) => writing('key', key, { key, card: card.id })),
  ]
}

function batchRecordOf(body: CardRegister, cards: number): BatchRecord {
  const { place, batch: label, strength, mandate, attester } = body
  return { place, label, strength, mandate, cards, attester }
}

function blankCard(
  { strength, place, batch, claims }: CardRegister,
  id: CardRecord['id'],
  index: number,
): CardRecord {
  return { id, strength, place, batch, state: 'blank', claim: claims?.[index] }
}

function mandatesOf(
  { place, mandate: { federation, caps } }: BatchRecord,
  wallet: NonNullable<CardRecord['wallet']>,
): Write<'mandate'>[] {
  const parties = federation === undefined ? [place] : [place, federation]
  return parties.map((to) => writing('mandate', walletKey(wallet, to), { wallet, to, caps }))
}
