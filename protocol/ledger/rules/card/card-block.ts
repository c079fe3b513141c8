import type { PlaceId } from '../../../id.ts'
import type { CardRecord } from '../../../state/record.ts'
import type { CardBlock, CardUnblock } from '../../../transaction/kinds/card.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { batchOf, isLinked, unblockedState } from '../../card.ts'
import { mandateFor } from '../../charge.ts'
import { type Rights, rightsOf } from '../../rights.ts'
import {
  applied,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  writing,
} from '../../rule.ts'
import type { View } from '../../view.ts'

/** Stops new charges. A blank card can be blocked too: a roll of wristbands was stolen. */
export const blockCard = (view: View, body: CardBlock, context: RuleContext): Judgement => {
  const card = view.get('card', body.card)
  const rights = judgeActing(view, body, context, isBlocker(card, context))
  if (rights !== undefined && !rights.ok) return rights
  if (card === undefined) return refuse('card_unknown')
  if (card.state === 'void') return refuse('card_not_active')
  if (card.state === 'blocked') return refuse('card_blocked')
  if (card.state === 'replaced') return refuse('card_replaced')
  if (rights !== undefined && !isAcceptedAt(view, card, rights, context)) {
    return refuse('card_not_accepted')
  }
  return applied({ writes: [writing('card', card.id, { ...card, state: 'blocked' })] })
}

/**
 * A blocked card is what it was before. Never by a card's own key, which whoever blocked it may fear to
 * be copied: by the person it is linked to, or by its origin while nobody linked it.
 */
export const unblockCard = (view: View, body: CardUnblock, context: RuleContext): Judgement => {
  const card = view.get('card', body.card)
  const isHolder = card === undefined || (isLinked(view, card) && card.wallet === context.scope)
  const rights = judgeActing(view, body, context, isHolder)
  if (rights !== undefined && !rights.ok) return rights
  if (card === undefined) return refuse('card_unknown')
  if (card.state !== 'blocked') return refuse('card_not_blocked')
  const code = rights && judgeOrigin(view, card, rights.place.id)
  if (code !== undefined) return refuse(code)
  const state = unblockedState(view, card)
  return applied({ writes: [writing('card', card.id, { ...card, state })] })
}

/** Who acts in no place's name must be the holder; who acts in one's needs its rights. */
function judgeActing(
  view: View,
  body: CardBlock | CardUnblock,
  { timeMs }: RuleContext,
  isHolder: boolean,
): Rights | Refusal | undefined {
  const { place, grant, kind: action } = body
  if (place !== undefined) return rightsOf(view, { place, grant, action }, timeMs)
  return isHolder ? undefined : refuse('holder_required')
}

function isBlocker(card: CardRecord | undefined, { scope, signer }: RuleContext): boolean {
  return card === undefined || card.wallet === scope || card.claim === signer
}

function isAcceptedAt(
  view: View,
  card: CardRecord,
  { place }: Rights,
  { timeMs }: RuleContext,
): boolean {
  if (card.place === place.id) return true
  if (card.wallet !== undefined) return mandateFor(view, card.wallet, place, timeMs) !== 'missing'
  const { federation } = batchOf(view, card).mandate
  return place.federations.some((one) => one === federation)
}

function judgeOrigin(view: View, card: CardRecord, place: PlaceId): RefusalCode | undefined {
  if (isLinked(view, card)) return 'card_linked'
  return card.place === place ? undefined : 'card_origin_required'
}
