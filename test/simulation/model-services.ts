import type { BodyOf } from './model-body.ts'
import { type Asset, LARGEST, type Setting } from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import { classIn, isDust, partyOf, reaches, rightsCodes } from './model-rights.ts'

export const setMembership = (setting: Setting, tx: BodyOf<'membership.set'>): Refusal => {
  const { books } = setting
  const member = partyOf(books, tx.to, ['person'])
  const code = first([
    ...rightsCodes(setting, tx, 'membership.set'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    membershipCode(setting, tx.place, tx.asset),
    member.problem ??
      (isDust(setting, member, {
        place: tx.place,
        has: books.memberships.has(`${member.wallet}/${tx.asset}`),
      }) &&
        'card_not_accepted'),
  ])
  if (code !== undefined || member.wallet === undefined) return code
  return extend(setting, member.wallet, { asset: tx.asset, amount: tx.amount ?? 0 })
}

/** A membership of the place, or of another that it takes. */
export const membershipCode = ({ books }: Setting, place: string, id: string): Maybe => {
  const asset = books.assets.get(id)
  if (asset === undefined) return 'asset_unknown'
  return first([
    asset.category !== 'membership' && 'asset_category_not_allowed',
    classIn(books, place, id) === undefined && 'asset_not_accepted',
  ])
}

type Extension = { readonly asset: string; readonly amount: number }

/** From now, or from the present end, whichever is later. */
export const extend = (
  { books, timeMs }: Setting,
  wallet: string,
  { asset, amount }: Extension,
): Refusal => {
  const periodMs = books.assets.get(asset)?.periodMs ?? 0
  const name = `${wallet}/${asset}`
  const before = books.memberships.get(name) ?? { untilMs: 0, contributions: 0 }
  const untilMs = Math.max(before.untilMs, timeMs) + periodMs
  const contributions = before.contributions + amount
  if (contributions > LARGEST) return 'total_limit_reached'
  books.memberships.set(name, { untilMs, contributions })
  return undefined
}

export const setBadge = (setting: Setting, tx: BodyOf<'badge'>): Refusal => {
  const { books, timeMs } = setting
  const who = partyOf(books, tx.who, ['person'])
  const name = `${who.wallet}/${tx.asset}/${tx.place}`
  const before = books.presences.get(name) ?? { inMs: undefined, totalMs: 0, visits: 0 }
  const isIn = before.inMs !== undefined
  const code = first([
    ...rightsCodes(setting, tx, 'badge'),
    !reaches(books, tx, tx.asset) && 'grant_asset_missing',
    badgeCode(books.assets.get(tx.asset), tx.place),
    who.problem ??
      (isDust(setting, who, { place: tx.place, has: books.presences.has(name) }) &&
        'card_not_accepted'),
    tx.direction === 'in' && isIn && 'badge_already_in',
    tx.direction === 'out' && !isIn && 'badge_not_in',
  ])
  if (code !== undefined) return code
  const { totalMs, visits, inMs = timeMs } = before
  books.presences.set(
    name,
    tx.direction === 'in'
      ? { inMs: timeMs, totalMs, visits: visits + 1 }
      : { inMs: undefined, totalMs: totalMs + timeMs - inMs, visits },
  )
  return undefined
}

const badgeCode = (asset: Asset | undefined, place: string): Maybe => {
  if (asset === undefined) return 'asset_unknown'
  return first([
    asset.category !== 'badge' && 'asset_category_not_allowed',
    asset.issuer !== place && 'asset_not_issued_here',
  ])
}
