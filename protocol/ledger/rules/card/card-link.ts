import type { WalletId } from '../../../id.ts'
import { OPEN_HOLDS_PER_WALLET_MAX } from '../../../limits.ts'
import type { CardRecord, WalletRecord } from '../../../state/record.ts'
import type { CardLink } from '../../../transaction/kinds/card.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import { retiredKeys, walletOfCard } from '../../card.ts'
import { freezeOf } from '../../payer.ts'
import {
  applied,
  type Flow,
  type Judgement,
  type RuleContext,
  refuse,
  type Write,
  writing,
} from '../../rule.ts'
import { moveServices } from '../../services.ts'
import type { View } from '../../view.ts'
import { walletKey } from '../../wallet-key.ts'
import { judgeClaim } from './card-claim.ts'

/**
 * A card's money becomes a person's, all of it at once: what can be spent, what is held, archived
 * assets too, and memberships and presence. Who has the claim code agrees; no place can do it. The card goes on reaching the money,
 * now within what the person mandates, and its own key has no power over any wallet.
 */
export const linkCard = (view: View, body: CardLink, context: RuleContext): Judgement => {
  if (context.scope !== body.wallet) return refuse('holder_required')
  const card = view.get('card', body.card)
  const source = walletOfCard(view, card)
  const target = view.get('wallet', body.wallet)
  const code =
    judgeClaim(card, context, (agree) => agreesTo(agree, body)) ??
    judgeCard(card) ??
    judgeWallets(source, target, context)
  if (code !== undefined) return refuse(code)
  if (card === undefined || source === undefined || target === undefined) {
    throw new Error(`a link without its ends: ${body.card}`)
  }
  const services = moveServices(view, source, { to: target.id, timeMs: context.timeMs })
  return applied({
    flows: flowsOf(view, source, target.id),
    removes: services.removes,
    writes: [
      writing('card', card.id, { ...card, state: 'linked', wallet: target.id }),
      ...retiredKeys(card),
      ...handOver(view, source, target),
      ...services.writes,
    ],
  })
}

function agreesTo(
  agree: Parameters<Parameters<typeof judgeClaim>[2]>[0],
  { card, wallet }: CardLink,
): boolean {
  return agree.kind === 'card.link' && agree.card === card && agree.wallet === wallet
}

function judgeCard(card: CardRecord | undefined): RefusalCode | undefined {
  switch (card?.state) {
    case undefined:
      return 'card_unknown'
    case 'blank':
    case 'void':
      return 'card_not_active'
    case 'blocked':
      return 'card_blocked'
    case 'replaced':
      return 'card_replaced'
    case 'linked':
      return 'card_linked'
    case 'active':
      if (card?.strength === 'weak') return 'card_strength_not_allowed'
      return card?.claim === undefined ? 'claim_missing' : undefined
  }
}

function judgeWallets(
  source: WalletRecord | undefined,
  target: WalletRecord | undefined,
  { timeMs }: RuleContext,
): RefusalCode | undefined {
  if (target?.kind !== 'person') return 'wallet_kind_not_allowed'
  const frozen = freezeOf(source, timeMs)
  if (frozen !== undefined) return frozen
  const holds = (source?.holds?.length ?? 0) + (target.holds?.length ?? 0)
  return holds > OPEN_HOLDS_PER_WALLET_MAX ? 'hold_limit_reached' : undefined
}

function flowsOf(view: View, { id: from, assets = [] }: WalletRecord, to: WalletId): Flow[] {
  const flows: Flow[] = []
  for (const asset of assets) {
    const balance = view.get('balance', walletKey(from, asset))
    const available = balance?.available ?? 0
    const held = balance?.held ?? 0
    if (available > 0) flows.push({ asset, amount: available, from, to })
    if (held > 0) flows.push({ asset, amount: held, from, to, held: 'both' })
  }
  return flows
}

/** Open holds go with the money that they keep apart. */
function handOver(view: View, source: WalletRecord, target: WalletRecord): Write[] {
  const { holds = [], services: _, ...emptied } = source
  const writes: Write[] = [
    writing('wallet', source.id, { ...emptied, keys: [], successor: target.id }),
  ]
  if (holds.length === 0) return writes
  writes.push(
    writing('wallet', target.id, { ...target, holds: [...(target.holds ?? []), ...holds] }),
  )
  for (const id of holds) {
    const hold = view.get('hold', id)
    if (hold === undefined) throw new Error(`a wallet lists a hold that is not there: ${id}`)
    writes.push(writing('hold', id, { ...hold, owner: target.id }))
  }
  return writes
}
