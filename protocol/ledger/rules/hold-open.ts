import { ZERO } from '../../amount.ts'
import { createdHoldId } from '../../derive.ts'
import type { CardId, WalletId } from '../../id.ts'
import { LEASE_GRACE_MS } from '../../limits.ts'
import type { AssetRecord, WalletRecord } from '../../state/record.ts'
import type { HoldRecord } from '../../state/record-hold.ts'
import type { Agreement } from '../../transaction/consent.ts'
import type { HoldOpen } from '../../transaction/kinds/hold.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { judgeCardLimits, judgeMandateUse } from '../charge.ts'
import { hasTooManyHoldsFor, isOpenedByPlace, openHold, releaseAtMs, remainderOf } from '../hold.ts'
import { availableOf } from '../movement.ts'
import { giverProblem, ready, tapName, tapRecord } from '../payer.ts'
import { allowsAsset, grantIds, judgeGrantUse, rightsOf } from '../rights.ts'
import {
  applied,
  type Judgement,
  type Refusal,
  type RuleContext,
  refuse,
  refuseForLackOf,
  type Write,
} from '../rule.ts'
import type { View } from '../view.ts'
import { takingProblem } from './sale-assets.ts'
import {
  type ChargeSetting,
  chargedParty,
  consentProblem,
  mandateProblem,
  type Party,
} from './sale-party.ts'

/**
 * Money of a payer is set apart for a place. What allows a sale allows it, and its whole cap counts as
 * charged when it is opened: captures do not count again. A lease keeps within the terms of its asset,
 * and so does whatever its payer did not agree to.
 */
export const open = (view: View, body: HoldOpen, context: RuleContext): Judgement => {
  const rights = rightsOf(view, { ...body, action: 'hold.open' }, context.timeMs)
  if (!rights.ok) return rights
  if (!allowsAsset(rights, body.asset)) return refuse('grant_asset_missing')
  const setting = { view, body, context, place: rights.place }
  const party = chargedParty(setting, body.payer, (agree) => maxIn(agree, body))
  const asset = view.get('asset', body.asset)
  const code =
    consentProblem(party) ??
    passesConsent(setting, party) ??
    takingProblem(view, asset, rights.place) ??
    giverProblem(party.payer, context.timeMs)
  if (code !== undefined || asset === undefined) return refuse(code ?? 'asset_unknown')
  const { wallet } = ready(party.payer)
  const bounded = { ...setting, isBounded: keepsWithinLease(body, party) }
  const problem = judgeTerms(bounded, asset, wallet) ?? mandateProblem(party)
  if (problem !== undefined) return refuse(problem)
  const charged = judgeCharge(setting, asset, party)
  if ('ok' in charged) return charged
  const used = judgeGrantUse(rights, { moved: body.cap, refunded: 0 }, context)
  if ('ok' in used) return used
  if (passesLease(bounded, asset, wallet)) return refuse('lease_limit_exceeded')
  const available = availableOf(view, wallet.id, asset.id)
  if (available < body.cap) return refuseForLackOf(body.cap - available)
  const hold = holdOf(setting, party, wallet)
  const { flows, writes } = openHold(view, hold)
  return applied({
    flows,
    writes: [...charged, ...used, ...tapRecord(party.payer, party.agreed), ...writes],
    created: [hold.id],
    used: { amount: body.cap, grants: grantIds(rights), consent: consentName(party, body) },
  })
}

type OpenSetting = ChargeSetting & { readonly body: HoldOpen }
type BoundedSetting = OpenSetting & { readonly isBounded: boolean }

/** Whatever a hold is called: on a mandate alone no more is kept apart than may be leased. */
function keepsWithinLease({ purpose }: HoldOpen, { agreed }: Party): boolean {
  return purpose === 'lease' || typeof agreed === 'string'
}

/** One consent bounds all holds of a batch that lean on it; a tap is for whatever asset. */
function consentName({ payer: { id, card }, agreed }: Party, { asset }: HoldOpen): string {
  const tap = typeof agreed === 'string' ? undefined : agreed.tap
  return card === undefined || tap === undefined ? `hold/${id}/${asset}` : tapName(card.id, tap)
}

function maxIn(agree: Agreement, body: HoldOpen): number | undefined {
  const { place, asset, purpose, expiresAtMs } = body
  const isForHold =
    agree.kind === 'hold.open' &&
    agree.place === place &&
    agree.asset === asset &&
    agree.purpose === purpose &&
    expiresAtMs + graceOf(body) <= agree.releaseAtMs
  return isForHold ? agree.max : undefined
}

function passesConsent({ body, context }: OpenSetting, party: Party): RefusalCode | undefined {
  const { payer, agreed } = party
  if (payer.card?.strength === 'weak' || typeof agreed !== 'object') return undefined
  const before = context.tally.consents.get(consentName(party, body)) ?? 0
  return before + body.cap > agreed.max ? 'consent_mismatch' : undefined
}

/** Whether there may be such a hold at all. It must be over while its id is still remembered. */
function judgeTerms(
  { view, body, context, isBounded }: BoundedSetting,
  { lease }: AssetRecord,
  wallet: WalletRecord,
): RefusalCode | undefined {
  const { timeMs, parameters } = context
  if (body.expiresAtMs <= timeMs) return 'hold_over'
  if (hasTooManyHoldsFor(view, wallet, body.place)) return 'hold_limit_reached'
  if (isBounded && lease === undefined) return 'lease_not_allowed'
  const endMs = releaseAtMs({ expiresAtMs: body.expiresAtMs, graceMs: graceOf(body) }, 0)
  return endMs > timeMs + parameters.validityMs.place ? 'hold_too_long' : undefined
}

/** How long after its expiry a hold is still captured from, where nothing else was agreed. */
export function graceOf({ graceMs, purpose }: HoldOpen): number {
  return graceMs ?? (purpose === 'lease' ? LEASE_GRACE_MS : 0)
}

/** The cap counts under the mandate, and of a card under the asset's limits for its strength. */
function judgeCharge(
  { view, body, context, place }: OpenSetting,
  asset: AssetRecord,
  { payer, mandate }: Party,
): Refusal | Write[] {
  const { card, id } = payer
  const { timeMs } = context
  const amount = body.cap
  const writes: Write[] = []
  if (typeof mandate === 'object') {
    const counted = judgeMandateUse(view, mandate, { payer: id, amount, place, timeMs })
    if ('ok' in counted) return counted
    writes.push(counted)
  }
  if (card !== undefined) {
    const limited = judgeCardLimits(view, { card, asset, amount, where: place.id, timeMs })
    if ('ok' in limited) return limited
    writes.push(limited)
  }
  return writes
}

/** Whether the open holds of a payer would keep more of the asset apart than may be leased, or longer. */
function passesLease(
  { view, body, context, isBounded }: BoundedSetting,
  { id, lease }: AssetRecord,
  { holds = [] }: WalletRecord,
): boolean {
  if (!isBounded || lease === undefined) return false
  if (body.expiresAtMs - context.timeMs > lease.durationMs) return true
  let leased: number = body.cap
  for (const known of holds) {
    const hold = view.get('hold', known)
    if (hold?.asset === id && isOpenedByPlace(hold)) leased += remainderOf(hold)
  }
  return leased > lease.cap
}

function holdOf(
  { body, context }: OpenSetting,
  { payer }: Party,
  { id: owner }: { readonly id: WalletId },
): HoldRecord {
  const hold = {
    id: createdHoldId({ ...context, index: context.operation }),
    purpose: body.purpose,
    status: 'open' as const,
    owner,
    beneficiary: body.place,
    key: body.key,
    asset: body.asset,
    cap: body.cap,
    captured: ZERO,
    expiresAtMs: body.expiresAtMs,
    graceMs: graceOf(body),
  }
  const card: CardId | undefined = payer.card?.id
  return card === undefined ? hold : { ...hold, card }
}
