import { createHash } from 'node:crypto'
import type { BodyOf } from './model-body.ts'
import {
  add,
  type Books,
  balanceOf,
  burn,
  dueMs,
  free,
  freezeCode,
  keep,
  move,
  passesTotals,
  type Setting,
} from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import { holdIdOf, lacksRoom } from './model-redemption.ts'
import { reaches, rightsCodes, useGrant } from './model-rights.ts'

type Part = { readonly asset: string; readonly amount: number }
type Opening = BodyOf<'clearing.open'>
type Settling = BodyOf<'clearing.settle'>

/** SHA-256 of the JSON text of a body, whose members the model reads in the specified order. */
const termsOf = (tx: object): string =>
  createHash('sha256').update(JSON.stringify(tx)).digest('hex')

const otherCode = ({ books, consents }: Setting, tx: Opening | Settling, other: string): Maybe => {
  const key = books.places.get(other)?.key
  const own = consents.filter(({ signer }) => signer === key)
  if (own.length === 0) return 'consent_missing'
  const terms = termsOf(tx)
  const agrees = own.some(
    ({ agree }) => agree.kind === tx.kind && agree.place === tx.place && agree.terms === terms,
  )
  return !agrees && 'consent_mismatch'
}

export const openClearing = (setting: Setting, tx: Opening): Refusal => {
  const { books, jti } = setting
  const other = books.places.get(tx.other)
  const place = books.places.get(tx.place)
  if (other === undefined || place === undefined) return 'place_unknown'
  if (other.status === 'suspended') return 'place_not_active'
  const rights = first(rightsCodes(setting, tx, 'clearing.open'))
  if (rights !== undefined) return rights
  const parts = [...tx.gives, ...tx.takes]
  if (parts.some(({ asset }) => !reaches(books, tx, asset))) return 'grant_asset_missing'
  const sides = [
    { parts: tx.gives, wallet: place.wallet, issuer: tx.other },
    { parts: tx.takes, wallet: other.wallet, issuer: tx.place },
  ]
  const used = useGrant(setting, tx, { moved: sumOf(tx.gives), refunded: 0 })
  const code = first([
    otherCode(setting, tx, tx.other),
    ...sides.flatMap((side) =>
      side.parts.map(({ asset }) => issuerCode(books, asset, side.issuer)),
    ),
    ...sides
      .filter(({ parts: some }) => some.length > 0)
      .map((side) => freezeCode(setting, side.wallet)),
    ...sides.map(
      (side) => lacksRoom(books, side.wallet, side.parts.length) && 'hold_limit_reached',
    ),
    typeof used === 'string' && used,
    ...sides.map((side) => lacks(books, side.wallet, side.parts) && 'insufficient_funds'),
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  const ids = sides.flatMap((side) => side.parts.map((part) => ({ ...part, owner: side.wallet })))
  const holds = ids.map(({ owner, asset, amount }, index) => {
    const id = holdIdOf(setting, index)
    keep(books, id, { purpose: 'clearing', owner, asset, amount, by: tx.place })
    return id
  })
  books.clearings.set(`${tx.place}/${jti}`, { other: tx.other, holds, given: tx.gives.length })
  return undefined
}

const issuerCode = ({ assets }: Books, asset: string, issuer: string): Maybe => {
  const known = assets.get(asset)
  if (known === undefined) return 'asset_unknown'
  return known.issuer !== issuer && 'asset_not_issued_here'
}

const lacks = (books: Books, wallet: string, parts: readonly Part[]): boolean =>
  parts.some(({ asset, amount }) => balanceOf(books, wallet, asset) < amount)

const sumOf = (parts: readonly Part[]): number => parts.reduce((sum, { amount }) => sum + amount, 0)

export const settleClearing = (setting: Setting, tx: Settling): Refusal => {
  const { books } = setting
  const name = `${tx.opener}/${tx.clearing}`
  const rights = first(rightsCodes(setting, tx, 'clearing.settle'))
  if (rights !== undefined) return rights
  const clearing = books.clearings.get(name)
  if (clearing === undefined || ![tx.opener, clearing.other].includes(tx.place)) {
    return 'clearing_unknown'
  }
  const counterpart = tx.place === tx.opener ? clearing.other : tx.opener
  const ends = clearing.holds.flatMap((id, index) => {
    const hold = books.holds.get(id)
    if (hold === undefined) throw new Error(`${name} has no hold ${id}`)
    const side = index < clearing.given ? tx.gives : tx.takes
    const [setOff, paid] = [amountOf(side, hold.asset), amountOf(tx.paid, hold.asset)]
    return [{ ...hold, id, setOff, paid, isGiven: index < clearing.given }]
  })
  if (ends.some(({ asset }) => !reaches(books, tx, asset))) return 'grant_asset_missing'
  const has = (parts: readonly Part[], among: readonly { readonly asset: string }[]): boolean =>
    parts.every(({ asset }) => among.some((end) => end.asset === asset))
  const [given, taken] = [ends.filter((end) => end.isGiven), ends.filter((end) => !end.isGiven)]
  const code = first([
    otherCode(setting, tx, counterpart),
    tx.paid.some(({ asset }) => books.taken.has(`${asset}/${tx.reference}`)) && 'reference_used',
    !isBalanced(books, tx) && 'clearing_unbalanced',
    !(has(tx.gives, given) && has(tx.takes, taken) && has(tx.paid, ends)) && 'hold_cap_exceeded',
    ends.some(({ amount, setOff, paid }) => setOff + paid > amount) && 'hold_cap_exceeded',
  ])
  if (code !== undefined) return code
  for (const { asset } of tx.paid) books.taken.add(`${asset}/${tx.reference}`)
  for (const { id, owner, asset, setOff, paid } of ends) {
    free(books, id)
    burn(books, { owner, asset, amount: setOff, redeems: false })
    burn(books, { owner, asset, amount: paid, redeems: true })
  }
  books.clearings.delete(name)
  return undefined
}

const amountOf = (parts: readonly Part[], asset: string): number =>
  sumOf(parts.filter((part) => part.asset === asset))

/** The same total of each unit and scale on both sides. */
const isBalanced = ({ assets }: Books, { gives, takes }: Settling): boolean => {
  const net = new Map<string, number>()
  const unitOf = (id: string): string => {
    const asset = assets.get(id)
    return asset === undefined ? id : `${asset.unit} ${asset.scale}`
  }
  for (const { asset, amount } of gives) add(net, unitOf(asset), amount)
  for (const { asset, amount } of takes) add(net, unitOf(asset), -amount)
  return [...net.values()].every((amount) => amount === 0)
}

/** A quorum of the operators agrees to exactly this. */
const thresholdCode = ({ books, signer, consents }: Setting, tx: object): Maybe => {
  const { operators } = books
  if (!operators.has(signer)) return 'authority_required'
  const quorum = operators.size - Math.floor((operators.size - 1) / 3)
  const given = consents.filter((each) => operators.has(each.signer))
  const terms = termsOf(tx)
  const agreeing = given.filter(({ agree }) => agree.kind === 'operators' && agree.terms === terms)
  const count = (some: typeof given): number => new Set(some.map((each) => each.signer)).size
  if (count(given) < quorum) return 'consent_missing'
  return count(agreeing) < quorum && 'consent_mismatch'
}

export const publishCorrection = (setting: Setting, tx: BodyOf<'correction'>): Refusal => {
  const { books, scope, jti, timeMs } = setting
  const { asset, from, to, amount } = tx
  const code = first([
    thresholdCode(setting, tx),
    !books.assets.has(asset) && 'asset_unknown',
    !(books.wallets.has(from) && books.wallets.has(to)) && 'wallet_unknown',
    books.successors.has(to) && 'wallet_closed',
    from === to && 'transfer_to_self',
  ])
  if (code !== undefined) return code
  books.corrections.set(`${scope}/${jti}`, { asset, from, to, amount, dueMs: dueMs(timeMs) })
  return undefined
}

export const executeCorrection = (setting: Setting, tx: BodyOf<'correction.execute'>): Refusal => {
  const { books, signer, timeMs } = setting
  const name = `${tx.scope}/${tx.correction}`
  const known = books.corrections.get(name)
  const flows = known === undefined ? [] : [known]
  const code = first([
    !books.operators.has(signer) && 'authority_required',
    known === undefined && 'correction_unknown',
    known !== undefined && books.successors.has(known.to) && 'wallet_closed',
    known !== undefined && timeMs < known.dueMs && 'correction_not_due',
    known !== undefined &&
      balanceOf(books, known.from, known.asset) < known.amount &&
      'insufficient_funds',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  books.corrections.delete(name)
  move(books, flows)
  return undefined
}

export const withdrawCorrection = (
  setting: Setting,
  tx: BodyOf<'correction.withdraw'>,
): Refusal => {
  const { corrections } = setting.books
  const name = `${tx.scope}/${tx.correction}`
  const code = first([thresholdCode(setting, tx), !corrections.has(name) && 'correction_unknown'])
  if (code === undefined) corrections.delete(name)
  return code
}
