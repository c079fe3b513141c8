import { cardIdOfKey } from '#protocol/derive.ts'
import type { ModelAgreement, ModelPayer } from './model-body.ts'
import {
  type Asset,
  add,
  type Books,
  type Card,
  dayOf,
  type Grant,
  keyOf,
  LARGEST,
  type Mandate,
  type Setting,
} from './model-books.ts'
import type { Maybe } from './model-codes.ts'

/** A grant with all above it, the nearest first. */
export const chainOf = (books: Books, id: string | undefined): readonly Grant[] => {
  const grant = id === undefined ? undefined : books.grants.get(id)
  return grant === undefined ? [] : [grant, ...chainOf(books, grant.parent)]
}

type Acting = { readonly place?: string | undefined; readonly grant?: string | undefined }

/** What goes on at a place that is leaving, and what at any. */
const AFTER_LEAVING = [
  'asset.archive',
  'asset.update',
  'card.replace',
  'card.unblock',
  'card.void',
  'cashout',
  'clearing.open',
  'federation.leave',
  'place.update',
  'redeem',
  'refund',
]
const ALWAYS = ['card.block', 'clearing.settle', 'hold.release', 'payment.cancel']

const isShut = ({ places }: Books, place: string | undefined, action: string | undefined) => {
  const status = places.get(place ?? '')?.status ?? 'active'
  if (action === undefined || status === 'active' || ALWAYS.includes(action)) return false
  return status === 'suspended' || !AFTER_LEAVING.includes(action)
}

/** Codes of rights in a place's name; of no action, being there is enough. */
export const rightsCodes = (
  { books, timeMs }: Setting,
  { place, grant }: Acting,
  action: string | undefined,
): readonly Maybe[] => {
  const chain = chainOf(books, grant)
  const lacks = ({ actions }: Grant): boolean => action !== undefined && !actions.includes(action)
  return [
    isShut(books, place, action) && 'place_not_active',
    chain.some(({ revokedMs }) => revokedMs !== undefined) && 'grant_revoked',
    chain.some(({ notBeforeMs = 0 }) => timeMs < notBeforeMs) && 'grant_not_yet_valid',
    chain.some(({ notAfterMs = LARGEST }) => timeMs >= notAfterMs) && 'grant_expired',
    chain.some(lacks) && 'grant_action_missing',
  ]
}

export const reaches = (books: Books, { grant }: Acting, asset: string): boolean =>
  chainOf(books, grant).every(({ assets }) => assets === undefined || assets.includes(asset))

type Use = { readonly moved: number; readonly refunded: number }

/** Counts what is moved along the whole chain; false: above a cap, and nothing is counted. */
export const useGrant = (
  { books, timeMs, tally }: Setting,
  { grant }: Acting,
  { moved, refunded }: Use,
): (() => void) | 'grant_cap_exceeded' => {
  const chain = chainOf(books, grant)
  const day = dayOf(timeMs)
  const passes = chain.some((each) => {
    const { caps, total } = each
    const [dayMoved, dayRefunded] = each.day === day ? [each.dayMoved, each.dayRefunded] : [0, 0]
    const within = [
      [(tally.get(each.id) ?? 0) + moved, caps.transaction],
      [dayMoved + moved, caps.day],
      [total + moved, caps.total],
      [dayRefunded + refunded, caps.refundDay],
    ] as const
    return within.some(([used, cap = LARGEST]) => used > cap)
  })
  if (passes) return 'grant_cap_exceeded'
  return () => {
    for (const each of chain) {
      if (each.day !== day) Object.assign(each, { day, dayMoved: 0, dayRefunded: 0 })
      each.total += moved
      each.dayMoved += moved
      each.dayRefunded += refunded
      add(tally, each.id, moved)
    }
  }
}

/** Counts by name and UTC day, each within a cap per charge and one per day. */
export type Count = {
  readonly subject: string
  readonly amount: number
  readonly caps: Mandate['caps']
}

export const passesCaps = ({ books, timeMs }: Setting, counts: readonly Count[]): boolean =>
  counts.some(({ subject, amount, caps }) => {
    const before = books.counters.get(`${subject}/${dayOf(timeMs)}`) ?? 0
    return amount > caps.charge || before + amount > caps.day
  })

export const count = ({ books, timeMs }: Setting, counts: readonly Count[]): void => {
  for (const { subject, amount } of counts) {
    add(books.counters, `${subject}/${dayOf(timeMs)}`, amount)
  }
}

/** Whose money a body names, as the books know it. */
export type Party = {
  /** What its charges are counted under. */
  readonly id: string
  /** The card that is named, and what is known of it. */
  readonly named?: string
  readonly card: Card | undefined
  /** The wallet, where it may take part. */
  readonly wallet: string | undefined
  readonly problem: string | undefined
}

export const partyOf = (books: Books, payer: ModelPayer, kinds: readonly string[]): Party => {
  if ('card' in payer) {
    const card = books.cards.get(payer.card)
    const problem = card === undefined ? 'card_unknown' : PROBLEMS[card.state]
    return {
      id: card?.counted ?? payer.card,
      named: payer.card,
      card,
      wallet: problem === undefined ? card?.wallet : undefined,
      problem,
    }
  }
  const { wallet } = payer
  const problem = walletProblem(books, wallet, kinds)
  return {
    id: wallet,
    card: undefined,
    wallet: problem === undefined ? wallet : undefined,
    problem,
  }
}

const walletProblem = (
  { wallets, successors }: Books,
  wallet: string,
  kinds: readonly string[],
): string | undefined => {
  const kind = wallets.get(wallet)
  if (kind === undefined) return 'wallet_unknown'
  if (!kinds.includes(kind)) return 'wallet_kind_not_allowed'
  return successors.has(wallet) ? 'wallet_closed' : undefined
}

const PROBLEMS = {
  blank: 'card_not_active',
  void: 'card_not_active',
  blocked: 'card_blocked',
  replaced: 'card_replaced',
  active: undefined,
  linked: undefined,
} as const

/** Whether a person has the card's money. */
export const isLinked = ({ wallets }: Books, card: Card | undefined): boolean =>
  card?.wallet !== undefined && wallets.get(card.wallet) === 'person'

export type Agreed = number | 'missing' | 'mismatch' | 'replayed'

/** The most that the payer's own consent allows of this, or how it fails. */
export const agreedMax = (
  { books, consents }: Setting,
  { named, card, wallet }: Party,
  maxIn: (agree: ModelAgreement) => number | undefined,
): number | 'missing' | 'mismatch' => {
  const own = consents.filter(({ signer }) =>
    card === undefined
      ? wallet !== undefined && books.keys.get(signer) === wallet
      : card.strength === 'secret' && cardIdOfKey(keyOf(signer)) === named,
  )
  const max = own.map(({ agree }) => maxIn(agree)).find((each) => each !== undefined)
  return max ?? (own.length === 0 ? 'missing' : 'mismatch')
}

/** The same, where a dynamic card shows a tap instead. */
export const consentMax = (
  setting: Setting,
  party: Party,
  asked: {
    readonly place: string
    readonly maxIn: (agree: ModelAgreement) => number | undefined
  },
): Agreed => {
  if (party.card?.strength !== 'dynamic') return agreedMax(setting, party, asked.maxIn)
  const tap = tapOf(setting, party, asked.place)
  return typeof tap === 'string' ? tap : tap.max
}

type Tap = Pick<Extract<ModelAgreement, { kind: 'tap' }>, 'counter' | 'max' | 'tip'>

/** The tap of a dynamic card that counts at a place: above all before, or used in this transaction. */
export const tapOf = (
  { books, consents, tally }: Setting,
  { named, card }: Party,
  place: string,
): Tap | 'missing' | 'mismatch' | 'replayed' => {
  const attester = card && books.batches.get(`${card.place}/${card.batch}`)?.attester
  const taps = consents.flatMap(({ signer, agree }) =>
    signer === attester && agree.kind === 'tap' && agree.card === named ? [agree] : [],
  )
  const fresh = taps.filter(
    ({ counter }) => counter > (card?.tap ?? 0) || tally.has(`${named}/tap/${counter}`),
  )
  const [here] = fresh.filter((tap) => tap.place === place)
  if (here !== undefined) return here
  if (fresh.length > 0) return 'mismatch'
  return taps.length === 0 ? 'missing' : 'replayed'
}

/** A charge remembers the tap that it came by. */
export const rememberTap = (setting: Setting, party: Party, place: string): void => {
  if (party.card?.strength !== 'dynamic') return
  const tap = tapOf(setting, party, place)
  if (typeof tap === 'object') party.card.tap = Math.max(party.card.tap, tap.counter)
}

/** The mandate by which a place may charge a wallet: one to itself counts before a federation's. */
export const mandateOf = (
  { books, timeMs }: Setting,
  wallet: string,
  place: string,
): Mandate | 'mandate_missing' | 'mandate_expired' => {
  const parties = [place, ...(books.places.get(place)?.federations ?? [])]
  const known = parties.flatMap((to) => books.mandates.get(`${wallet}/${to}`) ?? [])
  const alive = known.find(({ notAfterMs = LARGEST }) => timeMs < notAfterMs)
  return alive ?? (known.length === 0 ? 'mandate_missing' : 'mandate_expired')
}

/** What a card of another origin, which nobody allowed this place to charge, does not have yet. */
export const isDust = (
  setting: Setting,
  { card, wallet }: Party,
  { place, has }: { readonly place: string; readonly has: boolean },
): boolean =>
  card !== undefined &&
  wallet !== undefined &&
  card.place !== place &&
  setting.books.wallets.get(wallet) === 'card' &&
  !has &&
  typeof mandateOf(setting, wallet, place) === 'string'

/** As what a place takes an asset. */
export const classIn = (books: Books, place: string, id: string) => {
  const asset = books.assets.get(id)
  const known = books.places.get(place)
  if (asset === undefined || known === undefined) return undefined
  if (asset.issuer === place) return asset.category === 'gift' ? 'gift' : 'local'
  if (!isShared(books, asset, { joined: known.federations, id })) return undefined
  if (asset.category === 'federated') return 'federated'
  return known.accepts.includes(id) ? 'external' : undefined
}

/** Whether the money of others is shared with whoever is in these federations. */
export const isShared = (
  { places, federations }: Books,
  asset: Asset,
  { joined, id }: { readonly joined: readonly string[]; readonly id: string },
): boolean => {
  if (asset.category === 'federated') {
    return joined.some((each) => federations.get(each)?.assets.includes(id) === true)
  }
  const issues = places.get(asset.issuer ?? '')?.status === 'active'
  return issues && asset.federations?.some((each) => joined.includes(each)) === true
}

/** A weak card from elsewhere pays where a federation of the place says so. */
export const isLetIn = (
  { places, federations }: Books,
  place: string,
  card: Party['card'],
): boolean =>
  card?.strength !== 'weak' ||
  card.place === place ||
  places.get(place)?.federations.some((each) => federations.get(each)?.weakCards === true) === true
