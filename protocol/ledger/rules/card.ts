import { cardWalletId, keyOfCard } from '../../derive.ts'
import type { PlaceId } from '../../id.ts'
import type { BatchRecord, CardRecord } from '../../state/record.ts'
import type { CardActivate, CardBlock, CardRegister } from '../../transaction/kinds/card.ts'
import { mandateFor } from '../charge.ts'
import { rightsOf } from '../rights.ts'
import {
  applied,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../rule.ts'
import type { View } from '../view.ts'
import { walletKey } from '../wallet-key.ts'

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
  const cards = (known?.cards ?? 0) + body.cards.length
  return applied({
    created: body.cards,
    writes: [
      writing('batch', batchKey, batchRecordOf(body, cards)),
      ...body.cards.map((id) => writing('card', id, blankCard(body, id))),
    ],
  })
}

/** A blank card gets its wallet, the mandate of its batch and, if secret, its key. */
export const activateCard = (view: View, body: CardActivate, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'card.activate' }, context.timeMs)
  if (!rights.ok) return rights
  const card = view.get('card', body.card)
  if (card === undefined) return refuse('card_unknown')
  if (card.state !== 'blank') return refuse('card_not_blank')
  if (card.place !== body.place) return refuse('card_origin_required')
  const keys = card.strength === 'secret' ? [keyOfCard(card.id)] : []
  if (keys.some((key) => view.get('key', key) !== undefined)) return refuse('wallet_key_taken')
  const wallet = cardWalletId(card.id)
  return applied({
    created: [wallet],
    writes: [
      writing('card', card.id, { ...card, state: 'active', wallet }),
      writing('wallet', wallet, { id: wallet, kind: 'card', keys }),
      ...keys.map((key) => writing('key', key, { key, wallet })),
      ...mandatesOf(batchOf(view, card), wallet),
    ],
  })
}

/** Stops new charges. A blank card can be blocked too: a roll of wristbands was stolen. */
export const blockCard = (view: View, body: CardBlock, context: RuleContext): Judgement => {
  const card = view.get('card', body.card)
  const refusal =
    body.place === undefined
      ? judgeHolder(card, context)
      : judgeBlockingPlace(view, { ...body, place: body.place }, context)
  if (refusal !== undefined) return refusal
  if (card === undefined) return refuse('card_unknown')
  if (card.state === 'blocked') return refuse('card_blocked')
  return applied({ writes: [writing('card', card.id, { ...card, state: 'blocked' })] })
}

function judgeHolder(card: CardRecord | undefined, { scope }: RuleContext): Refusal | undefined {
  return card === undefined || card.wallet === scope ? undefined : refuse('holder_required')
}

function judgeBlockingPlace(
  view: View,
  body: CardBlock & { readonly place: PlaceId },
  { timeMs }: RuleContext,
): Refusal | undefined {
  const rights = rightsOf(view, { ...body, action: 'card.block' }, timeMs)
  if (!rights.ok) return rights
  const card = view.get('card', body.card)
  if (card === undefined || card.state === 'blocked' || card.place === body.place) return undefined
  const isAccepted =
    card.wallet === undefined
      ? rights.place.federations.some((one) => one === batchOf(view, card).mandate.federation)
      : mandateFor(view, card.wallet, rights.place, timeMs) !== 'missing'
  return isAccepted ? undefined : refuse('card_not_accepted')
}

function isSameBatch(known: BatchRecord, { strength, mandate }: CardRegister): boolean {
  return (
    known.strength === strength &&
    known.mandate.federation === mandate.federation &&
    known.mandate.caps.charge === mandate.caps.charge &&
    known.mandate.caps.day === mandate.caps.day
  )
}

function batchRecordOf(body: CardRegister, cards: number): BatchRecord {
  const { place, batch: label, strength, mandate } = body
  return { place, label, strength, mandate, cards }
}

function blankCard({ strength, place, batch }: CardRegister, id: CardRecord['id']): CardRecord {
  return { id, strength, place, batch, state: 'blank' }
}

function batchOf(view: View, { place, batch, id }: CardRecord): BatchRecord {
  const record = view.get('batch', `${place}/${batch}`)
  if (record === undefined) throw new Error(`a card without its batch: ${id}`)
  return record
}

function mandatesOf(
  { place, mandate: { federation, caps } }: BatchRecord,
  wallet: NonNullable<CardRecord['wallet']>,
): Write<'mandate'>[] {
  const parties = federation === undefined ? [place] : [place, federation]
  return parties.map((to) => writing('mandate', walletKey(wallet, to), { wallet, to, caps }))
}
