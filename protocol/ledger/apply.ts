import { units } from '../amount.ts'
import type { Key } from '../id.ts'
import { type Parameters, refusalShareOf } from '../state/parameters.ts'
import type { CounterRecord, PaymentRecord } from '../state/record.ts'
import type { VerifiedTransaction } from '../transaction/envelope.ts'
import type { RefusalCode } from '../transaction/outcome.ts'
import { applyBatch } from './batch.ts'
import type { Admitted } from './door.ts'
import type { LedgerEvent } from './event.ts'
import { applyOperation, type Effects } from './operation.ts'
import { hourEndMs, hourOf } from './period.ts'
import { chainOf } from './rights.ts'
import type { Refusal, RuleContext, Rules, Tally } from './rule.ts'
import { type Acting, grantsNamedIn, isByHoldKey } from './scope.ts'
import type { Draft, View } from './view.ts'

/** Where in the chain a transaction is applied, and what the network agreed on. */
export type BlockPosition = {
  readonly height: number
  readonly index: number
  readonly timestampMs: number
  readonly parameters: Parameters
  readonly rules: Rules
}

/** Recorded as applied or refused; or not recordable: its scope refused too often this hour. */
export type Application =
  | { readonly ok: true; readonly event: LedgerEvent }
  | { readonly ok: false; readonly code: 'refusals_exhausted'; readonly refusal: RefusalCode }

/**
 * Applies one transaction that the door let in: its effects and the record of its id, or only that
 * record and a count of the refusal. Whatever is not recorded leaves the draft as it was. A rule
 * that throws leaves it in between: the caller rolls back.
 */
export const applyTransaction = (
  draft: Draft,
  transaction: VerifiedTransaction,
  { acting, paymentKey, untilMs }: Admitted,
  position: BlockPosition,
): Application => {
  const context = contextOf(transaction, acting, position)
  const { body } = transaction
  const effects =
    body.kind === 'batch' ? applyBatch(draft, body, context) : applyOperation(draft, body, context)
  if (!effects.ok && !countRefusal(draft, transaction, { acting, position })) {
    return { ok: false, code: 'refusals_exhausted', refusal: effects.code }
  }
  const event = eventOf(transaction, acting, { effects, position })
  const { outcome } = event
  const record = paymentRecordOf(transaction, { acting, position, outcome, untilMs })
  draft.put('payment', paymentKey, record)
  return { ok: true, event }
}

const NO_TALLY: Tally = { grants: new Map(), consents: new Map() }

/** What the rules of a transaction know beside state. */
export const contextOf = (
  { signer, jti, consents }: VerifiedTransaction,
  { scope }: Acting,
  { timestampMs, parameters, rules }: Pick<BlockPosition, 'timestampMs' | 'parameters' | 'rules'>,
): RuleContext => ({
  signer,
  scope,
  jti,
  consents,
  operation: 0,
  timeMs: timestampMs,
  parameters,
  rules,
  tally: NO_TALLY,
})

/** Counts a refusal; false, and nothing is counted, when one of those who answer for it has none left. */
function countRefusal(
  draft: Draft,
  transaction: VerifiedTransaction,
  { acting, position }: { readonly acting: Acting; readonly position: BlockPosition },
): boolean {
  const counted = countersOfRefusal(draft, transaction, acting, position)
  if (counted.some(({ value, most }) => value > most)) return false
  const untilMs = hourEndMs(hourOf(position.timestampMs))
  for (const { name, value } of counted) {
    draft.put('counter', name, { name, value: units(value), untilMs })
  }
  return true
}

/** Whether a block of this time on this state could record that the transaction is refused. */
export const mayBeRefused = (
  view: View,
  transaction: VerifiedTransaction,
  acting: Acting,
  frame: Pick<BlockPosition, 'timestampMs' | 'parameters'>,
): boolean =>
  countersOfRefusal(view, transaction, acting, frame).every(({ value, most }) => value <= most)

/** Until when nobody whose refusals this counter counts can have one more recorded; 0 if they can. */
export const spentUntilMs = (
  { name, value, untilMs }: CounterRecord,
  parameters: Parameters,
): number => {
  if (!name.startsWith('refused/')) return 0
  const ofGrantee = name.split('/').length > 3
  const most = ofGrantee ? refusalShareOf(parameters) : parameters.refusedPerHour
  return value >= most ? untilMs : 0
}

/** What one more refusal brings the counters of this hour to: the scope's, and its grantees'. */
function countersOfRefusal(
  view: View,
  transaction: VerifiedTransaction,
  acting: Acting,
  { timestampMs, parameters }: Pick<BlockPosition, 'timestampMs' | 'parameters'>,
): readonly { readonly name: string; readonly value: number; readonly most: number }[] {
  const hour = hourOf(timestampMs)
  const share = refusalShareOf(parameters)
  const budgets = [
    { name: `refused/${acting.scope}/${hour}`, most: parameters.refusedPerHour },
    ...granteesOf(view, transaction, acting).map((grantee) => ({
      name: `refused/${acting.scope}/${grantee}/${hour}`,
      most: share,
    })),
  ]
  return budgets.map((budget) => ({
    ...budget,
    value: (view.get('counter', budget.name)?.value ?? 0) + 1,
  }))
}

/**
 * Who answers for a refusal of a place beside the place itself: those to whom its key gave the grants
 * that the body names or their ancestors, and the key of a hold for what it signs itself. Whoever hands
 * its rights on answers for them.
 */
function granteesOf(
  view: View,
  { body, signer }: VerifiedTransaction,
  { kind, scope }: Acting,
): readonly Key[] {
  if (kind !== 'place') return []
  const key = view.get('place', scope)?.key
  const grantees = new Set<Key>()
  if (signer !== key && isByHoldKey(view, signer, body)) grantees.add(signer)
  for (const grant of grantsNamedIn(body)) {
    const grantee = chainOf(view, grant).at(-1)?.grantee
    if (grantee !== undefined && grantee !== key) grantees.add(grantee)
  }
  return [...grantees]
}

function paymentRecordOf(
  { jti, hash, body }: VerifiedTransaction,
  {
    acting,
    position,
    outcome,
    untilMs,
  }: {
    readonly acting: Acting
    readonly position: BlockPosition
    readonly outcome: LedgerEvent['outcome']
    readonly untilMs: number
  },
): PaymentRecord {
  return {
    scope: acting.scope,
    id: jti,
    kind: body.kind,
    hash,
    outcome,
    height: position.height,
    index: position.index,
    untilMs,
  }
}

function eventOf(
  { jti, body }: VerifiedTransaction,
  acting: Acting,
  { effects, position }: { readonly effects: Effects | Refusal; readonly position: BlockPosition },
): LedgerEvent {
  const { height, index, timestampMs: timeMs } = position
  const { scope } = acting
  const movements = effects.ok ? effects.movements : NONE
  const created = effects.ok ? effects.created : NONE
  const legs = effects.ok ? effects.legs : undefined
  const { facts } = effects
  const outcome = effects.ok ? 'applied' : effects.code
  const { kind } = body
  const event: Told = { height, index, timeMs, kind, id: jti, scope, outcome, movements, created }
  if (acting.kind === 'place') event.place = acting.scope
  const [grant] = grantsNamedIn(body)
  if (grant !== undefined) event.grant = grant
  if (legs !== undefined) event.legs = legs
  if (facts !== undefined) event.facts = facts
  return event
}

/** An event while it is put together: a copy for each member that not all have would cost more. */
type Told = { -readonly [Member in keyof LedgerEvent]: LedgerEvent[Member] }

const NONE: readonly never[] = []
