import { AMOUNT_MAX } from '../../amount.ts'
import type { WalletId } from '../../id.ts'
import type { AssetRecord } from '../../state/record.ts'
import type { GrantAction } from '../../transaction/kinds/grant.ts'
import type { Sale } from '../../transaction/kinds/payment.ts'
import {
  priceOf,
  type SaleLine,
  type TipLine,
  type TopUpLine,
} from '../../transaction/kinds/sale-line.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { extendMembership, membershipProblem } from '../membership.ts'
import { earliestOf, walletPayerOf } from '../payer.ts'
import { allowsAsset, type Rights } from '../rights.ts'
import { type Facts, type Flow, type Refusal, refuse, type Write } from '../rule.ts'
import type { View } from '../view.ts'
import { countIssue, judgeSecondMinter } from './issue-limits.ts'
import type { SaleSetting } from './sale-party.ts'

/** What the rights must reach beside the sale itself. */
export const lineRightsProblem = (rights: Rights, { lines }: Sale): RefusalCode | undefined => {
  if (lines === undefined) return undefined
  const named = lines.filter((line) => 'asset' in line)
  const missesAction = lines.some(({ line }) => {
    const action = ACTION_OF_LINE[line]
    return !rights.chain.every(({ actions }) => actions.includes(action))
  })
  if (missesAction) return 'grant_action_missing'
  return named.every(({ asset }) => allowsAsset(rights, asset)) ? undefined : 'grant_asset_missing'
}

const ACTION_OF_LINE = {
  topup: 'issue',
  membership: 'membership.set',
  tip: 'tip',
  deposit: 'sale',
} as const satisfies Record<SaleLine['line'], GrantAction>

/** What is wrong with the assets that lines name, the earliest of all. */
export const lineAssetProblem = (setting: SaleSetting): RefusalCode | undefined =>
  earliestOf(setting.body.lines ?? NO_LINES, (line) => assetProblem(setting, line))

/** What is wrong with the wallets that tips go to. */
export const tipWalletProblem = (
  view: View,
  body: Sale,
  payers: readonly (WalletId | undefined)[],
): RefusalCode | undefined =>
  earliestOf(tipsOf(body), ({ wallet }) => {
    const { problem } = walletPayerOf(view, wallet, ['person'])
    return problem ?? (payers.includes(wallet) ? 'transfer_to_self' : undefined)
  })

/** What lines issue in all: it counts under the caps of grants beside the sale's amount. */
export const issuedByLines = (body: Sale): number =>
  topUpsOf(body).reduce((sum, { amount }) => sum + amount, 0)

/** What of a sale paid for a membership or for money: no refund gives it back unless it says so. */
export const boughtBy = ({ lines }: Sale): number =>
  lines?.reduce((sum, line) => sum + ('asset' in line ? priceOf(line) : 0), 0) ?? 0

export const tipsOf = ({ lines }: Sale): readonly TipLine[] =>
  lines === undefined ? NO_LINES : lines.filter((line) => line.line === 'tip')

export const tippedBy = (body: Sale): number =>
  tipsOf(body).reduce((sum, { amount }) => sum + amount, 0)

/** What lines issue is issued as any other money: above the asset's limit two minters agree. */
export const lineMinterProblem = (
  { view, body, context }: SaleSetting,
  rights: Rights,
): RefusalCode | undefined =>
  earliestOf(topUpsOf(body), ({ asset: id, amount }) => {
    const asset = view.get('asset', id)
    const [to] = body.payers
    if (asset?.issuer !== body.place || to === undefined) return undefined
    return judgeSecondMinter(view, { asset, amount, rights, to }, context)
  })

/** What lines issue, counted under the limits a day of their assets. */
export const countLineIssues = ({
  view,
  body,
  context: { timeMs },
}: SaleSetting): Refusal | readonly Write[] => {
  if (body.lines === undefined) return NO_LINES
  const writes: Write[] = []
  for (const { asset: id, amount } of topUpsOf(body)) {
    const asset = view.get('asset', id)
    const counted = asset === undefined ? [] : countIssue(view, asset, { amount, timeMs })
    if ('ok' in counted) return counted
    writes.push(...counted)
  }
  return writes
}

/** Whether what lines issue would pass a supply cap. */
export const linesPassSupplyCap = (view: View, body: Sale): boolean =>
  topUpsOf(body).some(({ asset, amount }) => {
    const record = view.get('asset', asset)
    return record !== undefined && record.supply + amount > (record.cap ?? AMOUNT_MAX)
  })

/** What lines bring to the first payer. */
export type Brought = {
  readonly flows: readonly Flow[]
  readonly writes: readonly Write[]
  readonly facts?: Facts
}

const NOTHING_BROUGHT: Brought = { flows: [], writes: [] }

export const broughtBy = (
  { view, body, context }: SaleSetting,
  wallet: WalletId,
): Brought | Refusal => {
  if (body.lines === undefined) return NOTHING_BROUGHT
  const flows = topUpsOf(body).map(({ asset, amount }) => ({ asset, amount, to: wallet }))
  const membership = body.lines.find((line) => line.line === 'membership')
  if (membership === undefined) return { flows, writes: [] }
  const asset = view.get('asset', membership.asset)
  if (asset === undefined) return refuse('asset_unknown')
  const { timeMs } = context
  const extended = extendMembership(view, asset, { wallet, amount: membership.amount, timeMs })
  if ('ok' in extended) return extended
  return { flows, writes: extended.writes, facts: { untilMs: extended.untilMs } }
}

/** What a payer gives of an asset. */
type Part = { readonly asset: AssetRecord; readonly amount: number }

/** Tips are taken out of the last parts; what is left of each part is the place's. */
export const takeTips = <P extends Part>(
  parts: readonly P[],
  tips: readonly TipLine[],
): { readonly kept: readonly P[]; readonly tipped: readonly Tipped<P>[] } => {
  if (tips.length === 0) return { kept: parts, tipped: NO_LINES }
  const kept = [...parts]
  const tipped: Tipped<P>[] = []
  for (const { wallet, amount } of tips) {
    let missing: number = amount
    while (missing > 0) {
      const last = kept.pop()
      if (last === undefined) throw new Error('a tip of more than was given')
      const taken = Math.min(missing, last.amount)
      missing -= taken
      tipped.push({ part: { ...last, amount: taken }, to: wallet })
      if (taken < last.amount) kept.push({ ...last, amount: last.amount - taken })
    }
  }
  return { kept, tipped }
}

export type Tipped<P> = { readonly part: P; readonly to: WalletId }

/** Of a sale of nothing but goods, as nearly all are. */
const NO_LINES: readonly never[] = []

function topUpsOf({ lines }: Sale): readonly TopUpLine[] {
  return lines === undefined ? NO_LINES : lines.filter((line) => line.line === 'topup')
}

function assetProblem({ view, body, place }: SaleSetting, line: SaleLine): RefusalCode | undefined {
  if (line.line !== 'topup' && line.line !== 'membership') return undefined
  const asset = view.get('asset', line.asset)
  if (line.line === 'membership') return membershipProblem(view, asset, place)
  if (asset === undefined) return 'asset_unknown'
  if (asset.archived) return 'asset_archived'
  if (!ISSUED_BY_PLACES.has(asset.category)) return 'asset_category_not_allowed'
  if (asset.issuer !== place.id) return 'asset_not_issued_here'
  const isPriced = line.price !== undefined
  return isPriced || (asset.unit === body.unit && asset.scale === body.scale)
    ? undefined
    : 'asset_unit_mismatch'
}

const ISSUED_BY_PLACES: ReadonlySet<AssetRecord['category']> = new Set([
  'local',
  'gift',
  'time',
  'points',
])
