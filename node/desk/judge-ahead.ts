import type { RefusalFacts } from '#api/ports/outcome.ts'
import { units } from '#protocol/amount.ts'
import { effectsAhead, frameAfter } from '#protocol/ledger/ahead.ts'
import { contextOf } from '#protocol/ledger/apply.ts'
import type { Refusal, RuleContext } from '#protocol/ledger/rule.ts'
import { RULE_BOOK } from '#protocol/ledger/rule-book.ts'
import { judgeOperation } from '#protocol/ledger/rules.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { Sale } from '#protocol/transaction/kinds/payment.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { RefusalCode } from '#protocol/transaction/outcome.ts'
import type { Next } from './door.ts'

/** State's no, told before the transaction leaves the node. */
export type RefusedAhead = { readonly code: RefusalCode; readonly facts: RefusalFacts }

/**
 * What a block would refuse the transaction with if it followed the final one now: the ledger's own
 * rules, on final state. The door has let it in.
 */
export const judgeAhead = (
  view: View,
  transaction: VerifiedTransaction,
  { acting, timeMs }: Next,
): RefusedAhead | undefined => {
  const frame = frameAfter(view, timeMs, RULE_BOOK)
  const effects = effectsAhead(view, transaction, { acting, frame })
  if (effects.ok) return undefined
  const context = contextOf(transaction, acting, frame)
  const { body } = transaction
  return { code: effects.code, facts: factsOf(view, { body, refusal: effects, context }) }
}

const factsOf = (
  view: View,
  {
    body,
    refusal,
    context,
  }: {
    readonly body: TransactionBody
    readonly refusal: Refusal
    readonly context: RuleContext
  },
): RefusalFacts => {
  const missingAmount = refusal.facts?.missingAmount
  if (missingAmount === undefined) return {}
  const asset = onlyAssetOf(body)
  return {
    missingAmount,
    ...(asset !== undefined && { asset }),
    ...(body.kind === 'sale' && {
      unit: body.unit,
      scale: body.scale,
      legs: legsWithout(view, { body, missingAmount, context }),
    }),
  }
}

/** The asset that is missing, where the body names just one. */
const onlyAssetOf = (body: TransactionBody): RefusalFacts['asset'] => {
  if (body.kind === 'cashout') return body.asset
  if (body.kind !== 'sale') return undefined
  return body.assets?.length === 1 ? body.assets[0] : undefined
}

/** What the payers could have given: the legs of the same sale over what is there. */
const legsWithout = (
  view: View,
  {
    body,
    missingAmount,
    context,
  }: {
    readonly body: Sale
    readonly missingAmount: number
    readonly context: RuleContext
  },
): NonNullable<RefusalFacts['legs']> => {
  const given = body.amount - missingAmount
  if (given <= 0) return []
  const judged = judgeOperation(view, { ...body, amount: units(given) }, context)
  return judged.ok ? (judged.legs ?? []) : []
}
