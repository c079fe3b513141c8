import { createdAssetId, createdGrantId, placeIdOfKey } from '#protocol/derive.ts'
import { parseId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { BodyOf, ModelAgreement } from './model-body.ts'
import {
  add,
  type Books,
  dayOf,
  type Grant,
  keyOf,
  openWalletOf,
  type Setting,
  walletOf,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import { acceptanceCode, thresholdCodes } from './model-governance.ts'
import { chainOf, rightsCodes } from './model-rights.ts'

/** What a rule says: a code, or nothing when it did what was asked. */
export type Refusal = string | undefined

const GRANTS_IN_CHAIN = 4
const ASSETS_OF_PLACE = 32
const ASSETS_OF_FEDERATION = 8
const DEBIT_ORDER = ['gift', 'local', 'external', 'federated']

export const registerPlace = (setting: Setting, tx: BodyOf<'place.register'>): Refusal => {
  const { books, signer, consents } = setting
  const { placeKey, federation, accepts } = tx
  const id = placeIdOfKey(keyOf(placeKey))
  const known = federation === undefined ? undefined : books.federations.get(federation)
  const joined = federation === undefined ? [] : [federation]
  const own = consents.filter((each) => each.signer === placeKey)
  const agrees = own.some(({ agree }) => agreesTo(agree, tx, signer))
  const code = first([
    !books.operators.has(signer) && 'authority_required',
    books.places.has(id) && 'place_exists',
    federation !== undefined && known === undefined && 'federation_unknown',
    known !== undefined && !known.admins.includes(signer) && 'federation_admin_required',
    own.length === 0 && 'consent_missing',
    own.length > 0 && !agrees && 'consent_mismatch',
    ...accepts.map((asset) => acceptanceCode(books, joined, asset)),
    books.wallets.has(walletOf(placeKey)) && 'wallet_exists',
    books.keys.has(placeKey) && 'wallet_key_taken',
  ])
  if (code !== undefined) return code
  openWalletOf(books, placeKey, 'place')
  books.places.set(id, {
    key: placeKey,
    wallet: walletOf(placeKey),
    accepts,
    federations: joined,
    authority: signer,
    status: 'active',
    left: false,
    debitOrder: tx.debitOrder ?? DEBIT_ORDER,
    assets: [],
  })
  return undefined
}

const agreesTo = (
  agree: ModelAgreement,
  { placeKey: _, kind, ...terms }: BodyOf<'place.register'>,
  authority: string,
): boolean => sorted({ kind, authority, ...terms }) === sorted(agree)

/** The members of a value in one order. */
export const sorted = (value: object): string =>
  JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))

const creation = ({ scope, jti, index }: Setting) => {
  const creator = parseId('plc', scope) ?? parseId('key', scope)
  if (creator === undefined) throw new Error(`${scope} creates nothing`)
  return { scope: creator, jti: PaymentId.parse(jti), index }
}

export const issueGrant = (setting: Setting, tx: BodyOf<'grant.issue'>): Refusal => {
  const { books } = setting
  const chain = chainOf(books, tx.grant)
  const [parent] = chain
  const code = first([
    ...rightsCodes(setting, tx, 'grant.issue'),
    parent !== undefined && !isWithin(tx, parent) && 'grant_exceeds_parent',
    chain.length >= GRANTS_IN_CHAIN && 'grant_depth_exceeded',
    tx.assets?.some((asset) => !books.assets.has(asset)) && 'asset_unknown',
  ])
  if (code !== undefined) return code
  const id = createdGrantId(creation(setting))
  books.grants.set(id, {
    ...tx,
    id,
    parent: tx.grant,
    revokedMs: undefined,
    total: 0,
    day: 0,
    dayMoved: 0,
    dayRefunded: 0,
  })
  return undefined
}

type List = readonly string[] | undefined

/** A bound of the parent must be set in the child, and be no wider. */
const isWithin = (child: BodyOf<'grant.issue'>, parent: Grant): boolean => {
  const uppers = [
    [child.caps.transaction, parent.caps.transaction],
    [child.caps.day, parent.caps.day],
    [child.caps.total, parent.caps.total],
    [child.caps.refundDay, parent.caps.refundDay],
    [child.notAfterMs, parent.notAfterMs],
  ] as const
  const lists: readonly (readonly [List, List])[] = [
    [child.actions, parent.actions],
    [child.assets, parent.assets],
    [
      child.till === undefined ? undefined : [child.till],
      parent.till === undefined ? undefined : [parent.till],
    ],
  ]
  return (
    uppers.every(([of, bound]) => bound === undefined || (of !== undefined && of <= bound)) &&
    lists.every(
      ([of, bound]) => bound === undefined || of?.every((each) => bound.includes(each)),
    ) &&
    (child.notBeforeMs ?? 0) >= (parent.notBeforeMs ?? 0)
  )
}

export const revokeGrant = (setting: Setting, tx: BodyOf<'grant.revoke'>): Refusal => {
  const { books, timeMs } = setting
  const target = books.grants.get(tx.target)
  const isUnder =
    tx.grant === undefined || chainOf(books, tx.target).some(({ id }) => id === tx.grant)
  const code = first([
    ...rightsCodes(setting, tx, undefined),
    (target?.place !== tx.place || !isUnder) && 'grant_unknown',
  ])
  if (code === undefined && target !== undefined) target.revokedMs ??= timeMs
  return code
}

const UNITS: Readonly<Record<string, RegExp>> = {
  local: /^[A-Z]{3}$/,
  gift: /^[A-Z]{3}$/,
  time: /^minute$/,
  points: /^point$/,
  membership: /^membership$/,
  badge: /^badge$/,
}
/** The rule for those states' currencies that a simulation tries to use. */
const RESERVED =
  /^(?:(?:EUR|USD|GBP|CHF|JPY|CNY)\d*|[A-Z](?:EUR|USD|GBP|CHF|JPY|CNY)|(?:EUR|USD|GBP|CHF|JPY|CNY)[A-Z])$/

export const createAsset = (setting: Setting, tx: BodyOf<'asset.create'>): Refusal => {
  const { books } = setting
  const place = books.places.get(tx.place ?? '')
  const federation = books.federations.get(tx.federation ?? '')
  const name = `${tx.place ?? tx.federation}/${tx.code}`
  const code = first([
    ...(tx.place === undefined ? sharedCodes(setting, tx) : ownCodes(setting, tx)),
    books.taken.has(name) && 'asset_code_taken',
  ])
  if (code !== undefined) return code
  const id = createdAssetId(creation(setting))
  const { kind: _, grant: __, federation: ___, place: issuer, code: ____, ...terms } = tx
  books.assets.set(id, { ...terms, issuer })
  books.taken.add(name)
  place?.assets.push(id)
  if (federation !== undefined && tx.federation !== undefined) {
    books.federations.set(tx.federation, {
      ...federation,
      assets: [...federation.assets, id],
    })
  }
  if (tx.gateway !== undefined && books.keys.get(tx.gateway) === undefined) {
    openWalletOf(books, tx.gateway, 'gateway')
  }
  return undefined
}

/** Of a place's own. */
const ownCodes = (setting: Setting, tx: BodyOf<'asset.create'>): readonly Maybe[] => {
  const { books } = setting
  const place = books.places.get(tx.place ?? '')
  const unit = UNITS[tx.category]
  const isBound = chainOf(books, tx.grant).some(({ assets }) => assets !== undefined)
  return [
    ...rightsCodes(setting, tx, 'asset.create'),
    isBound && 'grant_asset_missing',
    tx.federations?.every((each) => place?.federations.includes(each)) === false &&
      'federation_unknown',
    unit === undefined && 'asset_category_not_allowed',
    RESERVED.test(tx.code) && 'asset_code_reserved',
    (place?.assets.length ?? 0) >= ASSETS_OF_PLACE && 'asset_limit_reached',
    unit?.test(tx.unit) === false && 'asset_unit_mismatch',
  ]
}

/** Of a federation, by the authorities and with the word of who is to issue it. */
const sharedCodes = (setting: Setting, tx: BodyOf<'asset.create'>): readonly Maybe[] => {
  const { books, consents } = setting
  const federation = books.federations.get(tx.federation ?? '')
  const own = consents.filter(({ signer }) => signer === tx.gateway)
  const agrees = own.some(
    ({ agree }) =>
      agree.kind === 'asset.create' && agree.federation === tx.federation && agree.code === tx.code,
  )
  const wallet = books.keys.get(tx.gateway ?? '')
  return [
    ...thresholdCodes(setting),
    federation === undefined && 'federation_unknown',
    own.length === 0 && 'consent_missing',
    own.length > 0 && !agrees && 'consent_mismatch',
    tx.category !== 'federated' && 'asset_category_not_allowed',
    (federation?.assets.length ?? 0) >= ASSETS_OF_FEDERATION && 'asset_limit_reached',
    !/^[A-Z]{3}$/.test(tx.unit) && 'asset_unit_mismatch',
    wallet !== undefined && books.wallets.get(wallet) !== 'gateway' && 'wallet_kind_not_allowed',
    wallet === undefined && hadWallet(books, tx.gateway ?? '') && 'wallet_key_taken',
  ]
}

/** Whether a key without a wallet lost one or is a claim code's, or a wallet that began as its own is another's. */
const hadWallet = ({ retired, claims, wallets }: Books, key: string): boolean =>
  retired.has(key) || claims.has(key) || (key !== '' && wallets.has(walletOf(key)))

export const openWallet = (setting: Setting, tx: BodyOf<'wallet.open'>): Refusal => {
  const { books, consents, timeMs } = setting
  const own = consents.filter(({ signer }) => signer === tx.key)
  const agrees = own.some(({ agree }) => agree.kind === 'wallet.open' && agree.place === tx.place)
  const counter = `wallets/${tx.place}/${dayOf(timeMs)}`
  const code = first([
    ...rightsCodes(setting, tx, 'wallet.open'),
    own.length === 0 && 'consent_missing',
    own.length > 0 && !agrees && 'consent_mismatch',
    books.wallets.has(walletOf(tx.key)) && 'wallet_exists',
    books.keys.has(tx.key) && 'wallet_key_taken',
    (books.counters.get(counter) ?? 0) >= books.parameters.walletsPerDay && 'wallet_limit_reached',
  ])
  if (code !== undefined) return code
  add(books.counters, counter, 1)
  openWalletOf(books, tx.key, 'person')
  return undefined
}

export const cancelPayment = (setting: Setting, tx: BodyOf<'payment.cancel'>): Refusal =>
  tx.place === undefined ? undefined : first(rightsCodes(setting, tx, 'payment.cancel'))
