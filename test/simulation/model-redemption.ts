import { createdHoldId } from '#protocol/derive.ts'
import { parseId } from '#protocol/id.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { BodyOf } from './model-body.ts'
import {
  add,
  type Books,
  balanceOf,
  burn,
  followed,
  free,
  freezeCode,
  type Hold,
  keep,
  type Setting,
  walletOf,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import { agreedMax, type Party, partyOf, reaches, rightsCodes, useGrant } from './model-rights.ts'

const HOLDS_OF_WALLET = 32

/** Whether a wallet may have so many more open holds. */
export const lacksRoom = ({ holds, opened }: Books, wallet: string, more = 1): boolean => {
  const open = [...opened.values()].filter(({ status }) => status === 'open')
  const all = [...holds.values(), ...open].filter(({ owner }) => owner === wallet)
  return all.length + more > HOLDS_OF_WALLET
}

/** The id of the hold that an operation opens. */
export const holdIdOf = ({ scope, jti }: Setting, index: number): string => {
  const by = parseId('plc', scope) ?? parseId('key', scope)
  if (by === undefined) throw new Error(`${scope} opens no hold`)
  return createdHoldId({ scope: by, jti: PaymentId.parse(jti), index })
}

export const redeem = (setting: Setting, tx: BodyOf<'redeem'>): Refusal => {
  const { books, tally } = setting
  const place = books.places.get(tx.place)
  const wallet = tx.from ?? place?.wallet ?? ''
  const owner = partyOf(books, { wallet }, tx.from === undefined ? ['place'] : ['person'])
  const asset = books.assets.get(tx.asset)
  const consent = `redeem ${wallet} ${tx.asset}`
  const used = useGrant(setting, tx, { moved: tx.amount, refunded: tx.amount })
  const code = first([
    ...rightsCodes(setting, tx, 'redeem'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    tx.from !== undefined && consentCode(setting, tx, owner, tally.get(consent) ?? 0),
    asset === undefined ? 'asset_unknown' : categoryCode(asset, tx),
    owner.problem ?? freezeCode(setting, wallet),
    lacksRoom(books, wallet) && 'hold_limit_reached',
    typeof used === 'string' && used,
    asset?.category === 'gift' && 'gift_not_redeemable',
    balanceOf(books, wallet, tx.asset) < tx.amount && 'insufficient_funds',
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  add(tally, consent, tx.amount)
  keep(books, holdIdOf(setting, setting.index), {
    purpose: 'payout',
    owner: wallet,
    asset: tx.asset,
    amount: tx.amount,
    by: asset?.gateway ?? tx.place,
  })
  return undefined
}

const consentCode = (
  setting: Setting,
  tx: BodyOf<'redeem'>,
  owner: Party,
  before: number,
): Maybe => {
  if (owner.wallet === undefined) return undefined
  const agreed = agreedMax(setting, owner, (agree) =>
    agree.kind === 'redeem' && agree.place === tx.place && agree.asset === tx.asset
      ? agree.max
      : undefined,
  )
  if (agreed === 'missing') return 'holder_consent_missing'
  return (agreed === 'mismatch' || before + tx.amount > agreed) && 'consent_mismatch'
}

/** A place its takings of federated money; a person the place's own. Gift is told apart later. */
const categoryCode = (
  { category, issuer }: { readonly category: string; readonly issuer?: string | undefined },
  { place, from }: BodyOf<'redeem'>,
): Maybe => {
  const isOfPlace = category === 'local' || category === 'gift'
  if (from === undefined) {
    return category !== 'federated' && category !== 'gift' && 'asset_category_not_allowed'
  }
  if (!isOfPlace) return 'asset_category_not_allowed'
  return issuer !== place && 'asset_not_issued_here'
}

export const settlePayout = (setting: Setting, tx: BodyOf<'payout.settle'>): Refusal => {
  const { books, signer } = setting
  const hold = books.holds.get(tx.hold)
  if (hold?.purpose !== 'payout') return 'hold_unknown'
  const payer = books.places.get(hold.by)?.key ?? hold.by
  const reference = `${hold.asset}/${tx.reference}`
  const code = first([
    payer !== signer && 'hold_key_required',
    books.taken.has(reference) && 'reference_used',
  ])
  if (code !== undefined) return code
  books.taken.add(reference)
  free(books, tx.hold)
  if (tx.paid) burn(books, { ...hold, redeems: true })
  else giveBack(books, hold)
  return undefined
}

/** A top-up that could not go back is left again. */
const giveBack = ({ topups }: Books, { topup, amount }: Hold): void => {
  const record = topup === undefined ? undefined : topups.get(topup)
  if (record !== undefined) record.returned -= amount
}

/** Only the gateway of an asset may say what becomes of its payments. */
const gatewayCodes = ({ books, signer }: Setting, asset: string): readonly Maybe[] => {
  const known = books.assets.get(asset)
  return known === undefined ? ['asset_unknown'] : [known.gateway !== signer && 'gateway_required']
}

export const refundTopUp = (setting: Setting, tx: BodyOf<'topup.refund'>): Refusal => {
  const { books, tally } = setting
  const key = `${tx.asset}/${tx.reference}`
  const early = first(gatewayCodes(setting, tx.asset))
  if (early !== undefined) return early
  const topup = books.topups.get(key)
  if (topup === undefined) return 'topup_unknown'
  const wallet = followed(books, topup.wallet)
  const left = topup.amount - topup.returned
  const amount = Math.min(tx.amount ?? left, left, balanceOf(books, wallet, tx.asset))
  const before = tally.get(key) ?? 0
  const agreed = agreedByKeyOf(setting, wallet, tx)
  const code = first([
    agreed === 'missing' && 'holder_consent_missing',
    agreed === 'mismatch' && 'consent_mismatch',
    typeof agreed === 'number' && before + amount > agreed && 'consent_mismatch',
    freezeCode(setting, wallet),
    lacksRoom(books, wallet) && 'hold_limit_reached',
    amount === 0 && 'nothing_to_refund',
  ])
  if (code !== undefined) return code
  add(tally, key, amount)
  topup.returned += amount
  const hold = { purpose: 'payout', owner: wallet, asset: tx.asset, amount, by: setting.signer }
  keep(books, holdIdOf(setting, setting.index), { ...hold, topup: key })
  return undefined
}

const agreedByKeyOf = (
  { books, consents }: Setting,
  wallet: string,
  tx: BodyOf<'topup.refund'>,
): number | 'missing' | 'mismatch' => {
  const own = consents.filter(({ signer }) => books.keys.get(signer) === wallet)
  const maxes = own.flatMap(({ agree }) =>
    agree.kind === 'topup.refund' && agree.asset === tx.asset && agree.reference === tx.reference
      ? [agree.max]
      : [],
  )
  return maxes[0] ?? (own.length === 0 ? 'missing' : 'mismatch')
}

export const reverse = (setting: Setting, tx: BodyOf<'reverse'>): Refusal => {
  const { books, signer } = setting
  const { asset } = tx
  const topup = books.topups.get(`${asset}/${tx.reference}`)
  const chargeback = `${asset}/${tx.chargeback}`
  const early = first(gatewayCodes(setting, asset))
  if (early !== undefined) return early
  const code = first([
    topup === undefined && 'topup_unknown',
    books.taken.has(chargeback) && 'reference_used',
    topup !== undefined && topup.returned + tx.amount > topup.amount && 'reversal_exceeds_topup',
  ])
  if (code !== undefined || topup === undefined) return code
  books.taken.add(chargeback)
  topup.returned += tx.amount
  let left = tx.amount
  for (const owner of [followed(books, topup.wallet), walletOf(signer)]) {
    const amount = Math.min(left, balanceOf(books, owner, asset))
    burn(books, { owner, asset, amount, redeems: true })
    left -= amount
  }
  if (left > 0) add(books.deficits, asset, left)
  return undefined
}

export const coverDeficit = (setting: Setting, tx: BodyOf<'deficit.cover'>): Refusal => {
  const { books, signer } = setting
  const { asset, amount } = tx
  const owner = walletOf(signer)
  const code = first([
    ...gatewayCodes(setting, asset),
    (books.deficits.get(asset) ?? 0) < amount && 'cover_exceeds_deficit',
    balanceOf(books, owner, asset) < amount && 'insufficient_funds',
  ])
  if (code !== undefined) return code
  add(books.deficits, asset, -amount)
  burn(books, { owner, asset, amount, redeems: true })
  return undefined
}
