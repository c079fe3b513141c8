import { units, ZERO } from '../../amount.ts'
import type { WalletId } from '../../id.ts'
import { DEBIT_ASSETS_MAX } from '../../limits.ts'
import type { AssetRecord, SaleRecord } from '../../state/record.ts'
import type { Sale } from '../../transaction/kinds/payment.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { judgeCardLimits, judgeMandateUse } from '../charge.ts'
import type { Leg } from '../event.ts'
import { availableOf } from '../movement.ts'
import { earliestOf, giverProblem, ready } from '../payer.ts'
import { paymentKey } from '../payment-key.ts'
import { allowsAsset, judgeGrantUse, rightsOf } from '../rights.ts'
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
  consentProblem,
  mandateProblem,
  type Party,
  partyOf,
  type SaleSetting,
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
  if (body.assets?.some((asset) => !allowsAsset(rights, asset))) {
    return refuse('grant_asset_missing')
  }
  const setting: SaleSetting = { view, body, place: rights.place, context }
  const parties = body.payers.map((payer) => partyOf(setting, payer))
  const withoutConsent = earliestOf(parties, consentProblem)
  if (withoutConsent !== undefined) return refuse(withoutConsent)
  const assets = saleAssets(view, body, rights)
  if ('ok' in assets) return assets
  const code = judgeParties(parties, context)
  if (code !== undefined) return refuse(code)
  const shares = sharesOf(setting, parties, assets)
  const charged = judgeShares(setting, shares)
  if ('ok' in charged) return charged
  const used = judgeGrantUse(rights, { moved: body.amount, refunded: 0 }, context)
  if ('ok' in used) return used
  const given = shares.reduce((sum, { total }) => sum + total, 0)
  if (given < body.amount) return refuseForLackOf(body.amount - given)
  charged.push(...used)
  return settle(setting, shares, charged)
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

function judgeParties(parties: readonly Party[], { timeMs }: RuleContext): RefusalCode | undefined {
  const problem = earliestOf(parties, ({ payer }) => giverProblem(payer, timeMs))
  if (problem !== undefined) return problem
  if (parties.length === 1) return undefined
  const wallets = new Set(parties.map(({ payer }) => payer.wallet?.id))
  return wallets.size < parties.length ? 'payer_repeated' : undefined
}

/** Takes what is there until the amount is met. */
function sharesOf(
  { view, body }: SaleSetting,
  parties: readonly Party[],
  assets: readonly AssetRecord[],
): Share[] {
  let missing: number = body.amount
  return parties.map((party) => {
    const wallet = ready(party.payer).wallet.id
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
  for (const judge of [judgeMandate, judgeLimits]) {
    for (const share of shares) {
      const refusal = judge(setting, share, writes)
      if (refusal !== undefined) return refusal
    }
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

function settle(
  { body, place, context }: SaleSetting,
  shares: readonly Share[],
  writes: Write[],
): Applied {
  const legs: SoldLeg[] = []
  const flows: Flow[] = []
  for (const { party, wallet, parts } of shares) {
    const card = party.payer.card?.id
    for (const { asset, amount } of parts) {
      const leg = { wallet, asset: asset.id, amount: units(amount) }
      legs.push(card === undefined ? leg : { card, ...leg })
      flows.push({ asset: asset.id, amount, from: wallet, to: place.wallet })
    }
  }
  const record: SaleRecord = {
    id: context.jti,
    place: body.place,
    legs,
    refunded: ZERO,
    timeMs: context.timeMs,
  }
  writes.push(writing('sale', paymentKey(body.place, context.jti), record))
  return { ok: true, flows, writes, created: [], legs }
}
