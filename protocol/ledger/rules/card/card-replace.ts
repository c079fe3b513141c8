import type { PlaceId } from '../../../id.ts'
import type { CardRecord, WalletRecord } from '../../../state/record.ts'
import type { CardReplace } from '../../../transaction/kinds/card.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import {
  claimsOf,
  countedAs,
  isLinked,
  isTakenFrom,
  ownKeysOf,
  retiredKeys,
  unblockedState,
  walletOfCard,
} from '../../card.ts'
import { earliest } from '../../payer.ts'
import { allowsAsset, grantIds, judgeGrantUse, type Rights, rightsOf } from '../../rights.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  type Used,
  type Write,
  writing,
} from '../../rule.ts'
import type { View } from '../../view.ts'
import { walletKey } from '../../wallet-key.ts'
import { judgeClaim } from './card-claim.ts'

/**
 * A blank card takes over what another reaches: the pointer moves, the money and its mandates stay.
 * A linked card is replaced by its holder; any other by its origin, with the consent of the claim code
 * or, of a weak card without one, within the caps of the grant, which count all that is on it.
 */
export const replaceCard = (view: View, body: CardReplace, context: RuleContext): Judgement =>
  body.place === undefined
    ? replaceByHolder(view, body, context)
    : replaceByPlace(view, { ...body, place: body.place }, context)

function replaceByHolder(view: View, body: CardReplace, { scope }: RuleContext): Judgement {
  const card = view.get('card', body.card)
  const next = view.get('card', body.with)
  if (card !== undefined && !(isLinked(view, card) && card.wallet === scope)) {
    return refuse('holder_required')
  }
  const code = judgeCards(card, next) ?? judgeKeys(view, next)
  if (code !== undefined) return refuse(code)
  return applied({ writes: handOver(view, known(card), known(next)) })
}

type ByPlace = CardReplace & { readonly place: PlaceId }

function replaceByPlace(view: View, body: ByPlace, context: RuleContext): Judgement {
  const rights = rightsOf(view, { ...body, action: 'card.replace' }, context.timeMs)
  if (!rights.ok) return rights
  const card = view.get('card', body.card)
  const next = view.get('card', body.with)
  const isUnproven = card?.strength === 'weak' && card.claim === undefined && !isLinked(view, card)
  const load = isUnproven ? loadOf(view, card) : NO_LOAD
  if (load.assets.some((asset) => !allowsAsset(rights, asset))) return refuse('grant_asset_missing')
  const code =
    judgeConsent(view, card, body, context) ??
    earliest([
      judgeCards(card, next),
      isLinked(view, card) ? 'card_linked' : undefined,
      card !== undefined && card.place !== body.place ? 'card_origin_required' : undefined,
    ]) ??
    (card?.claim === undefined && !isUnproven ? 'claim_missing' : undefined) ??
    judgeKeys(view, next)
  if (code !== undefined) return refuse(code)
  const use = { moved: load.amount, refunded: 0 }
  const counted = isUnproven ? judgeGrantUse(rights, use, context) : []
  if ('ok' in counted) return counted
  const writes = [...counted, ...handOver(view, known(card), known(next))]
  return isUnproven ? applied({ writes, used: usedOf(rights, load) }) : applied({ writes })
}

/** All that is on a card, of whatever asset. */
type Load = { readonly assets: NonNullable<WalletRecord['assets']>; readonly amount: number }

const NO_LOAD: Load = { assets: [], amount: 0 }

function loadOf(view: View, card: CardRecord): Load {
  const wallet = walletOfCard(view, card)
  const loaded = (wallet?.assets ?? []).flatMap((asset) => {
    const balance = wallet && view.get('balance', walletKey(wallet.id, asset))
    const amount = (balance?.available ?? 0) + (balance?.held ?? 0)
    return amount === 0 ? [] : [{ asset, amount }]
  })
  return {
    assets: loaded.map(({ asset }) => asset),
    amount: loaded.reduce((sum, { amount }) => sum + amount, 0),
  }
}

function usedOf(rights: Rights, { amount }: Load): Used {
  return { amount, grants: grantIds(rights) }
}

/** Of a linked card only its holder is asked, whatever the claim code says. */
function judgeConsent(
  view: View,
  card: CardRecord | undefined,
  body: CardReplace,
  context: RuleContext,
): RefusalCode | undefined {
  if (isLinked(view, card)) return undefined
  return judgeClaim(
    card,
    context,
    (agree) =>
      agree.kind === 'card.replace' && agree.card === body.card && agree.with === body.with,
  )
}

/** Both of one place and strength: a replacement is as good as what it replaces, and no better. */
function judgeCards(
  card: CardRecord | undefined,
  next: CardRecord | undefined,
): RefusalCode | undefined {
  if (card === undefined || next === undefined) return 'card_unknown'
  if (next.state !== 'blank') return 'card_not_blank'
  if (card.state === 'replaced') return 'card_replaced'
  if (card.wallet === undefined) return 'card_not_active'
  if (card.place !== next.place) return 'card_origin_required'
  return card.strength === next.strength ? undefined : 'card_strength_not_allowed'
}

function judgeKeys(view: View, next: CardRecord | undefined): RefusalCode | undefined {
  if (next === undefined) return undefined
  const keys = [...ownKeysOf(next), ...claimsOf(next)]
  return keys.some((key) => isTakenFrom(view, next, key)) ? 'wallet_key_taken' : undefined
}

function known(card: CardRecord | undefined): CardRecord {
  if (card === undefined) throw new Error('a replacement without its cards')
  return card
}

function handOver(view: View, card: CardRecord, next: CardRecord): Write[] {
  const wallet = walletOfCard(view, card)
  if (wallet === undefined) throw new Error(`a card without its wallet: ${card.id}`)
  const linked = isLinked(view, card)
  const first = countedAs(card)
  const { wallet: _, ...left } = card
  const writes: Write[] = [
    writing('card', card.id, { ...left, state: 'replaced', replacedBy: next.id }),
    writing('card', next.id, {
      ...next,
      state: unblockedState(view, card),
      wallet: wallet.id,
      countedAs: first,
    }),
    ...retiredKeys(card),
  ]
  const root = first === card.id ? undefined : view.get('card', first)
  if (root !== undefined) writes.push(writing('card', first, { ...root, replacedBy: next.id }))
  if (linked) {
    writes.push(...retiredKeys(next))
    return writes
  }
  // A copied secret of the card that is gone reaches nothing any more.
  const keys = ownKeysOf(next)
  writes.push(writing('wallet', wallet.id, { ...wallet, keys }))
  writes.push(...keys.map((key) => writing('key', key, { key, wallet: wallet.id, card: next.id })))
  return writes
}
