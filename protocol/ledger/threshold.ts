import { quorumOf } from '../chain/authority-set.ts'
import type { Agreement } from '../transaction/consent.ts'
import type { TransactionBody } from '../transaction/kinds/transaction-body.ts'
import { termsOf } from '../transaction/operator-terms.ts'
import type { RefusalCode } from '../transaction/outcome.ts'
import { authoritiesOf, isOperator } from './network.ts'
import type { RuleContext } from './rule.ts'
import type { View } from './view.ts'

/**
 * The authorities' threshold: an operator signs, and a quorum of the operators consents to exactly
 * this. The signer's own consent counts like any other.
 */
export const judgeThreshold = (
  view: View,
  { signer, consents }: Pick<RuleContext, 'signer' | 'consents'>,
  agrees: (agree: Agreement) => boolean,
): RefusalCode | undefined => {
  if (!isOperator(view, signer)) return 'authority_required'
  const own = consents.filter((consent) => isOperator(view, consent.signer))
  const agreeing = own.filter(({ agree }) => agrees(agree))
  const quorum = quorumOf(authoritiesOf(view).members.length)
  if (signersOf(own).size < quorum) return 'consent_missing'
  return signersOf(agreeing).size < quorum ? 'consent_mismatch' : undefined
}

/** The threshold for a kind whose operators agree to the whole body. */
export const judgeOperators = (
  view: View,
  context: Pick<RuleContext, 'signer' | 'consents'>,
  body: TransactionBody,
): RefusalCode | undefined => {
  const terms = termsOf(body)
  return judgeThreshold(
    view,
    context,
    (agree) => agree.kind === 'operators' && agree.terms === terms,
  )
}

function signersOf(consents: RuleContext['consents']): ReadonlySet<string> {
  return new Set(consents.map(({ signer }) => signer))
}
