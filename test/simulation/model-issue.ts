import type { BodyOf, ModelAgreement } from './model-body.ts'
import {
  type Asset,
  add,
  dayOf,
  LARGEST,
  move,
  passesTotals,
  type Setting,
  supplyOf,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import {
  chainOf,
  isDust,
  type Party,
  partyOf,
  reaches,
  rightsCodes,
  useGrant,
} from './model-rights.ts'

/** What is no money. */
export const UNPAYABLE: readonly string[] = ['membership', 'badge']

export const issue = (setting: Setting, tx: BodyOf<'issue'>): Refusal => {
  const { books } = setting
  const receiver = partyOf(books, tx.to, receiversOf(setting, tx))
  const use = { moved: tx.amount, refunded: 0 }
  const used = tx.place === undefined ? undefined : useGrant(setting, tx, use)
  const code = first([
    ...(tx.place === undefined ? gatewayCodes(setting, tx) : placeCodes(setting, tx)),
    receiver.problem ?? (isUnasked(setting, tx, receiver) && 'card_not_accepted'),
    typeof used === 'string' && used,
    ...limitCodes(setting, tx),
    passesCap(setting, tx) && 'supply_cap_exceeded',
  ])
  if (code !== undefined || receiver.wallet === undefined) return code
  const flows = [{ to: receiver.wallet, asset: tx.asset, amount: tx.amount }]
  if (passesTotals(books, flows)) return 'total_limit_reached'
  if (typeof used === 'function') used()
  countLimits(setting, tx)
  if (tx.reference !== undefined) rememberTopUp(setting, tx, receiver.wallet)
  move(books, flows)
  return undefined
}

/** A balance is there once anything came. */
const isUnasked = (setting: Setting, tx: BodyOf<'issue'>, receiver: Party): boolean => {
  const has = setting.books.totals.has(`in/${receiver.wallet}/${tx.asset}`)
  return tx.place !== undefined && isDust(setting, receiver, { place: tx.place, has })
}

const issuedOn = ({ timeMs }: Setting, { asset }: BodyOf<'issue'>): string =>
  `issued/${asset}/${dayOf(timeMs)}`

/** What the transaction issues of the asset, with this, is too much for one minter. */
const needsSecond = ({ books, tally }: Setting, tx: BodyOf<'issue'>): boolean => {
  const asset = books.assets.get(tx.asset)
  const above = asset?.issueLimits?.secondAbove ?? LARGEST
  const all = (tally.get(`issue/${tx.asset}`) ?? 0) + tx.amount
  return tx.place !== undefined && asset?.issuer === tx.place && all > above
}

const limitCodes = (setting: Setting, tx: BodyOf<'issue'>): readonly Maybe[] => {
  const { books, tally } = setting
  const { day = LARGEST } = books.assets.get(tx.asset)?.issueLimits ?? {}
  const issued = (books.counters.get(issuedOn(setting, tx)) ?? 0) + tx.amount
  return [
    needsSecond(setting, tx) && secondCode(setting, tx, tally.get(`issue/${tx.asset}`) ?? 0),
    issued > day && 'issue_limit_exceeded',
  ]
}

const countLimits = (setting: Setting, tx: BodyOf<'issue'>): void => {
  const { books, tally } = setting
  const { day } = books.assets.get(tx.asset)?.issueLimits ?? {}
  if (day !== undefined) add(books.counters, issuedOn(setting, tx), tx.amount)
  add(tally, `issue/${tx.asset}`, tx.amount)
}

/** Another key agrees, under a live grant that nobody has or gave who has or gave the first one. */
const secondCode = (setting: Setting, tx: BodyOf<'issue'>, before: number): Maybe => {
  const { books, consents, signer } = setting
  const others = consents.filter((each) => each.signer !== signer)
  if (others.length === 0) return 'consent_missing'
  const minters = new Set([signer, ...chainOf(books, tx.grant).map(({ grantee }) => grantee)])
  const isSecond = (by: string, agree: ModelAgreement): boolean => {
    if (agree.kind !== 'issue' || agree.asset !== tx.asset || agree.place !== tx.place) return false
    const acting = { place: agree.place, grant: agree.grant }
    const chain = chainOf(books, agree.grant)
    const [grant] = chain
    const codes = [
      before + tx.amount > agree.max && 'less',
      JSON.stringify(agree.to) !== JSON.stringify(tx.to) && 'for another',
      (grant?.place !== agree.place || grant.grantee !== by) && 'another',
      chain.some(({ grantee }) => minters.has(grantee)) && 'the same',
      !reaches(books, acting, tx.asset) && 'another asset',
      first(rightsCodes(setting, acting, 'issue')),
    ]
    return codes.every((each) => each === false || each === undefined)
  }
  return !others.some((each) => isSecond(each.signer, each.agree)) && 'consent_mismatch'
}

const passesCap = ({ books }: Setting, { asset, amount }: BodyOf<'issue'>): boolean =>
  supplyOf(books, asset) + amount > (books.assets.get(asset)?.cap ?? LARGEST)

const gatewayCodes = (setting: Setting, tx: BodyOf<'issue'>): readonly Maybe[] => {
  const { books, signer } = setting
  const asset = books.assets.get(tx.asset)
  return [
    asset?.category === 'federated' && asset.gateway !== signer && 'gateway_required',
    ...issuerCodes(asset, undefined),
    books.taken.has(`${tx.asset}/${tx.reference}`) && 'reference_used',
    isStopped(setting, tx) && 'gateway_deficit',
  ]
}

const placeCodes = (setting: Setting, tx: BodyOf<'issue'>): readonly Maybe[] => {
  const { books } = setting
  const asset = books.assets.get(tx.asset)
  return [
    asset?.category === 'federated' && 'gateway_required',
    ...rightsCodes(setting, tx, 'issue'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    ...issuerCodes(asset, tx.place),
  ]
}

const rememberTopUp = ({ books }: Setting, tx: BodyOf<'issue'>, wallet: string): void => {
  const name = `${tx.asset}/${tx.reference}`
  books.taken.add(name)
  books.topups.set(name, { wallet, amount: tx.amount, returned: 0 })
}

/** A gateway pays a reserve in. */
const isToItself = ({ books, signer }: Setting, { place, to }: BodyOf<'issue'>): boolean =>
  place === undefined && 'wallet' in to && books.keys.get(signer) === to.wallet

const receiversOf = (setting: Setting, tx: BodyOf<'issue'>): readonly string[] =>
  isToItself(setting, tx) ? ['gateway'] : ['person', 'place']

const isStopped = (setting: Setting, tx: BodyOf<'issue'>): boolean =>
  tx.place === undefined &&
  !isToItself(setting, tx) &&
  (setting.books.deficits.get(tx.asset) ?? 0) > 0

const issuerCodes = (asset: Asset | undefined, place: string | undefined): readonly Maybe[] => {
  if (asset === undefined) return ['asset_unknown']
  if (asset.archived === true) return ['asset_archived']
  if (asset.category === 'fixed') return ['asset_supply_fixed']
  if (UNPAYABLE.includes(asset.category)) return ['asset_category_not_allowed']
  if (place === undefined) return [asset.category !== 'federated' && 'asset_category_not_allowed']
  return [asset.issuer !== place && 'asset_not_issued_here']
}
