import type { BodyOf } from './model-body.ts'
import { type Asset, LARGEST, move, passesTotals, type Setting, supplyOf } from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import { partyOf, reaches, rightsCodes, useGrant } from './model-rights.ts'

/** What is no money. */
export const UNPAYABLE: readonly string[] = ['membership', 'badge']

export const issue = (setting: Setting, tx: BodyOf<'issue'>): Refusal => {
  const { books } = setting
  const receiver = partyOf(books, tx.to, receiversOf(setting, tx))
  const use = { moved: tx.amount, refunded: 0 }
  const used = tx.place === undefined ? undefined : useGrant(setting, tx, use)
  const code = first([
    ...(tx.place === undefined ? gatewayCodes(setting, tx) : placeCodes(setting, tx)),
    receiver.problem,
    typeof used === 'string' && used,
    passesCap(setting, tx) && 'supply_cap_exceeded',
  ])
  if (code !== undefined || receiver.wallet === undefined) return code
  const flows = [{ to: receiver.wallet, asset: tx.asset, amount: tx.amount }]
  if (passesTotals(books, flows)) return 'total_limit_reached'
  if (typeof used === 'function') used()
  if (tx.reference !== undefined) rememberTopUp(setting, tx, receiver.wallet)
  move(books, flows)
  return undefined
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
  if (asset.category === 'fixed') return ['asset_supply_fixed']
  if (UNPAYABLE.includes(asset.category)) return ['asset_category_not_allowed']
  if (place === undefined) return [asset.category !== 'federated' && 'asset_category_not_allowed']
  return [asset.issuer !== place && 'asset_not_issued_here']
}
