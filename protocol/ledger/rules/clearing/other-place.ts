import type { PlaceRecord } from '../../../state/record.ts'
import type { ClearingOpen, ClearingSettle } from '../../../transaction/kinds/clearing.ts'
import { termsOf } from '../../../transaction/operator-terms.ts'
import type { RefusalCode } from '../../../transaction/outcome.ts'
import type { RuleContext } from '../../rule.ts'

/** Whether the other place's key agrees to exactly this. */
export const judgeOtherPlace = (
  { key }: PlaceRecord,
  body: ClearingOpen | ClearingSettle,
  { consents }: RuleContext,
): RefusalCode | undefined => {
  const own = consents.filter(({ signer }) => signer === key)
  if (own.length === 0) return 'consent_missing'
  const terms = termsOf(body)
  const isAgreed = own.some(
    ({ agree }) => agree.kind === body.kind && agree.place === body.place && agree.terms === terms,
  )
  return isAgreed ? undefined : 'consent_mismatch'
}
