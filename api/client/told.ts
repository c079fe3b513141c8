import { CARD_CHANGES } from './card-looks.ts'
import { KermesseError } from './error.ts'
import type { Json } from './json.ts'
import { declinedIn, isCard, type Outcome, outcomeIn } from './outcome.ts'
import type { Operation } from './routes.ts'
import type { Answer, Silence } from './transport.ts'
import type { Problem } from './wire.ts'

/** What one answer says of a payment. */
export type Told = { readonly kind: 'outcome'; readonly outcome: Outcome } | Undecided

/** What one answer says that is no outcome. */
export type Undecided =
  /** The node keeps it: it will be in a block, or expire. */
  | Again<'pending'>
  /** Nobody knows: the same once more. `notKept`: this attempt at least left nothing behind. */
  | (Again<'again'> & { readonly code: string; readonly notKept: boolean })
  /** The node never heard of it. */
  | { readonly kind: 'unknown'; readonly error: KermesseError }
  /** Turned away: of this attempt nothing was kept, and the same again will fare no better. */
  | { readonly kind: 'turned_away'; readonly error: KermesseError }

type Again<K> = { readonly kind: K; readonly retryAfterMs?: number | undefined }

/** Problems after which the API promises that its node kept nothing of the request. */
const NOT_KEPT: ReadonlySet<string> = new Set([
  'rate_limited',
  'refusals_exhausted',
  'node_blocked',
  'node_overloaded',
  'not_yet_valid',
  'captures_pending',
  'sale_pending',
])

/** What a node that is cut off cannot do now: the till is told at once, and asks for something else. */
const OFFLINE: ReadonlySet<string> = new Set([
  'ledger_required',
  'lease_missing',
  'lease_insufficient',
])

/** What the answer to an order, a cancellation or a question says of the payment `id`. */
export const toldBy = (id: string, operation: Operation, answer: Answer | Silence): Told => {
  if (answer.kind === 'silence') return { kind: 'again', code: answer.code, notKept: false }
  if (answer.status >= 400) return toldByProblem(id, answer)
  const { status, body, retryAfterMs } = answer
  if (status === 202 || body['status'] === 'pending') {
    return body['id'] === id ? { kind: 'pending', retryAfterMs } : UNREADABLE
  }
  const ofCard = CARD_CHANGES.has(operation) ? cardOutcomeIn(id, answer) : undefined
  const outcome = status <= 201 ? (outcomeIn(id, body) ?? ofCard) : undefined
  return outcome === undefined ? UNREADABLE : { kind: 'outcome', outcome }
}

/** An answer that is not about this payment, or about nothing: of another, or of something between. */
const UNREADABLE: Told = { kind: 'again', code: 'answer_unreadable', notKept: false }

/** What is asked of a card is answered with the card, and by which transaction if it took one. */
const cardOutcomeIn = (id: string, { status, body, replayed }: Answer): Outcome | undefined => {
  const { card, transaction } = body
  if (!isCard(card)) return undefined
  if (transaction === undefined) {
    return status === 200 && replayed ? { id, status: 'unchanged', card } : undefined
  }
  const outcome = outcomeIn(id, transaction)
  return outcome?.status === 'applied' ? { ...outcome, card } : undefined
}

const toldByProblem = (id: string, answer: Answer): Told => {
  const { status, body, retryAfterMs } = answer
  const problem = problemIn(body)
  if (problem === undefined) return UNREADABLE
  const { code } = problem
  const outcome = outcomeOfProblem(id, status, body)
  if (outcome !== undefined) return { kind: 'outcome', outcome }
  if (code === 'record_unknown') return { kind: 'unknown', error: errorOf(answer, id) }
  // A refusal without the id that it is of decides nothing.
  if (status === 422 || code === 'already_applied') return UNREADABLE
  if (status === 410 && body['paymentId'] !== undefined) return UNREADABLE
  if (OFFLINE.has(code)) return { kind: 'turned_away', error: errorOf(answer, id) }
  if (problem.retryable || status >= 500) {
    return { kind: 'again', code, notKept: NOT_KEPT.has(code), retryAfterMs }
  }
  return { kind: 'turned_away', error: errorOf(answer, id) }
}

const outcomeOfProblem = (id: string, status: number, body: Json): Outcome | undefined => {
  const named = body['paymentId']
  if (status === 409 && body['code'] === 'already_applied') return outcomeIn(id, body['outcome'])
  if (status === 422 && named === id) return declinedIn(id, body)
  // Without the id it is of this request alone, which came too late: nobody has said it of the payment.
  if (status === 410 && named === id) return outcomeIn(id, body['outcome']) ?? declinedIn(id, body)
  return undefined
}

/** A problem detail (RFC 9457) as this API answers it, or undefined. */
const problemIn = (body: Json): Problem | undefined => (isProblem(body) ? body : undefined)

const isProblem = (body: Json): body is Json & Problem =>
  typeof body['code'] === 'string' && typeof body['retryable'] === 'boolean'

/** The error of an answer that is no outcome. */
export const errorOf = ({ status, body, retryAfterMs }: Answer, id?: string): KermesseError => {
  const problem = problemIn(body)
  const facts = { id, status, retryAfterMs, problem }
  if (problem === undefined) {
    return new KermesseError('answer_unreadable', { ...facts, retryable: true })
  }
  const { code, retryable, recorded, detail } = problem
  return new KermesseError(code, { ...facts, retryable, recorded, detail })
}
