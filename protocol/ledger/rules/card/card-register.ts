import { cardIdOfKey, cardWalletId } from '../../../derive.ts'
import type { Key } from '../../../id.ts'
import type { BatchRecord, CardRecord } from '../../../state/record.ts'
import type { CardActivate, CardRegister } from '../../../transaction/kinds/card.ts'
import { batchOf, claimsOf, ownKeysOf } from '../../card.ts'
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
  if (body.claims?.some((claim) => isTaken(view, claim, body))) return refuse('wallet_key_taken')
  const cards = (known?.cards ?? 0) + body.cards.length
  return applied({
    created: body.cards,
    writes: [
      writing('batch', batchKey, batchRecordOf(body, cards)),
      ...body.cards.map((id, index) => writing('card', id, blankCard(body, id, index))),
    ],
  })
}

/**
 * A blank card gets its wallet, the mandate of its batch and, if secret, its key; the key of its claim
 * code may sign from then on. A void card gets another wallet than it had, and no id that its key may
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
  // The key of a void card is known: it is its own.
  const fresh = [...(card.state === 'void' ? [] : keys), ...claimsOf(card)]
  if (fresh.some((key) => view.get('key', key) !== undefined)) return refuse('wallet_key_taken')
  const wallet = cardWalletId(card.id, card.generation)
  const sinceMs =
    card.state === 'void' ? context.timeMs + context.parameters.maxClockSkewMs : undefined
  return applied({
    created: [wallet],
    writes: [
      writing('card', card.id, { ...card, state: 'active', wallet }),
      writing('wallet', wallet, { id: wallet, kind: 'card', keys }),
      ...keys.map((key) => writing('key', key, { key, wallet, sinceMs })),
      ...claimsOf(card).map((key) => writing('key', key, { key })),
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

/** A claim is a key of its own: of nobody, and of no card, whose key would be its own claim. */
function isTaken(view: View, claim: Key, { cards }: CardRegister): boolean {
  const card = cardIdOfKey(claim)
  return (
    view.get('key', claim) !== undefined ||
    view.get('card', card) !== undefined ||
    cards.includes(card)
  )
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
