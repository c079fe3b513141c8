import type { CorrectionRecord, TopUpRecord } from '../../state/record-money.ts'
import type { Touched } from '../touched.ts'
import { type Finding, finding } from './finding.ts'

/**
 * Invariant 3 for top-ups and corrections: of a top-up at most all goes back, by refunds and reversals
 * together; a correction ends once, and takes effect when it is due at the earliest.
 */
export const checkTopUps = (
  { topup, correction }: Touched,
  blockTimeMs: number,
): Finding | undefined => {
  for (const { key, before, after } of topup) {
    const broken = checkTopUp(key, after) ?? checkTerms(key, before, after)
    if (broken !== undefined) return broken
  }
  for (const { key, before, after } of correction) {
    const broken = checkCorrection(key, { before, after, blockTimeMs })
    if (broken !== undefined) return broken
  }
  return undefined
}

/** At most all of it went back. */
export const checkTopUp = (key: string, topup: TopUpRecord | undefined): Finding | undefined =>
  topup === undefined || topup.returned <= topup.amount
    ? undefined
    : finding('returned_within_topup', key, { expected: topup.amount, found: topup.returned })

function checkTerms(
  key: string,
  before: TopUpRecord | undefined,
  after: TopUpRecord | undefined,
): Finding | undefined {
  if (before === undefined || after === before) return undefined
  const isSame = after?.amount === before.amount && after.wallet === before.wallet
  return isSame ? undefined : finding('topup_stays', key, { expected: 'kept', found: 'changed' })
}

function checkCorrection(
  key: string,
  { before, after, blockTimeMs }: CorrectionStep,
): Finding | undefined {
  if (before === undefined || after === before) return undefined
  if (before.status !== 'published' || after === undefined) {
    return finding('correction_ends_once', key, { expected: before.status, found: 'changed' })
  }
  return after.status !== 'executed' || before.dueMs <= blockTimeMs
    ? undefined
    : finding('correction_when_due', key, { expected: before.dueMs, found: blockTimeMs })
}

type CorrectionStep = {
  readonly before: CorrectionRecord | undefined
  readonly after: CorrectionRecord | undefined
  readonly blockTimeMs: number
}
