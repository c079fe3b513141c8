import { cardIdOfKey, keyOfCard } from '#protocol/derive.ts'
import { parseId } from '#protocol/id.ts'
import type { BodyOf, ModelAgreement } from './model-body.ts'
import {
  type Books,
  type Card,
  freezeCode,
  keyOf,
  move,
  openOn,
  passesTotals,
  retire,
  type Setting,
  walletOfCard,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import { type Refusal, sorted } from './model-places.ts'
import { lacksRoom } from './model-redemption.ts'
import { isLinked, mandateOf, reaches, rightsCodes, useGrant } from './model-rights.ts'

export const registerCards = (
  setting: Setting,
  tx: BodyOf<'card.register'>,
  voters: readonly string[],
): Refusal => {
  const { books } = setting
  const { place, batch, strength, mandate, cards, claims, attester } = tx
  const name = `${place}/${batch}`
  const { federation, caps } = mandate
  const known = books.batches.get(name)
  const mine = { strength, federation, caps, attester }
  const isMember =
    federation === undefined || books.places.get(place)?.federations.includes(federation)
  const isTakenCard = (card: string): boolean =>
    books.claims.has(keyOfCardText(card)) || voters.includes(keyOfCardText(card))
  const isTaken = (claim: string): boolean =>
    voters.includes(claim) ||
    books.keys.has(claim) ||
    books.cards.has(cardIdOfKey(keyOf(claim))) ||
    cards.some((card) => keyOfCardText(card) === claim)
  const code = first([
    ...rightsCodes(setting, tx, 'card.register'),
    isMember !== true && 'federation_unknown',
    cards.some((card) => books.cards.has(card)) && 'card_exists',
    known !== undefined && sorted(known) !== sorted(mine) && 'batch_mismatch',
    (cards.some(isTakenCard) || claims?.some(isTaken) === true) && 'wallet_key_taken',
  ])
  if (code !== undefined) return code
  books.batches.set(name, mine)
  for (const claim of claims ?? []) {
    books.claims.add(claim)
    books.keys.set(claim, undefined)
  }
  for (const [index, card] of cards.entries()) {
    books.cards.set(card, {
      place,
      batch,
      strength,
      state: 'blank',
      wallet: undefined,
      claim: claims?.[index],
      tap: 0,
      voided: 0,
      counted: card,
    })
  }
  return undefined
}

/** The key of a card holds its wallet: of one that is worn again, not for the ids of before. */
const takeUp = (
  { keys, retired, since, parameters }: Books,
  held: {
    readonly key: string
    readonly wallet: string
    readonly again: boolean
    readonly timeMs: number
  },
): void => {
  const { key, wallet, again, timeMs } = held
  if (again) since.set(key, timeMs + parameters.maxClockSkewMs)
  retired.delete(key)
  keys.set(key, wallet)
}

export const activateCard = (setting: Setting, tx: BodyOf<'card.activate'>): Refusal => {
  const { books, timeMs } = setting
  const card = books.cards.get(tx.card)
  const own = card === undefined ? [] : ownKeys(tx.card, card)
  const fresh = card?.state === 'void' ? [] : own
  const code = first([
    ...rightsCodes(setting, tx, 'card.activate'),
    card === undefined && 'card_unknown',
    card !== undefined && !['blank', 'void'].includes(card.state) && 'card_not_blank',
    card !== undefined && card.place !== tx.place && 'card_origin_required',
    fresh.some((key) => books.keys.has(key)) && 'wallet_key_taken',
  ])
  const batch = card && books.batches.get(`${card.place}/${card.batch}`)
  if (code !== undefined || card === undefined || batch === undefined) return code
  const wallet = walletOfCard(tx.card, card.voided)
  Object.assign(card, { state: 'active', wallet })
  books.wallets.set(wallet, 'card')
  for (const key of own) takeUp(books, { key, wallet, again: card.voided > 0, timeMs })
  for (const to of [card.place, ...(batch.federation === undefined ? [] : [batch.federation])]) {
    books.mandates.set(`${wallet}/${to}`, { caps: batch.caps })
  }
  return undefined
}

/** The key and the card are the same bytes. */
const keyOfCardText = (card: string): string => {
  const id = parseId('crd', card)
  if (id === undefined) throw new Error(`${card} is no card`)
  return keyOfCard(id)
}

const ownKeys = (id: string, { strength }: Card): readonly string[] =>
  strength === 'secret' ? [keyOfCardText(id)] : []

export const blockCard = (setting: Setting, tx: BodyOf<'card.block'>): Refusal => {
  const { books, scope, signer } = setting
  const card = books.cards.get(tx.card)
  const isHolder = card?.wallet === scope || card?.claim === signer
  const code = first([
    tx.place === undefined && card !== undefined && !isHolder && 'holder_required',
    ...(tx.place === undefined ? [] : rightsCodes(setting, tx, 'card.block')),
    card === undefined && 'card_unknown',
    card?.state === 'void' && 'card_not_active',
    card?.state === 'blocked' && 'card_blocked',
    card?.state === 'replaced' && 'card_replaced',
    tx.place !== undefined && card !== undefined && !isCovered(setting, tx.place, card)
      ? 'card_not_accepted'
      : undefined,
  ])
  if (code === undefined && card !== undefined) card.state = 'blocked'
  return code
}

/** Whether the card is the place's own, or its mandates cover the place. */
const isCovered = (setting: Setting, place: string, card: Card): boolean => {
  const { books } = setting
  if (card.place === place) return true
  if (card.wallet !== undefined) return mandateOf(setting, card.wallet, place) !== 'mandate_missing'
  const federation = books.batches.get(`${card.place}/${card.batch}`)?.federation
  return (
    federation !== undefined && books.places.get(place)?.federations.includes(federation) === true
  )
}

/** Of a linked card its holder decides; of any other its origin. */
const deciderCodes = (
  setting: Setting,
  tx: BodyOf<'card.unblock' | 'card.void' | 'card.replace'>,
  card: Card | undefined,
): readonly Maybe[] => {
  const { books, scope } = setting
  const linked = isLinked(books, card)
  if (tx.place === undefined) {
    return [card !== undefined && !(linked && card.wallet === scope) && 'holder_required']
  }
  return [
    ...rightsCodes(setting, tx, tx.kind),
    linked && 'card_linked',
    card !== undefined && card.place !== tx.place && 'card_origin_required',
  ]
}

export const unblockCard = (setting: Setting, tx: BodyOf<'card.unblock'>): Refusal => {
  const { books } = setting
  const card = books.cards.get(tx.card)
  const code = first([
    ...deciderCodes(setting, tx, card),
    card === undefined && 'card_unknown',
    card !== undefined && card.state !== 'blocked' && 'card_not_blocked',
  ])
  if (code === undefined && card !== undefined) card.state = stateOf(books, card)
  return code
}

const stateOf = (books: Books, card: Card): Card['state'] => {
  if (card.wallet === undefined) return 'blank'
  return isLinked(books, card) ? 'linked' : 'active'
}

const claimCode = (
  { consents }: Setting,
  card: Card | undefined,
  agrees: (agree: ModelAgreement) => boolean,
): Maybe => {
  if (card?.claim === undefined) return undefined
  const own = consents.filter(({ signer }) => signer === card.claim)
  if (own.length === 0) return 'consent_missing'
  return !own.some(({ agree }) => agrees(agree)) && 'consent_mismatch'
}

const LINK_PROBLEMS = {
  blank: 'card_not_active',
  void: 'card_not_active',
  blocked: 'card_blocked',
  replaced: 'card_replaced',
  linked: 'card_linked',
  active: undefined,
} as const

export const linkCard = (setting: Setting, tx: BodyOf<'card.link'>): Refusal => {
  const { books, scope } = setting
  const card = books.cards.get(tx.card)
  if (scope !== tx.wallet) return 'holder_required'
  const from = card?.wallet ?? ''
  const holds = [...books.holds].filter(([, { owner }]) => owner === from)
  const opened = openOn(books, from)
  const code = first([
    claimCode(
      setting,
      card,
      (agree) => agree.kind === 'card.link' && agree.card === tx.card && agree.wallet === tx.wallet,
    ),
    card === undefined ? 'card_unknown' : LINK_PROBLEMS[card.state],
    card?.strength === 'weak' && 'card_strength_not_allowed',
    card !== undefined && card.claim === undefined && 'claim_missing',
    books.wallets.get(tx.wallet) !== 'person' && 'wallet_kind_not_allowed',
    freezeCode(setting, from),
    lacksRoom(books, tx.wallet, holds.length + opened.length) && 'hold_limit_reached',
  ])
  if (code !== undefined || card === undefined) return code
  const flows = [...books.balances].flatMap(([key, amount]) => {
    const [wallet, asset = ''] = key.split('/')
    return wallet === from && amount > 0 ? [{ from, to: tx.wallet, asset, amount }] : []
  })
  if (passesTotals(books, flows)) return 'total_limit_reached'
  for (const [id, hold] of holds) books.holds.set(id, { ...hold, owner: tx.wallet })
  for (const hold of opened) hold.owner = tx.wallet
  moveServices(setting, from, tx.wallet)
  for (const { asset } of flows) moveHeld(books, `${from}/${asset}`, `${tx.wallet}/${asset}`)
  move(books, flows)
  books.successors.set(from, tx.wallet)
  for (const key of ownKeys(tx.card, card)) retire(books, key)
  Object.assign(card, { state: 'linked', wallet: tx.wallet })
  return undefined
}

/** What is left of two memberships comes one after the other; presence is added up. */
const moveServices = ({ books, timeMs }: Setting, from: string, to: string): void => {
  for (const [name, { untilMs, contributions }] of [...books.memberships]) {
    const [wallet, asset] = name.split('/')
    if (wallet !== from) continue
    const own = books.memberships.get(`${to}/${asset}`)
    const left = Math.max(0, untilMs - timeMs)
    books.memberships.delete(name)
    books.memberships.set(`${to}/${asset}`, {
      untilMs: own === undefined ? untilMs : Math.max(own.untilMs, timeMs) + left,
      contributions: contributions + (own?.contributions ?? 0),
    })
  }
  for (const [name, { inMs, totalMs, visits }] of [...books.presences]) {
    const [wallet, asset, place] = name.split('/')
    if (wallet !== from) continue
    const own = books.presences.get(`${to}/${asset}/${place}`)
    const since = [inMs, own?.inMs].flatMap((each) => each ?? [])
    books.presences.delete(name)
    books.presences.set(`${to}/${asset}/${place}`, {
      inMs: since.length === 0 ? undefined : Math.min(...since),
      totalMs: totalMs + (own?.totalMs ?? 0),
      visits: visits + (own?.visits ?? 0),
    })
  }
}

const moveHeld = ({ held }: Books, from: string, to: string): void => {
  const amount = held.get(from) ?? 0
  if (amount === 0) return
  held.set(from, 0)
  held.set(to, (held.get(to) ?? 0) + amount)
}

export const replaceCard = (setting: Setting, tx: BodyOf<'card.replace'>): Refusal => {
  const { books } = setting
  const card = books.cards.get(tx.card)
  const next = books.cards.get(tx.with)
  const trusted = isTrusted(books, tx, card)
  const load = trusted && card !== undefined ? loadOf(books, card) : []
  const moved = load.reduce((sum, { amount }) => sum + amount, 0)
  const used = useGrant(setting, tx, { moved, refunded: 0 })
  const fresh = next === undefined ? [] : ownKeys(tx.with, next)
  const code = first([
    ...deciderCodes(setting, tx, card),
    load.some(({ asset }) => !reaches(books, tx, asset)) && 'grant_asset_missing',
    ...proofCodes(setting, tx, card),
    ...pairCodes(card, next),
    fresh.some((key) => books.keys.has(key)) && 'wallet_key_taken',
    trusted && typeof used === 'string' && used,
  ])
  if (code !== undefined || card === undefined || next === undefined) return code
  if (trusted && typeof used === 'function') used()
  handOn(books, tx, { card, next })
  Object.assign(next, { state: stateOf(books, card), wallet: card.wallet, counted: card.counted })
  Object.assign(card, { state: 'replaced', wallet: undefined })
  return undefined
}

/** A replaced card's key is nobody's; the next one's is the wallet's unless that is a person's. */
const handOn = (
  books: Books,
  tx: BodyOf<'card.replace'>,
  { card, next }: { readonly card: Card; readonly next: Card },
): void => {
  for (const key of ownKeys(tx.card, card)) retire(books, key)
  for (const key of ownKeys(tx.with, next)) {
    if (isLinked(books, card)) retire(books, key)
    else books.keys.set(key, card.wallet)
  }
}

/** Of a weak card without a claim code the origin is believed, within its grant. */
const isTrusted = (
  books: Books,
  { place }: BodyOf<'card.replace'>,
  card: Card | undefined,
): boolean =>
  place !== undefined &&
  card?.strength === 'weak' &&
  card.claim === undefined &&
  !isLinked(books, card)

/** Who shows that a card is theirs. */
const proofCodes = (
  setting: Setting,
  tx: BodyOf<'card.replace'>,
  card: Card | undefined,
): readonly Maybe[] => {
  if (tx.place === undefined || card === undefined || isLinked(setting.books, card)) return []
  return [
    claimCode(
      setting,
      card,
      (agree) => agree.kind === 'card.replace' && agree.card === tx.card && agree.with === tx.with,
    ),
    card.strength !== 'weak' && card.claim === undefined && 'claim_missing',
  ]
}

const pairCodes = (card: Card | undefined, next: Card | undefined): readonly Maybe[] => [
  (card === undefined || next === undefined) && 'card_unknown',
  next !== undefined && next.state !== 'blank' && 'card_not_blank',
  card !== undefined && unreachableCode(card),
  card !== undefined && next !== undefined && card.place !== next.place && 'card_origin_required',
  card !== undefined &&
    next !== undefined &&
    card.strength !== next.strength &&
    'card_strength_not_allowed',
]

/** A card that reaches no wallet. */
const unreachableCode = ({ state, wallet }: Card): Maybe => {
  if (state === 'replaced') return 'card_replaced'
  return wallet === undefined && 'card_not_active'
}

/** All that is on a card. */
const loadOf = ({ balances }: Books, { wallet }: Card) =>
  [...balances].flatMap(([key, amount]) => {
    const [owner, asset = ''] = key.split('/')
    return owner === wallet && amount > 0 ? [{ asset, amount }] : []
  })

export const voidCard = (setting: Setting, tx: BodyOf<'card.void'>): Refusal => {
  const { books } = setting
  const card = books.cards.get(tx.card)
  const linked = isLinked(books, card)
  const isFull =
    card !== undefined &&
    !linked &&
    (loadOf(books, card).length > 0 || openOn(books, card.wallet).length > 0)
  const code = first([
    ...deciderCodes(setting, tx, card),
    card === undefined && 'card_unknown',
    card?.state === 'replaced' && 'card_replaced',
    card !== undefined &&
      card.wallet === undefined &&
      card.state !== 'replaced' &&
      'card_not_active',
    isFull && 'card_not_empty',
  ])
  if (code !== undefined || card === undefined) return code
  if (!linked && card.wallet !== undefined) books.successors.set(card.wallet, undefined)
  for (const key of ownKeys(tx.card, card)) retire(books, key)
  Object.assign(card, {
    state: 'void',
    wallet: undefined,
    claim: undefined,
    voided: card.voided + 1,
  })
  return undefined
}
