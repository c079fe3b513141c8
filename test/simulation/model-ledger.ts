import {
  cardWalletId,
  createdAssetId,
  createdGrantId,
  federatedAssetIdOf,
  fixedAssetIdOf,
  placeIdOfKey,
  walletIdOfKey,
} from '#protocol/derive.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { parseId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { TRANSFER_MAX } from '#test/support/second-rules.ts'
import { createModelAuthorities, type ModelAuthorities } from './model-authorities.ts'
import { type BodyOf, type ModelBody, readModelText } from './model-body.ts'

/** What the model says of one transaction of a block: whose it is, and how it ends. */
export type ModelOutcome = { readonly payment: string; readonly outcome: string }

/**
 * A second ledger, small and slow, written from protocol/README.md alone: what the rules of
 * `protocol/ledger` make of the kinds that a simulation submits must be what it makes of them. It
 * shares no code with them but how ids are derived. Limits and caps that a simulation sets so high
 * that nobody reaches them are not in it.
 */
export type ModelLedger = {
  /** A block begins. */
  readonly begin: () => void
  /** Executes a transaction of a final block; throws when no honest block has it. */
  readonly execute: (text: string, blockTimeMs: number) => ModelOutcome
  /** By `wallet/asset`; never 0 but where something was. */
  readonly balances: ReadonlyMap<string, number>
}

type Asset = {
  readonly issuer?: string
  readonly category: string
  readonly unit: string
  readonly scale: number
  readonly transferable: boolean
}

type Books = {
  readonly authorities: ModelAuthorities
  readonly places: Map<string, { readonly wallet: string; readonly accepts: readonly string[] }>
  readonly grants: Map<
    string,
    { readonly place: string; readonly grantee: string; readonly actions: readonly string[] }
  >
  readonly assets: Map<string, Asset>
  /** Wallets of cards, by card; undefined while the card is blank. */
  readonly cards: Map<string, { readonly place: string; readonly wallet: string | undefined }>
  /** Wallets that a key signs for. */
  readonly persons: Set<string>
  readonly balances: Map<string, number>
}

type Signed = {
  readonly signer: string
  readonly scope: string
  readonly jti: string
  readonly consents: readonly string[]
}

/** What a rule says: nothing when it applies, or why not. */
type Refusal = string | undefined

export const createModelLedger = (genesis: Genesis): ModelLedger => {
  const books = openBooks(genesis)
  const used = new Set<string>()
  return {
    begin: books.authorities.begin,
    balances: books.balances,
    execute: (text, blockTimeMs) => {
      const { signer, exp, jti, tx, consents } = readModelText(text)
      const scope = scopeOf(books, tx, signer)
      const payment = `${scope}/${jti}`
      if (blockTimeMs >= exp * 1_000) throw new Error(`${payment} is executed after it expired`)
      if (used.has(payment)) throw new Error(`${payment} is executed a second time`)
      used.add(payment)
      const refusal = judge(books, tx, { signer, scope, jti, consents })
      return { payment, outcome: refusal ?? 'applied' }
    },
  }
}

const openBooks = (genesis: Genesis): Books => {
  const books: Books = {
    authorities: createModelAuthorities(genesis),
    places: new Map(),
    grants: new Map(),
    assets: new Map(),
    cards: new Map(),
    persons: new Set(),
    balances: new Map(),
  }
  const { federation } = genesis
  if (federation !== undefined) {
    books.assets.set(federatedAssetIdOf(genesis), { category: 'federated', ...federation.asset })
  }
  for (const [index, fixed] of genesis.fixedAssets.entries()) {
    const id = fixedAssetIdOf(genesis, index)
    const wallet = walletIdOfKey(fixed.owner)
    books.assets.set(id, { category: 'fixed', ...fixed })
    books.persons.add(wallet)
    books.balances.set(`${wallet}/${id}`, fixed.supply)
  }
  return books
}

/** Who speaks, and in whose name; a signature in a name that is not the signer's is in no block. */
const scopeOf = (books: Books, tx: ModelBody, signer: string): string => {
  if (!('place' in tx)) {
    const wallet = walletIdOfKey(keyOf(signer))
    if (books.persons.has(wallet)) return wallet
    if (books.authorities.isKnown(signer)) return signer
    throw new Error(`nobody knows the signer ${signer}`)
  }
  const { place, grant } = tx
  const isOwn = grant === undefined && placeIdOfKey(keyOf(signer)) === place
  const granted = grant === undefined ? undefined : books.grants.get(grant)
  const isGranted = granted?.place === place && granted.grantee === signer
  if (books.places.has(place) && (isOwn || isGranted)) return place
  throw new Error(`${signer} does not act for ${place}`)
}

const judge = (books: Books, tx: ModelBody, signed: Signed): Refusal => {
  if ('grant' in tx && tx.grant !== undefined) {
    if (books.grants.get(tx.grant)?.actions.includes(tx.kind) !== true)
      return 'grant_action_missing'
  }
  switch (tx.kind) {
    case 'place.register':
      return registerPlace(books, tx, signed)
    case 'grant.issue':
      books.grants.set(createdGrantId(creation(signed)), tx)
      return undefined
    case 'asset.create':
      books.assets.set(createdAssetId(creation(signed)), { issuer: tx.place, ...tx })
      return undefined
    case 'card.register':
      return registerCards(books, tx)
    case 'card.activate':
      return activate(books, tx)
    case 'wallet.open':
      return openWallet(books, tx)
    case 'issue':
      return issue(books, tx)
    case 'sale':
      return sell(books, tx)
    case 'transfer':
      return transfer(books, tx, signed)
    case 'payment.cancel':
      return undefined
    case 'authority.change':
      return books.authorities.change(tx, signed)
  }
}

const creation = ({ scope, jti }: Signed) => {
  const place = parseId('plc', scope)
  if (place === undefined) throw new Error(`${scope} creates nothing`)
  return { scope: place, jti: PaymentId.parse(jti), index: 0 }
}

const registerPlace = (
  books: Books,
  { placeKey, accepts }: BodyOf<'place.register'>,
  { signer }: Signed,
): Refusal => {
  if (!books.authorities.isOperator(signer)) return 'authority_required'
  const place = placeIdOfKey(keyOf(placeKey))
  if (books.places.has(place)) return 'place_exists'
  books.places.set(place, { wallet: walletIdOfKey(keyOf(placeKey)), accepts })
  return undefined
}

const registerCards = (books: Books, { place, cards }: BodyOf<'card.register'>): Refusal => {
  if (cards.some((card) => books.cards.has(card))) return 'card_exists'
  for (const card of cards) books.cards.set(card, { place, wallet: undefined })
  return undefined
}

const activate = (books: Books, { place, card }: BodyOf<'card.activate'>): Refusal => {
  const known = books.cards.get(card)
  const id = parseId('crd', card)
  if (known === undefined || id === undefined) return 'card_unknown'
  if (known.wallet !== undefined) return 'card_not_blank'
  if (known.place !== place) return 'card_origin_required'
  books.cards.set(card, { place, wallet: cardWalletId(id) })
  return undefined
}

const openWallet = (books: Books, { key }: BodyOf<'wallet.open'>): Refusal => {
  const wallet = walletIdOfKey(keyOf(key))
  if (books.persons.has(wallet)) return 'wallet_exists'
  books.persons.add(wallet)
  return undefined
}

const issue = (books: Books, { place, asset, amount, to }: BodyOf<'issue'>): Refusal => {
  const known = books.assets.get(asset)
  if (known === undefined) return 'asset_unknown'
  if (known.category === 'fixed') return 'asset_supply_fixed'
  if (known.issuer !== place) return 'asset_not_issued_here'
  const card = books.cards.get(to.card)
  if (card === undefined) return 'card_unknown'
  if (card.wallet === undefined) return 'card_not_active'
  move(books, { to: card.wallet, asset, amount })
  return undefined
}

/** A weak card of the venue pays: assets in the order of debit give what there is, or nothing moves. */
const sell = (books: Books, tx: BodyOf<'sale'>): Refusal => {
  const place = books.places.get(tx.place)
  const card = books.cards.get(tx.payers[0]?.card ?? '')
  if (place === undefined || card === undefined) return 'card_unknown'
  const from = card.wallet
  if (from === undefined) return 'card_not_active'
  let missing = tx.amount
  const legs = debitOrder(books, tx, place.accepts).map((asset) => {
    const amount = Math.min(missing, balanceOf(books, from, asset))
    missing -= amount
    return { from, to: place.wallet, asset, amount }
  })
  if (missing > 0) return 'insufficient_funds'
  for (const leg of legs) move(books, leg)
  return undefined
}

const DEBIT_ORDER = ['gift', 'local', 'external', 'federated']

const debitOrder = (
  { assets }: Books,
  { place, unit, scale }: BodyOf<'sale'>,
  accepts: readonly string[],
): readonly string[] => {
  const classOf = (id: string, { issuer, category }: Asset): string | undefined => {
    if (issuer === place) return category
    if (category === 'federated') return 'federated'
    return accepts.includes(id) ? 'external' : undefined
  }
  const usable = [...assets].filter(([, asset]) => asset.unit === unit && asset.scale === scale)
  return DEBIT_ORDER.flatMap((wanted) =>
    usable.filter(([id, asset]) => classOf(id, asset) === wanted).map(([id]) => id),
  )
}

const transfer = (
  books: Books,
  { from, to, asset, amount }: BodyOf<'transfer'>,
  { scope }: Signed,
): Refusal => {
  if (books.authorities.version() === 2 && amount > TRANSFER_MAX) return 'card_limit_exceeded'
  if (scope !== from) return 'holder_required'
  const known = books.assets.get(asset)
  if (known === undefined) return 'asset_unknown'
  if (!known.transferable) return 'asset_not_transferable'
  if (!books.persons.has(to)) return 'wallet_unknown'
  if (from === to) return 'transfer_to_self'
  if (balanceOf(books, from, asset) < amount) return 'insufficient_funds'
  move(books, { from, to, asset, amount })
  return undefined
}

const balanceOf = ({ balances }: Books, wallet: string, asset: string): number =>
  balances.get(`${wallet}/${asset}`) ?? 0

type Flow = {
  readonly from?: string
  readonly to: string
  readonly asset: string
  readonly amount: number
}

const move = (books: Books, { from, to, asset, amount }: Flow): void => {
  if (amount === 0) return
  if (from !== undefined) {
    books.balances.set(`${from}/${asset}`, balanceOf(books, from, asset) - amount)
  }
  books.balances.set(`${to}/${asset}`, balanceOf(books, to, asset) + amount)
}

const keyOf = (text: string) => {
  const key = parseId('key', text)
  if (key === undefined) throw new Error(`${text} is no key`)
  return key
}
