import { z } from 'zod'
import { Amount, Units } from '../../amount.ts'
import { AssetId, WalletId } from '../../id.ts'
import { SALE_LINES_MAX } from '../../limits.ts'

/** Extends the membership of the first payer; its price is part of the sale's amount. */
const MembershipLine = z.strictObject({
  line: z.literal('membership'),
  asset: AssetId,
  amount: Amount,
})

/** The place's own money for the first payer. `price` is what it costs; absent: as much as is issued. */
const TopUpLine = z.strictObject({
  line: z.literal('topup'),
  asset: AssetId,
  amount: Amount,
  price: Units.optional(),
})

/** A part of the amount that is a deposit: cups, a locker. */
const DepositLine = z.strictObject({ line: z.literal('deposit'), amount: Amount })

/** A part of the amount that goes to a person instead of the place. */
const TipLine = z.strictObject({ line: z.literal('tip'), wallet: WalletId, amount: Amount })

/** What a sale is of, beside goods. */
const SaleLine = z.discriminatedUnion('line', [MembershipLine, TopUpLine, DepositLine, TipLine])
export type SaleLine = z.infer<typeof SaleLine>
export type TopUpLine = z.infer<typeof TopUpLine>
export type TipLine = z.infer<typeof TipLine>

export const SaleLines = z
  .array(SaleLine)
  .min(1)
  .max(SALE_LINES_MAX)
  .refine((lines) => lines.filter(({ line }) => line === 'membership').length <= 1, {
    error: 'one membership a sale',
  })
  .refine((lines) => isEachAssetOnce(lines), { error: 'an asset is named by two lines' })
export type SaleLines = z.infer<typeof SaleLines>

/** What of the sale's amount pays this line. */
export const priceOf = (line: SaleLine): number =>
  line.line === 'topup' ? (line.price ?? line.amount) : line.amount

/** The assets that a sale brings, which it is not paid with. */
export const assetsBought = ({ lines }: HasLines): readonly AssetId[] =>
  lines === undefined ? NOTHING : lines.flatMap((line) => ('asset' in line ? [line.asset] : []))

/** Refinements of a sale: its lines are within its amount, and nothing is paid with what it buys. */
export const linesWithinAmount = [
  ({ amount, lines }: HasLines & { readonly amount: number }) =>
    lines === undefined || lines.reduce((sum, line) => sum + priceOf(line), 0) <= amount,
  { error: 'the lines come to more than the amount' },
] as const

export const linesNotPaidWith = [
  ({ assets, lines }: HasLines & { readonly assets?: readonly AssetId[] | undefined }) =>
    assets === undefined ||
    lines === undefined ||
    !assetsBought({ lines }).some((asset) => assets.includes(asset)),
  { error: 'an asset is both paid with and bought' },
] as const

const NOTHING: readonly never[] = []

type HasLines = { readonly lines?: SaleLines | undefined }

function isEachAssetOnce(lines: readonly SaleLine[]): boolean {
  const assets = assetsBought({ lines: [...lines] })
  return new Set(assets).size === assets.length
}
