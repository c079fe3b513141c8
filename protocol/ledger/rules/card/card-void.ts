import type { CardRecord, WalletRecord } from '../../../state/record.ts'
import type { CardVoid } from '../../../transaction/kinds/card.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { isLinked, retiredKeys, walletOfCard } from '../../card.ts'
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

/**
 * Ends a card. Its origin can activate it again: with another wallet, so that nothing of the former
 * holder, no history and no refund, reaches the next one. The claim code ends too: the former holder
 * knows it. A linked card is voided by its holder alone, who keeps the money.
 */
export const voidCard = (view: View, body: CardVoid, context: RuleContext): Judgement => {
  const card = view.get('card', body.card)
  const { place } = body
  if (place === undefined) return voidByHolder(view, card, context)
  const rights = rightsOf(view, { ...body, place, action: 'card.void' }, context.timeMs)
  if (!rights.ok) return rights
  const code =
    judgeState(card) ??
    (isLinked(view, card) ? 'card_linked' : undefined) ??
    (card?.place === place ? undefined : 'card_origin_required')
  if (code !== undefined || card === undefined) return refuse(code ?? 'card_unknown')
  const wallet = walletOfCard(view, card)
  if (wallet === undefined) throw new Error(`a card without its wallet: ${card.id}`)
  if (!isEmpty(view, wallet)) return refuse('card_not_empty')
  return applied({
    writes: [
      ended(card),
      ...retiredKeys(card),
      writing('wallet', wallet.id, { ...wallet, keys: [], closed: true }),
    ],
  })
}

function voidByHolder(view: View, card: CardRecord | undefined, { scope }: RuleContext): Judgement {
  if (card === undefined) return refuse('card_unknown')
  if (!isLinked(view, card) || card.wallet !== scope) return refuse('holder_required')
  return applied({ writes: [ended(card)] })
}

function judgeState(card: CardRecord | undefined): RefusalCode | undefined {
  if (card === undefined) return 'card_unknown'
  if (card.state === 'replaced') return 'card_replaced'
  return card.wallet === undefined ? 'card_not_active' : undefined
}

function isEmpty(view: View, { id, assets = [], holds = [] }: WalletRecord): boolean {
  if (holds.length > 0) return false
  return assets.every((asset) => {
    const balance = view.get('balance', walletKey(id, asset))
    return balance === undefined || balance.available + balance.held === 0
  })
}

function ended({ wallet: _, claim: __, ...card }: CardRecord): Write<'card'> {
  const generation = (card.generation ?? 0) + 1
  return writing('card', card.id, { ...card, state: 'void', generation })
}
