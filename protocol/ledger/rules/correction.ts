import { CORRECTION_DELAY_MS } from '../../limits.ts'
import type { CorrectionRecord } from '../../state/record-money.ts'
import type {
  Correction,
  CorrectionExecute,
  CorrectionWithdraw,
} from '../../transaction/kinds/correction.ts'
import type { RefusalCode } from '../../transaction/outcome.ts'
import { isClosed } from '../card.ts'
import { availableOf } from '../movement.ts'
import { isOperator } from '../network.ts'
import { paymentKey } from '../payment-key.ts'
import {
  applied,
  type Judgement,
  type RuleContext,
  refuse,
  refuseForLackOf,
  writing,
} from '../rule.ts'
import { judgeOperators } from '../threshold.ts'
import type { View } from '../view.ts'

/**
 * The only way money moves outside the rules: a quorum of the operators publishes from whom, to whom,
 * how much and the hash of why. Everybody can see it for a day before anything moves.
 */
export const publishCorrection = (
  view: View,
  body: Correction,
  context: RuleContext,
): Judgement => {
  const code = judgeOperators(view, context, body) ?? judgeTerms(view, body)
  if (code !== undefined) return refuse(code)
  const { kind: _, ...terms } = body
  const record: CorrectionRecord = {
    id: context.jti,
    scope: context.scope,
    ...terms,
    dueMs: context.timeMs + CORRECTION_DELAY_MS,
    status: 'published',
  }
  return applied({
    writes: [writing('correction', paymentKey(context.scope, context.jti), record)],
    facts: { reason: body.reason, untilMs: record.dueMs },
  })
}

/** Moves what was published, once. Held money is out of its reach. */
export const executeCorrection = (
  view: View,
  body: CorrectionExecute,
  context: RuleContext,
): Judgement => {
  if (!isOperator(view, context.signer)) return refuse('authority_required')
  const record = publishedIn(view, body)
  if (record === undefined) return refuse('correction_unknown')
  if (isClosed(view.get('wallet', record.to))) return refuse('wallet_closed')
  if (context.timeMs < record.dueMs) return refuse('correction_not_due')
  const { asset, amount, from, to, reason } = record
  const available = availableOf(view, from, asset)
  if (available < amount) return refuseForLackOf(amount - available)
  return applied({
    flows: [{ asset, amount, from, to }],
    writes: [ended(record, 'executed')],
    facts: { reason },
  })
}

/** What was published never happens. */
export const withdrawCorrection = (
  view: View,
  body: CorrectionWithdraw,
  context: RuleContext,
): Judgement => {
  const threshold = judgeOperators(view, context, body)
  if (threshold === 'authority_required') return refuse(threshold)
  const record = publishedIn(view, body)
  if (record === undefined) return refuse('correction_unknown')
  if (threshold !== undefined) return refuse(threshold)
  return applied({ writes: [ended(record, 'withdrawn')], facts: { reason: record.reason } })
}

function judgeTerms(view: View, { asset, from, to }: Correction): RefusalCode | undefined {
  if (view.get('asset', asset) === undefined) return 'asset_unknown'
  if ([from, to].some((wallet) => view.get('wallet', wallet) === undefined)) return 'wallet_unknown'
  if (isClosed(view.get('wallet', to))) return 'wallet_closed'
  return from === to ? 'transfer_to_self' : undefined
}

function publishedIn(
  view: View,
  { scope, correction }: CorrectionExecute | CorrectionWithdraw,
): CorrectionRecord | undefined {
  const record = view.get('correction', `${scope}/${correction}`)
  return record?.status === 'published' ? record : undefined
}

function ended(record: CorrectionRecord, status: 'executed' | 'withdrawn') {
  return writing('correction', `${record.scope}/${record.id}`, { ...record, status })
}
