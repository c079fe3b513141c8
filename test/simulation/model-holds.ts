import type { BodyOf } from './model-body.ts'
import {
  add,
  type Books,
  balanceOf,
  freezeCode,
  LARGEST,
  move,
  type OpenedHold,
  openOn,
  passesTotals,
  type Setting,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import { chargesOf, spendsOf } from './model-money.ts'
import type { Refusal } from './model-places.ts'
import { holdIdOf, lacksRoom } from './model-redemption.ts'
import {
  type Agreed,
  classIn,
  consentMax,
  count,
  isLetIn,
  mandateOf,
  type Party,
  partyOf,
  passesCaps,
  reaches,
  rememberTap,
  rightsCodes,
  tapOf,
  useGrant,
} from './model-rights.ts'

const FOR_SALES: readonly string[] = ['lease', 'tab', 'preauthorisation']
const SWEPT_IN_BLOCK = 256
const OPENED_BY_PLACE = 8
const LEASE_GRACE_MS = 72 * 3_600_000

/** At the start of a block: whether the ledger stood still, and what is over. */
export const beginHolds = (
  books: Books,
  { parentMs, timeMs }: { readonly parentMs: number; readonly timeMs: number },
): void => {
  if (timeMs - parentMs > 2 * books.parameters.heartbeatMs) books.gapMs = timeMs
  const over = [...books.opened].filter(([, hold]) => endOf(books, hold) <= timeMs)
  const sorted = over.toSorted(
    ([a, one], [b, other]) => endOf(books, one) - endOf(books, other) || (a < b ? -1 : 1),
  )
  for (const [id, hold] of sorted.slice(0, SWEPT_IN_BLOCK)) {
    free(books, hold)
    books.opened.delete(id)
  }
}

/** Whether a body about a hold is signed by the hold's own key, in its place's name. */
export const isByHoldKey = ({ opened }: Books, signer: string, tx: HoldBody): boolean => {
  if (tx.hold === undefined || tx.grant !== undefined) return false
  const hold = opened.get(tx.hold)
  return hold?.key === signer && hold.beneficiary === tx.place
}

type HoldBody = {
  readonly kind: string
  readonly hold?: string
  readonly place?: string | undefined
  readonly grant?: string | undefined
}

const endOf = ({ gapMs }: Books, { expiresAtMs, graceMs }: OpenedHold): number =>
  expiresAtMs === undefined ? LARGEST : Math.max(expiresAtMs, gapMs) + graceMs

const leftOf = ({ status, cap, captured }: OpenedHold): number =>
  status === 'open' ? cap - captured : 0

/** What is left can be spent again. */
const free = (books: Books, hold: OpenedHold): void => {
  add(books.held, `${hold.owner}/${hold.asset}`, -leftOf(hold))
  hold.status = 'closed'
}

export const openHold = (setting: Setting, tx: BodyOf<'hold.open'>): Refusal => {
  const { books, timeMs, tally } = setting
  const party = partyOf(books, tx.payer, ['person'])
  const agreed = agreedOf(setting, tx, party)
  const consent = consentName(setting, tx, party)
  const early = first([
    ...rightsCodes(setting, tx, 'hold.open'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    consentCode(setting, tx, party),
    typeof agreed === 'number' && (tally.get(consent) ?? 0) + tx.cap > agreed && 'consent_mismatch',
    assetCode(books, tx),
    party.problem ?? freezeCode(setting, party.wallet),
    !isLetIn(books, tx.place, party.card) && 'card_not_accepted',
    tx.expiresAtMs <= timeMs && 'hold_over',
    party.wallet !== undefined && isFull(books, party.wallet, tx.place) && 'hold_limit_reached',
    isBound(tx, agreed) && books.assets.get(tx.asset)?.lease === undefined && 'lease_not_allowed',
    tx.expiresAtMs + graceOf(tx) > timeMs + books.parameters.validityMs.place && 'hold_too_long',
  ])
  if (early !== undefined || party.wallet === undefined) return early
  const refusal = setApart(setting, tx, { party, wallet: party.wallet, agreed })
  if (refusal !== undefined) return refusal
  rememberTap(setting, party, tx.place)
  tally.set(consent, (tally.get(consent) ?? 0) + tx.cap)
  return undefined
}

/** Nothing more fits on the wallet, or nothing more of this place. */
const isFull = (books: Books, wallet: string, place: string): boolean => {
  const own = openOn(books, wallet).filter(({ beneficiary }) => beneficiary === place)
  return lacksRoom(books, wallet) || own.length >= OPENED_BY_PLACE
}

/** A tap is for whatever asset. */
const consentName = (setting: Setting, tx: BodyOf<'hold.open'>, party: Party): string => {
  const tap = party.card?.strength === 'dynamic' ? tapOf(setting, party, tx.place) : 'missing'
  return typeof tap === 'object'
    ? `${party.named}/tap/${tap.counter}`
    : `hold/${party.id}/${tx.asset}`
}

const isLease = ({ purpose }: BodyOf<'hold.open'>): boolean => purpose === 'lease'

/** What its payer did not sign for is no more than a lease might be. */
const isBound = (tx: BodyOf<'hold.open'>, agreed: Agreed): boolean =>
  isLease(tx) || typeof agreed !== 'number'

const graceOf = (tx: BodyOf<'hold.open'>): number =>
  tx.graceMs ?? (isLease(tx) ? LEASE_GRACE_MS : 0)

const agreedOf = (setting: Setting, tx: BodyOf<'hold.open'>, party: Party): Agreed =>
  consentMax(setting, party, {
    place: tx.place,
    maxIn: (agree) =>
      agree.kind === 'hold.open' &&
      agree.place === tx.place &&
      agree.asset === tx.asset &&
      agree.purpose === tx.purpose &&
      tx.expiresAtMs + graceOf(tx) <= agree.releaseAtMs
        ? agree.max
        : undefined,
  })

const consentCode = (setting: Setting, tx: BodyOf<'hold.open'>, party: Party): Maybe => {
  const { card, wallet } = party
  if (card?.strength === 'weak' || (card === undefined && wallet === undefined)) return undefined
  const agreed = agreedOf(setting, tx, party)
  if (agreed === 'mismatch') return 'consent_mismatch'
  if (agreed === 'replayed') return 'card_counter_replayed'
  if (agreed !== 'missing') return undefined
  if (card !== undefined) return 'card_consent_missing'
  const isUncovered =
    wallet !== undefined && mandateOf(setting, wallet, tx.place) === 'mandate_missing'
  return isUncovered && 'holder_consent_missing'
}

const assetCode = (books: Books, { place, asset: id }: BodyOf<'hold.open'>): Maybe => {
  const asset = books.assets.get(id)
  if (asset === undefined) return 'asset_unknown'
  if (asset.category === 'fixed') return 'asset_category_not_allowed'
  return classIn(books, place, id) === undefined && 'asset_not_accepted'
}

/** The whole cap is charged now; what is captured of it later is not charged again. */
const setApart = (
  setting: Setting,
  tx: BodyOf<'hold.open'>,
  {
    party,
    wallet,
    agreed,
  }: {
    readonly party: Party
    readonly wallet: string
    readonly agreed: Agreed
  },
): Refusal => {
  const { books } = setting
  const { place, asset, cap } = tx
  const isAsked = party.card !== undefined || agreed === 'missing'
  const mandate = isAsked ? mandateOf(setting, wallet, place) : undefined
  const flows = [{ from: wallet, asset, amount: cap }]
  const shares = [{ party, agreed, mandate, flows, total: cap }]
  const [charges, spends] = [chargesOf(shares, place), spendsOf(setting, shares, place)]
  const used = useGrant(setting, tx, { moved: cap, refunded: 0 })
  const code = first([
    typeof mandate === 'string' && mandate,
    passesCaps(setting, charges) && 'mandate_cap_exceeded',
    passesCaps(setting, spends) && 'card_limit_exceeded',
    typeof used === 'string' && used,
    isBound(tx, agreed) && passesLease(setting, tx, wallet) && 'lease_limit_exceeded',
    balanceOf(books, wallet, asset) < cap && 'insufficient_funds',
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  count(setting, charges)
  count(setting, spends)
  add(books.held, `${wallet}/${asset}`, cap)
  const { key, purpose, expiresAtMs } = tx
  const terms = { beneficiary: place, key, asset, purpose, cap, expiresAtMs, graceMs: graceOf(tx) }
  books.opened.set(holdIdOf(setting, setting.index), {
    ...terms,
    owner: wallet,
    captured: 0,
    status: 'open',
  })
  return undefined
}

const passesLease = (
  { books, timeMs }: Setting,
  tx: BodyOf<'hold.open'>,
  wallet: string,
): boolean => {
  const lease = books.assets.get(tx.asset)?.lease
  if (lease === undefined) return false
  const leased = openOn(books, wallet)
    .filter(({ purpose, asset }) => FOR_SALES.includes(purpose) && asset === tx.asset)
    .reduce((sum, hold) => sum + leftOf(hold), 0)
  return leased + tx.cap > lease.cap || tx.expiresAtMs - timeMs > lease.durationMs
}

/** What the key of a hold meets first. */
const useCodes = (books: Books, hold: OpenedHold, timeMs: number): readonly Maybe[] => [
  hold.status === 'closed' && 'hold_closed',
  timeMs >= endOf(books, hold) && 'hold_over',
]

const ofKey = (books: Books, id: string): OpenedHold => {
  const hold = books.opened.get(id)
  if (hold === undefined) throw new Error(`no hold ${id}, and yet somebody has its key`)
  return hold
}

export const captureHold = (setting: Setting, tx: BodyOf<'hold.capture'>): Refusal => {
  const { books, timeMs, jti } = setting
  const hold = ofKey(books, tx.hold)
  const { owner, asset } = hold
  const { amount } = tx
  const flows = [{ from: owner, to: books.places.get(tx.place)?.wallet ?? '', asset, amount }]
  const code = first([
    ...useCodes(books, hold, timeMs),
    amount > leftOf(hold) && 'hold_cap_exceeded',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  move(books, flows)
  add(books.held, `${owner}/${asset}`, -amount)
  hold.captured += amount
  if (hold.captured === hold.cap) hold.status = 'closed'
  const legs = [{ wallet: owner, asset, amount }]
  books.sales.set(`${tx.place}/${jti}`, { legs, timeMs, refunded: 0 })
  return undefined
}

export const releaseHold = (setting: Setting, tx: BodyOf<'hold.release'>): Refusal => {
  const { books, signer } = setting
  const hold = books.opened.get(tx.hold)
  const code = first([
    ...(isByHoldKey(books, signer, tx) ? [] : rightsCodes(setting, tx, 'hold.release')),
    hold?.beneficiary !== tx.place && 'hold_unknown',
    hold?.status === 'closed' && 'hold_closed',
  ])
  if (code === undefined && hold !== undefined) free(books, hold)
  return code
}

export const splitHold = (setting: Setting, tx: BodyOf<'hold.split'>): Refusal => {
  const { books, timeMs } = setting
  const hold = ofKey(books, tx.hold)
  const code = first([
    ...useCodes(books, hold, timeMs),
    isFull(books, hold.owner, hold.beneficiary) && 'hold_limit_reached',
    tx.cap > leftOf(hold) && 'hold_cap_exceeded',
  ])
  if (code !== undefined) return code
  books.opened.set(holdIdOf(setting, setting.index), {
    ...hold,
    key: tx.key,
    cap: tx.cap,
    captured: 0,
  })
  if (tx.cap === leftOf(hold)) hold.status = 'closed'
  else hold.cap -= tx.cap
  return undefined
}
