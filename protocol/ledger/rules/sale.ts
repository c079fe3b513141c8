import { units, ZERO } from '../../amount.ts'
import type { WalletId } from '../../id.ts'
import { DEBIT_ASSETS_MAX } from '../../limits.ts'
import type { AssetRecord, SaleRecord } from '../../state/record.ts'
import type { Sale } from '../../transaction/kinds/payment.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { judgeCardLimits, judgeMandateUse } from '../charge.ts'
import type { Leg } from '../event.ts'
import { availableOf } from '../movement.ts'
import { earlier, earliestOf, giverProblem, tapRecord, walletOf } from '../payer.ts'
import { paymentKey } from '../payment-key.ts'
import { allowsAsset, judgeGrantUse, type Rights, rightsOf } from '../rights.ts'
import {
  type Applied,
  type Flow,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  refuseForLackOf,
  type Write,
  writing,
} from '../rule.ts'
import type { View } from '../view.ts'
import { saleAssets } from './sale-assets.ts'
import {
  boughtBy,
  broughtBy,
  countLineIssues,
  issuedByLines,
  lineAssetProblem,
  lineMinterProblem,
  lineRightsProblem,
  linesPassSupplyCap,
  takeTips,
  tippedBy,
  tipsOf,
  tipWalletProblem,
} from './sale-lines.ts'
import {
  consentProblem,
  mandateProblem,
  type Party,
  partyOf,
  type SaleSetting,
  tipConsentProblem,
} from './sale-party.ts'

/**
 * A payment to a place over ordered legs: payers in order, assets in order, each giving what it has
 * until the amount is met; if it is not, nothing moves and the refusal names what is missing.
 */
export const sell = (view: View, body: Sale, context: RuleContext): Judgement => {
  const rights = rightsOf(
    view,
    { place: body.place, grant: body.grant, action: 'sale' },
    context.timeMs,
  )
  if (!rights.ok) return rights
  const beyond = rightsProblem(rights, body)
  if (beyond !== undefined) return refuse(beyond)
  const setting: SaleSetting = { view, body, place: rights.place, context }
  const parties = body.payers.map((payer) => partyOf(setting, payer))
  const tips = tippedBy(body)
  const unconsented = earlier(
    earliestOf(parties, consentProblem),
    tips === 0
      ? undefined
      : earliestOf(parties, (party) => tipConsentProblem(setting, party, tips)),
  )
  const withoutConsent = earlier(unconsented, lineMinterProblem(setting, rights))
  if (withoutConsent !== undefined) return refuse(withoutConsent)
  const assets = judgeAssets(setting, rights)
  if ('ok' in assets) return assets
  const code = judgeParties(setting, parties)
  if (code !== undefined) return refuse(code)
  const shares = sharesOf(setting, parties, assets)
  const charged = judgeShares(setting, shares)
  if ('ok' in charged) return charged
  const moved = body.amount + issuedByLines(body)
  const used = judgeGrantUse(rights, { moved, refunded: 0 }, context)
  if ('ok' in used) return used
  const issued = countLineIssues(setting)
  if ('ok' in issued) return issued
  if (linesPassSupplyCap(view, body)) return refuse('supply_cap_exceeded')
  let given = 0
  for (const { total } of shares) given += total
  if (given < body.amount) return refuseForLackOf(body.amount - given)
  charged.push(...used, ...issued)
  return settle(setting, shares, charged)
}

/** What the rights must reach: the assets that are named, and what lines bring. */
function rightsProblem(rights: Rights, body: Sale): RefusalCode | undefined {
  const ofLines = lineRightsProblem(rights, body)
  if (ofLines === 'grant_action_missing') return ofLines
  return body.assets?.some((asset) => !allowsAsset(rights, asset)) ? 'grant_asset_missing' : ofLines
}

/** The assets that pay, unless something is wrong with them or with those that lines name. */
function judgeAssets(setting: SaleSetting, rights: Rights): readonly AssetRecord[] | Refusal {
  const assets = saleAssets(setting.view, setting.body, rights)
  const code = earlier('ok' in assets ? assets.code : undefined, lineAssetProblem(setting))
  return code === undefined ? assets : refuse(code)
}

/** What one payer gives. */
type Share = {
  readonly party: Party
  readonly wallet: WalletId
  readonly parts: readonly { readonly asset: AssetRecord; readonly amount: number }[]
  readonly total: number
}

function shareProblem({ party }: Share): RefusalCode | undefined {
  return mandateProblem(party)
}

function judgeParties(
  { view, body, context }: SaleSetting,
  parties: readonly Party[],
): RefusalCode | undefined {
  const wallets = parties.map(({ payer }) => payer.wallet?.id)
  const tips = tipWalletProblem(view, body, wallets)
  const ofPayers = earliestOf(parties, ({ payer }) => giverProblem(payer, context.timeMs))
  const problem = earlier(ofPayers, tips)
  if (problem !== undefined) return problem
  const isRepeated = wallets.length > 1 && new Set(wallets).size < wallets.length
  return isRepeated ? 'payer_repeated' : undefined
}

/** Takes what is there until the amount is met. */
function sharesOf(
  { view, body }: SaleSetting,
  parties: readonly Party[],
  assets: readonly AssetRecord[],
): Share[] {
  let missing: number = body.amount
  return parties.map((party) => {
    const wallet = walletOf(party.payer).id
    const parts: { asset: AssetRecord; amount: number }[] = []
    const missingBefore = missing
    for (const asset of assets) {
      if (missing === 0 || parts.length === DEBIT_ASSETS_MAX) break
      const amount = Math.min(missing, availableOf(view, wallet, asset.id))
      if (amount === 0) continue
      parts.push({ asset, amount })
      missing -= amount
    }
    return { party, wallet, parts, total: missingBefore - missing }
  })
}

/** Consents, mandates and limits over what each payer would give; else what is to be counted. */
function judgeShares(setting: SaleSetting, shares: readonly Share[]): Refusal | Write[] {
  if (shares.some(passesConsent)) return refuse('consent_mismatch')
  const code = earliestOf(shares, shareProblem)
  if (code !== undefined) return refuse(code)
  const writes: Write[] = []
  for (const share of shares) {
    const refusal = judgeMandate(setting, share, writes)
    if (refusal !== undefined) return refusal
  }
  for (const share of shares) {
    const refusal = judgeLimits(setting, share, writes)
    if (refusal !== undefined) return refusal
  }
  return writes
}

function passesConsent({ party: { payer, agreed }, total }: Share): boolean {
  return payer.card?.strength !== 'weak' && typeof agreed === 'object' && total > agreed.max
}

function judgeMandate(
  { view, place, context }: SaleSetting,
  { party: { payer, mandate }, total }: Share,
  writes: Write[],
): Refusal | undefined {
  if (typeof mandate === 'string' || total === 0) return undefined
  const charge = { payer: payer.id, amount: total, place, timeMs: context.timeMs }
  const counted = judgeMandateUse(view, mandate, charge)
  if ('ok' in counted) return counted
  writes.push(counted)
  return undefined
}

function judgeLimits(
  { view, place, context }: SaleSetting,
  { party: { payer }, parts }: Share,
  writes: Write[],
): Refusal | undefined {
  const { card } = payer
  if (card === undefined) return undefined
  for (const { asset, amount } of parts) {
    const spend = { card, asset, amount, where: place.id, timeMs: context.timeMs }
    const counted = judgeCardLimits(view, spend)
    if ('ok' in counted) return counted
    writes.push(counted)
  }
  return undefined
}

/** A leg as the sale's record and its event both hold it. */
type SoldLeg = SaleRecord['legs'][number] & Leg
/** What is given of an asset, before it is told whose it becomes. */
type Given = { readonly asset: AssetRecord; readonly amount: number; readonly leg: SoldLeg }

function settle(
  setting: SaleSetting,
  shares: readonly Share[],
  writes: Write[],
): Applied | Refusal {
  const { body, place, context } = setting
  const given: Given[] = []
  for (const share of shares) {
    writes.push(...tapRecord(share.party.payer, share.party.agreed))
    give(given, share)
  }
  const { kept, tipped } = takeTips(given, tipsOf(body))
  if (tipped.some(({ part }) => !part.asset.transferable)) return refuse('asset_not_transferable')
  const brought = broughtBy(setting, firstWallet(shares))
  if ('ok' in brought) return brought
  const flows: Flow[] = kept.map((part) => flowTo(part, place.wallet))
  for (const { part, to } of tipped) flows.push(flowTo(part, to))
  flows.push(...brought.flows)
  const bought = boughtBy(body)
  const legs = given.map(({ leg }) => leg)
  const sold: SaleRecord = {
    id: context.jti,
    place: body.place,
    // What is given whole is the place's leg as it is.
    legs:
      kept === given ? legs : kept.map(({ leg, amount }) => ({ ...leg, amount: units(amount) })),
    refunded: ZERO,
    timeMs: context.timeMs,
  }
  const record = bought > 0 ? { ...sold, bought: units(bought) } : sold
  writes.push(...brought.writes, writing('sale', paymentKey(body.place, context.jti), record))
  const { facts } = brought
  const effects = { ok: true, flows, writes, created: NOTHING_CREATED, legs } as const
  return facts === undefined ? effects : { ...effects, facts }
}

const NOTHING_CREATED: readonly string[] = []

/** What a payer gives, part by part. */
function give(given: Given[], { party, wallet, parts }: Share): void {
  const card = party.payer.card?.id
  for (const { asset, amount } of parts) {
    const part = { wallet, asset: asset.id, amount: units(amount) }
    const leg = card === undefined ? part : { card, wallet, asset: asset.id, amount: part.amount }
    given.push({ asset, amount, leg })
  }
}

function flowTo({ asset, amount, leg }: Given, to: WalletId): Flow {
  return { asset: asset.id, amount, from: leg.wallet, to }
}

function firstWallet([first]: readonly Share[]): WalletId {
  if (first === undefined) throw new Error('a sale without a payer')
  return first.wallet
}
