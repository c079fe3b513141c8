import type { BodyOf } from './model-body.ts'
import {
  balanceOf,
  type Flow,
  followed,
  freezeCode,
  madeMs,
  move,
  passesTotals,
  type Setting,
  type Sold,
} from './model-books.ts'
import { first } from './model-codes.ts'
import type { Refusal } from './model-places.ts'
import { reaches, rightsCodes, useGrant } from './model-rights.ts'

export const refund = (setting: Setting, tx: BodyOf<'refund'>): Refusal => {
  const { books, timeMs } = setting
  const place = books.places.get(tx.place)
  const { refundWindowMs, maxClockSkewMs } = books.parameters
  const rights = first(rightsCodes(setting, tx, 'refund'))
  if (rights !== undefined) return rights
  const sale = books.sales.get(`${tx.place}/${tx.sale}`)
  if (sale === undefined || place === undefined || timeMs >= sale.timeMs + refundWindowMs) {
    const overMs = madeMs(tx.sale) + refundWindowMs - maxClockSkewMs
    return timeMs >= overMs ? 'refund_window_over' : 'sale_unknown'
  }
  const left = leftOf(sale)
  const amount = tx.amount ?? leftOfGoods(sale)
  const legs = legsBack(sale.legs, sale.refunded, amount).map((leg) => ({
    ...leg,
    to: followed(books, leg.to),
  }))
  const used = useGrant(setting, tx, { moved: amount, refunded: amount })
  const flows = legs.map((leg) => ({ ...leg, from: place.wallet }))
  const code = first([
    legs.some(({ asset }) => !reaches(books, tx, asset)) && 'grant_asset_missing',
    legs.some(({ to }) => books.successors.has(to)) && 'wallet_closed',
    freezeCode(setting, place.wallet),
    typeof used === 'string' && used,
    amount * left === 0 && 'already_refunded',
    left > 0 && amount > left && 'refund_exceeds_sale',
    lacksFor(setting, place.wallet, legs) && 'insufficient_funds',
    passesTotals(books, flows) && 'total_limit_reached',
  ])
  if (code !== undefined) return code
  if (typeof used === 'function') used()
  sale.refunded += amount
  move(books, flows)
  return undefined
}

const leftOf = ({ legs, refunded }: Sold): number =>
  legs.reduce((sum, { amount }) => sum + amount, 0) - refunded

/** What paid for memberships and money stays unless a refund says how much. */
const leftOfGoods = (sale: Sold): number => Math.max(0, leftOf(sale) - (sale.bought ?? 0))

/** Whether a wallet has less of some asset than all legs take of it together. */
const lacksFor = ({ books }: Setting, wallet: string, legs: readonly Flow[]): boolean => {
  const needed = new Map<string, number>()
  for (const { asset, amount } of legs) needed.set(asset, (needed.get(asset) ?? 0) + amount)
  return [...needed].some(([asset, sum]) => sum > balanceOf(books, wallet, asset))
}

/** The last leg first, past what was given back before. */
const legsBack = (
  legs: readonly { readonly wallet: string; readonly asset: string; readonly amount: number }[],
  refunded: number,
  amount: number,
) => {
  let [skipped, missing] = [refunded, amount]
  return legs.toReversed().flatMap(({ wallet, asset, amount: sold }) => {
    const passed = Math.min(skipped, sold)
    const given = Math.min(sold - passed, missing)
    skipped -= passed
    missing -= given
    return given === 0 ? [] : [{ to: wallet, asset, amount: given }]
  })
}
