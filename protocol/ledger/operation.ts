import type { Operation } from '../transaction/kinds/transaction-body.ts'
import type { Leg, Movement } from './event.ts'
import { planFlows } from './movement.ts'
import {
  type Facts,
  put,
  putAll,
  type Refusal,
  type RuleContext,
  type Used,
  type Write,
} from './rule.ts'
import { judgeOperation } from './rules.ts'
import type { Draft } from './view.ts'

/** What one or more operations did. */
export type Effects = {
  readonly ok: true
  readonly movements: readonly Movement[]
  readonly created: readonly string[]
  readonly used?: Used | undefined
  readonly legs?: readonly Leg[] | undefined
  readonly facts?: Facts | undefined
}

/** What a wallet lists for the plan comes on top of what the rule made of the wallet. */
function putPlanned(draft: Draft, writes: readonly Write[]): void {
  for (const write of writes) {
    const known = write.family === 'wallet' ? draft.get('wallet', write.key) : undefined
    if (write.family !== 'wallet' || known === undefined) put(draft, write)
    else draft.put('wallet', write.key, { ...known, assets: write.record.assets })
  }
}

/** Judges an operation, plans its movements, and only then writes: refused, it wrote nothing. */
export const applyOperation = (
  draft: Draft,
  body: Operation,
  context: RuleContext,
): Effects | Refusal => {
  const judged = judgeOperation(draft, body, context)
  if (!judged.ok) return judged
  const plan = planFlows(draft, body.kind, judged.flows)
  if (!plan.ok) return plan
  putAll(draft, judged.writes)
  putPlanned(draft, plan.writes)
  if (judged.removes !== undefined) {
    for (const { family, key } of judged.removes) draft.remove(family, key)
  }
  const { created, used, legs, facts } = judged
  return { ok: true, movements: plan.movements, created, used, legs, facts }
}
