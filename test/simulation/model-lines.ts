import type { BodyOf, ModelLine } from './model-body.ts'
import { type Flow, LARGEST, type Setting, supplyOf } from './model-books.ts'
import { first, type Maybe } from './model-codes.ts'
import { chainOf, partyOf, reaches } from './model-rights.ts'
import { membershipCode } from './model-services.ts'

type Sale = BodyOf<'sale'>
type TopUp = Extract<ModelLine, { line: 'topup' }>

const ISSUED: readonly string[] = ['local', 'gift', 'time', 'points']

export const topUpsIn = ({ lines = [] }: Sale): readonly TopUp[] =>
  lines.filter((line) => line.line === 'topup')

/** What lines bring cannot pay. */
export const broughtIn = ({ lines = [] }: Sale): readonly string[] =>
  lines.flatMap((line) => ('asset' in line ? [line.asset] : []))

export const tipsIn = ({ lines = [] }: Sale): number =>
  lines.reduce((sum, line) => sum + (line.line === 'tip' ? line.amount : 0), 0)

/** What paid for memberships and money. */
export const boughtIn = ({ lines = [] }: Sale): number =>
  lines.reduce((sum, line) => {
    if (line.line === 'membership') return sum + line.amount
    return line.line === 'topup' ? sum + (line.price ?? line.amount) : sum
  }, 0)

export const lineRights = ({ books }: Setting, tx: Sale): readonly Maybe[] =>
  (tx.lines ?? []).flatMap((line) => {
    if (line.line === 'deposit') return []
    const action = { topup: 'issue', membership: 'membership.set', tip: 'tip' }[line.line]
    const lacks = chainOf(books, tx.grant).some(({ actions }) => !actions.includes(action))
    if (line.line === 'tip') return [lacks && 'grant_action_missing']
    return [
      lacks && 'grant_action_missing',
      !reaches(books, tx, line.asset) && 'grant_asset_missing',
    ]
  })

/** What is wrong with what lines name: assets, and wallets that tips go to. */
export const lineCodes = (
  setting: Setting,
  tx: Sale,
  payers: readonly string[],
): readonly Maybe[] =>
  (tx.lines ?? []).map((line): Maybe => {
    if (line.line === 'topup') return topUpCode(setting, tx, line)
    if (line.line === 'membership') return membershipCode(setting, tx.place, line.asset)
    if (line.line === 'deposit') return undefined
    const { problem } = partyOf(setting.books, { wallet: line.wallet }, ['person'])
    return problem ?? (payers.includes(line.wallet) && 'transfer_to_self')
  })

const topUpCode = ({ books }: Setting, tx: Sale, line: TopUp): Maybe => {
  const asset = books.assets.get(line.asset)
  if (asset === undefined) return 'asset_unknown'
  const isSame = asset.unit === tx.unit && asset.scale === tx.scale
  return first([
    !ISSUED.includes(asset.category) && 'asset_category_not_allowed',
    asset.issuer !== tx.place && 'asset_not_issued_here',
    line.price === undefined && !isSame && 'asset_unit_mismatch',
  ])
}

export const passesSupply = ({ books }: Setting, tx: Sale): boolean =>
  topUpsIn(tx).some(
    ({ asset, amount }) =>
      supplyOf(books, asset) + amount > (books.assets.get(asset)?.cap ?? LARGEST),
  )

type Given = Flow & { readonly from: string }

/** Tips go out of the last that is given; what is left of it is the place's. */
export const divide = (
  given: readonly Given[],
  { lines = [] }: Sale,
): { readonly kept: readonly Given[]; readonly tips: readonly Given[] } => {
  const kept = given.map((flow) => ({ ...flow }))
  const tips: Given[] = []
  for (const line of lines) {
    if (line.line !== 'tip') continue
    let missing = line.amount
    for (const flow of kept.toReversed()) {
      const amount = Math.min(missing, flow.amount)
      flow.amount -= amount
      missing -= amount
      if (amount > 0) tips.push({ ...flow, to: line.wallet, amount })
    }
  }
  return { kept: kept.filter(({ amount }) => amount > 0), tips }
}
