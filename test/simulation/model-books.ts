import {
  cardWalletId,
  federatedAssetIdOf,
  federationIdOf,
  fixedAssetIdOf,
  walletIdOfKey,
} from '#protocol/derive.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { parseId } from '#protocol/id.ts'
import type { BodyOf, ModelCaps, ModelConsent } from './model-body.ts'

export type Asset = {
  readonly issuer?: string | undefined
  readonly gateway?: string | undefined
  readonly category: string
  readonly unit: string
  readonly scale: number
  readonly cap?: number | undefined
  readonly transferable: boolean
  readonly periodMs?: number | undefined
  readonly federations?: readonly string[] | undefined
  readonly lease?: { readonly cap: number; readonly durationMs: number } | undefined
  readonly issueLimits?:
    | { readonly day?: number | undefined; readonly secondAbove?: number | undefined }
    | undefined
  readonly archived?: boolean
  readonly cardLimits: {
    readonly weak: ModelCaps
    readonly secret: ModelCaps
    readonly dynamic?: ModelCaps | undefined
  }
}

export type Place = {
  key: string
  readonly wallet: string
  readonly authority: string
  readonly status: 'active' | 'leaving' | 'suspended'
  /** Whether it ever began to leave. */
  readonly left: boolean
  readonly accepts: readonly string[]
  readonly federations: readonly string[]
  readonly debitOrder: readonly string[]
  readonly assets: string[]
}

export type Grant = Omit<BodyOf<'grant.issue'>, 'kind' | 'grant'> & {
  readonly id: string
  readonly parent: string | undefined
  revokedMs: number | undefined
  total: number
  day: number
  dayMoved: number
  dayRefunded: number
}

export type Card = {
  readonly place: string
  readonly batch: string
  readonly strength: 'weak' | 'secret' | 'dynamic'
  state: 'blank' | 'active' | 'linked' | 'blocked' | 'replaced' | 'void'
  wallet: string | undefined
  claim: string | undefined
  /** The highest tap it was charged by. */
  tap: number
  /** How often it was voided. */
  voided: number
  /** What its charges are counted under. */
  counted: string
}

export type Leg = {
  readonly wallet: string
  readonly asset: string
  readonly amount: number
}

export type Sold = {
  readonly legs: readonly Leg[]
  readonly timeMs: number
  readonly bought?: number
  refunded: number
}

/** Money set apart: `by` is who pays it out, a key or a place. */
export type Hold = {
  readonly purpose: string
  readonly owner: string
  readonly asset: string
  readonly amount: number
  readonly by: string
  /** The top-up that it gives back. */
  readonly topup?: string | undefined
}

/** What a gateway issued against a payment, and what of it went back. */
type TopUp = { readonly wallet: string; readonly amount: number; returned: number }

type Clearing = {
  readonly other: string
  /** The first so many are of what is given, the others of what is taken. */
  readonly holds: readonly string[]
  readonly given: number
}

type Correction = Flow & { readonly from: string; readonly to: string; readonly dueMs: number }

export type Mandate = { readonly caps: ModelCaps; readonly notAfterMs?: number | undefined }

/** Money that a place had set apart, and who may give it away. */
export type OpenedHold = {
  owner: string
  readonly beneficiary: string
  readonly key: string
  readonly asset: string
  readonly purpose: string
  readonly expiresAtMs: number | undefined
  readonly graceMs: number
  status: 'open' | 'closed'
  cap: number
  captured: number
}

/** Everything that the model remembers. */
export type Books = {
  parameters: Genesis['parameters']
  /** What holds from the next block on, where that is something else. */
  parametersNext: Genesis['parameters'] | undefined
  /** By federation and place, when each ends. */
  readonly invitations: Map<string, number>
  readonly operators: Set<string>
  readonly federations: Map<
    string,
    {
      readonly admins: readonly string[]
      readonly assets: readonly string[]
      readonly weakCards: boolean
    }
  >
  readonly places: Map<string, Place>
  readonly grants: Map<string, Grant>
  readonly assets: Map<string, Asset>
  readonly cards: Map<string, Card>
  readonly batches: Map<
    string,
    {
      readonly strength: string
      readonly federation: string | undefined
      readonly caps: ModelCaps
      readonly attester: string | undefined
    }
  >
  /** Kinds of wallets. */
  readonly wallets: Map<string, 'person' | 'place' | 'card' | 'gateway'>
  /** Where the money of linked cards' wallets went; wallets of void cards go nowhere. */
  readonly successors: Map<string, string | undefined>
  /** Until when holders froze their wallets, and what is under a legal hold. */
  readonly frozenMs: Map<string, number>
  readonly legal: Set<string>
  /** Wallets of keys; undefined: the key is known, and has none. */
  readonly keys: Map<string, string | undefined>
  /** Keys that held a wallet and sign nothing any more. */
  readonly retired: Set<string>
  /** Keys of claim codes. */
  readonly claims: Set<string>
  /** From when on ids of a key are of the wallet it holds, where it held another before. */
  readonly since: Map<string, number>
  readonly mandates: Map<string, Mandate>
  readonly sales: Map<string, Sold>
  /** References and codes that were used. */
  readonly taken: Set<string>
  readonly holds: Map<string, Hold>
  readonly topups: Map<string, TopUp>
  readonly deficits: Map<string, number>
  readonly clearings: Map<string, Clearing>
  readonly corrections: Map<string, Correction>
  readonly memberships: Map<string, { readonly untilMs: number; readonly contributions: number }>
  readonly presences: Map<
    string,
    { readonly inMs: number | undefined; readonly totalMs: number; readonly visits: number }
  >
  readonly counters: Map<string, number>
  /** What of the balances is held. */
  readonly held: Map<string, number>
  /** What was burned because it was paid out, by asset. */
  readonly redeemed: Map<string, number>
  readonly balances: Map<string, number>
  /** Holds that places opened, until they are swept. */
  readonly opened: Map<string, OpenedHold>
  /** Time of the last block before which the ledger stood still. */
  gapMs: number
  /** All that ever came and went, by `in` or `out`, wallet and asset. */
  readonly totals: Map<string, number>
}

/** What a rule knows beside the books. */
export type Setting = {
  readonly books: Books
  readonly signer: string
  readonly scope: string
  readonly jti: string
  readonly timeMs: number
  readonly consents: readonly ModelConsent[]
  /** Index in its batch, else 0. */
  readonly index: number
  /** What was moved so far in this transaction, under a grant or by a consent. */
  readonly tally: Map<string, number>
  /** The body as its text has it. */
  readonly raw: unknown
}

export const LARGEST = 2 ** 53 - 1
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000

/** A correction waits for a day. */
export const dueMs = (timeMs: number): number => timeMs + DAY_MS

export const dayOf = (timeMs: number): number => Math.floor(timeMs / DAY_MS)
export const hourOf = (timeMs: number): number => Math.floor(timeMs / HOUR_MS)

/** When a payment id was made: the first 48 bits of a UUIDv7. */
export const madeMs = (jti: string): number =>
  Number.parseInt(jti.replace('-', '').slice(0, 12), 16)

export const openBooks = (genesis: Genesis): Books => {
  const operators = genesis.authorities.map(({ operatorKey }) => operatorKey)
  const books: Books = {
    parameters: genesis.parameters,
    parametersNext: undefined,
    invitations: new Map(),
    operators: new Set(operators),
    federations: new Map(),
    places: new Map(),
    grants: new Map(),
    assets: new Map(),
    cards: new Map(),
    batches: new Map(),
    wallets: new Map(),
    successors: new Map(),
    frozenMs: new Map(),
    legal: new Set(),
    keys: new Map(operators.map((key) => [key, undefined])),
    retired: new Set(),
    claims: new Set(),
    since: new Map(),
    mandates: new Map(),
    sales: new Map(),
    taken: new Set(),
    holds: new Map(),
    topups: new Map(),
    deficits: new Map(),
    clearings: new Map(),
    corrections: new Map(),
    memberships: new Map(),
    presences: new Map(),
    counters: new Map(),
    held: new Map(),
    redeemed: new Map(),
    balances: new Map(),
    opened: new Map(),
    gapMs: 0,
    totals: new Map(),
  }
  const { federation } = genesis
  if (federation !== undefined) {
    const { admins, asset } = federation
    const id = federatedAssetIdOf(genesis)
    books.federations.set(federationIdOf(genesis), { admins, assets: [id], weakCards: true })
    books.assets.set(id, { category: 'federated', ...asset })
    books.taken.add(`${federationIdOf(genesis)}/${asset.code}`)
    for (const key of admins) if (!books.keys.has(key)) books.keys.set(key, undefined)
    openWalletOf(books, asset.gateway, 'gateway')
  }
  for (const [index, fixed] of genesis.fixedAssets.entries()) {
    const id = fixedAssetIdOf(genesis, index)
    books.assets.set(id, { category: 'fixed', ...fixed })
    if (!books.keys.has(fixed.owner)) openWalletOf(books, fixed.owner, 'person')
    move(books, [{ to: walletOf(fixed.owner), asset: id, amount: fixed.supply }])
  }
  return books
}

export const openWalletOf = (
  { wallets, keys }: Books,
  key: string,
  kind: 'person' | 'place' | 'gateway',
): void => {
  wallets.set(walletOf(key), kind)
  keys.set(key, walletOf(key))
}

export const walletOf = (key: string): string => walletIdOfKey(keyOf(key))

/** A card's own wallet, and after it was voided so often its next one. */
export const walletOfCard = (card: string, voided: number): string => {
  const id = parseId('crd', card)
  if (id === undefined) throw new Error(`${card} is no card`)
  return cardWalletId(id, voided)
}

/** Where the money of a wallet is now. */
export const followed = ({ successors }: Books, wallet: string): string =>
  successors.get(wallet) ?? wallet

/** Why a wallet gives nothing now. */
export const freezeCode = (
  { books, timeMs }: Setting,
  wallet: string | undefined,
): string | undefined => {
  if (wallet === undefined) return undefined
  if ((books.frozenMs.get(wallet) ?? 0) > timeMs) return 'wallet_frozen'
  return books.legal.has(wallet) ? 'wallet_on_legal_hold' : undefined
}

export const keyOf = (text: string) => {
  const key = parseId('key', text)
  if (key === undefined) throw new Error(`${text} is no key`)
  return key
}

/** What can be spent. */
export const balanceOf = ({ balances, held }: Books, wallet: string, asset: string): number =>
  (balances.get(`${wallet}/${asset}`) ?? 0) - (held.get(`${wallet}/${asset}`) ?? 0)

export const keep = ({ holds, held }: Books, id: string, hold: Hold): void => {
  holds.set(id, hold)
  add(held, `${hold.owner}/${hold.asset}`, hold.amount)
}

/** The hold is no more; its money can be spent. */
export const free = ({ holds, held }: Books, id: string): void => {
  const hold = holds.get(id)
  if (hold === undefined) throw new Error(`no hold ${id}`)
  holds.delete(id)
  add(held, `${hold.owner}/${hold.asset}`, -hold.amount)
}

/** What places have open on a wallet's money. */
export const openOn = ({ opened }: Books, wallet: string | undefined): readonly OpenedHold[] =>
  [...opened.values()].filter(({ owner, status }) => owner === wallet && status === 'open')

type Burned = Pick<Hold, 'owner' | 'asset' | 'amount'> & { readonly redeems: boolean }

export const burn = (books: Books, { owner: from, asset, amount, redeems }: Burned): void => {
  if (amount === 0) return
  move(books, [{ from, asset, amount }])
  if (redeems) add(books.redeemed, asset, amount)
}

/** Money on its way; without `from` it is issued, without `to` burned. */
export type Flow = {
  readonly from?: string
  readonly to?: string
  readonly asset: string
  readonly amount: number
}

/** What all that ever came, went, was issued and burned would be after these flows. */
const totalsAfter = ({ totals }: Books, flows: readonly Flow[]): ReadonlyMap<string, number> => {
  const after = new Map<string, number>()
  for (const { from = 'outside', to = 'outside', asset, amount } of flows) {
    for (const key of [`out/${from}/${asset}`, `in/${to}/${asset}`]) {
      after.set(key, (after.get(key) ?? totals.get(key) ?? 0) + amount)
    }
  }
  return after
}

export const passesTotals = (books: Books, flows: readonly Flow[]): boolean =>
  [...totalsAfter(books, flows).values()].some((total) => total > LARGEST)

export const move = (books: Books, flows: readonly Flow[]): void => {
  for (const [key, total] of totalsAfter(books, flows)) books.totals.set(key, total)
  for (const { from, to, asset, amount } of flows) {
    if (amount === 0) continue
    if (from !== undefined) add(books.balances, `${from}/${asset}`, -amount)
    if (to !== undefined) add(books.balances, `${to}/${asset}`, amount)
  }
}

export const add = (map: Map<string, number>, key: string, amount: number): void => {
  map.set(key, (map.get(key) ?? 0) + amount)
}

/** What is issued and not burned. */
export const supplyOf = ({ totals }: Books, asset: string): number =>
  (totals.get(`out/outside/${asset}`) ?? 0) - (totals.get(`in/outside/${asset}`) ?? 0)

/** A key loses its wallet for good, or until its card is somebody else's. */
export const retire = ({ keys, retired }: Books, key: string): void => {
  keys.set(key, undefined)
  retired.add(key)
}
