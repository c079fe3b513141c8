import type { Operation } from '../transaction/kinds/transaction-body.ts'
import type { Leg, Movement } from './event.ts'
import { planFlows } from './movement.ts'
import {
  type Facts,
  putAll,
  type Refusal,
  type RuleContext,
  type Used,
  type Write,
  writing,
} from './rule.ts'
import { judgeOperation } from './rules.ts'
import type { Draft, View } from './view.ts'

/** What one or more operations did. */
export type Effects = {
  readonly ok: true
  readonly movements: readonly Movement[]
  readonly created: readonly string[]
  readonly used?: Used
  readonly legs?: readonly Leg[]
  readonly facts?: Facts
}

/** What a wallet lists for the plan comes on top of what the rule made of the wallet. */
function onTop(view: View, write: Write): Write {
  const known = write.family === 'wallet' ? view.get('wallet', write.key) : undefined
  if (write.family !== 'wallet' || known === undefined) return write
  return writing('wallet', write.key, { ...known, assets: write.record.assets })
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
  putAll(
    draft,
    plan.writes.map((write) => onTop(draft, write)),
  )
  for (const { family, key } of judged.removes ?? []) draft.remove(family, key)
  return { ...judged, movements: plan.movements }
}
