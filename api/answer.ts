import type { FastifyReply, FastifyRequest } from 'fastify'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Head } from './ports/ledger.ts'
import type {
  Cancelled,
  Captured,
  Declined,
  DeskAnswer,
  Expired,
  Pending,
  Refused,
  Settlement,
  SubmissionAnswer,
} from './ports/outcome.ts'
import {
  PROBLEM_MEDIA_TYPE,
  type Problem,
  type ProblemCode,
  type ProblemDetails,
  problemOf,
} from './problem/problem.ts'
import type { SubmissionView } from './schemas/submission.ts'
import { timestampOf } from './schemas/timestamp.ts'
import {
  appliedView,
  cancelledView,
  capturedView,
  expiredView,
  refusalFacts,
  transactionView,
} from './schemas/transaction.ts'

const JSON_MEDIA_TYPE = 'application/json; charset=utf-8'

/** What is final in a moment. */
const PENDING: ReadonlySet<ProblemCode> = new Set(['captures_pending', 'sale_pending'])
/** When to come back after a 503, a 429 or one of these that names no time of its own. */
const RETRY_AFTER_SECONDS = 1
/** The other place gives back what it holds as soon as it has seen the refusal and a block has both. */
const HELD_ELSEWHERE = {
  retryAfterSeconds: 2,
  detail:
    'Retry in a moment with a new id: another place was asked to give back what it had reserved.',
}
/** `refusalsPerHour` is counted by the hour of block time. */
const REFUSALS_RETRY_AFTER_SECONDS = 600

/** Answers a problem. `retryAfterSeconds`: when the same request may succeed. */
export const refuse = (
  reply: FastifyReply,
  code: ProblemCode,
  details: ProblemDetails & { readonly retryAfterSeconds?: number } = {},
): FastifyReply => {
  const problem = problemOf(code, details)
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer realm="kermesse"')
  const seconds = details.retryAfterSeconds ?? retryAfterOf(code, problem.status)
  if (seconds !== undefined) reply.header('retry-after', seconds)
  return reply
    .code(problem.status)
    .header('content-type', PROBLEM_MEDIA_TYPE)
    .serializer(JSON.stringify)
    .send(problem)
}

const retryAfterOf = (code: ProblemCode, status: number): number | undefined => {
  if (code === 'refusals_exhausted') return REFUSALS_RETRY_AFTER_SECONDS
  return status === 503 || status === 429 || PENDING.has(code) ? RETRY_AFTER_SECONDS : undefined
}

/** Marks the answer with the height of the state it was read from. */
export const stamped = (reply: FastifyReply, { height, timeMs }: Head) => {
  reply.header('x-ledger-height', height)
  return { height, time: timestampOf(timeMs) }
}

/** Names the page after this one in `Link` (RFC 8288), with the same filters. */
export const linkNext = (
  request: FastifyRequest,
  reply: FastifyReply,
  next: string | undefined,
): void => {
  if (next === undefined) return
  const [path = '', query = ''] = request.url.split('?', 2)
  const parameters = new URLSearchParams(query)
  parameters.delete('minHeight')
  parameters.set('after', next)
  reply.header('link', `<${path}?${parameters}>; rel="next"`)
}

/**
 * Answers a submission: 201 applied or captured from a lease (200 on replay), 202 kept, or the problem
 * of its outcome.
 */
export const settle = (reply: FastifyReply, answer: DeskAnswer): FastifyReply => {
  if (answer.kind !== 'outcome') return turnAway(reply, answer)
  const { id, state, replayed } = answer
  if (state.status !== 'applied') return settleOther(reply, { id, state, replayed })
  // As text: made by hand in the shape of its schema, which need not look through it for every sale.
  const text = JSON.stringify(appliedView(id, state))
  return created(reply, replayed).header('content-type', JSON_MEDIA_TYPE).send(text)
}

/**
 * Answers several submissions, each with its outcome or its problem. Where nothing of any was kept, since
 * the node has no room or is out of touch, the request as a whole may be sent again; where nothing of
 * some, the answer says when these may. As text, for the same reason.
 */
export const settleAll = (
  reply: FastifyReply,
  answers: readonly SubmissionAnswer[],
): FastifyReply => {
  const turnedAway = answers.find((answer) => answer.kind === 'unavailable')
  if (turnedAway && answers.every(({ kind }) => kind === 'unavailable')) {
    return turnAway(reply, turnedAway)
  }
  if (turnedAway) reply.header('retry-after', turnedAway.retryAfterSeconds)
  const text = JSON.stringify({ results: answers.map(submissionView) })
  return reply.code(200).header('content-type', JSON_MEDIA_TYPE).send(text)
}

const submissionView = (answer: SubmissionAnswer): SubmissionView =>
  answer.kind === 'outcome'
    ? { outcome: transactionView(answer.id, answer.state), replayed: answer.replayed }
    : { problem: problemOfAnswer(answer) }

const problemOfAnswer = (answer: Exclude<SubmissionAnswer, Settlement>): Problem =>
  problemOf(
    answer.code,
    answer.kind === 'unavailable' && answer.facts ? { facts: answer.facts } : {},
  )

/** 201, or 200 for a request answered before. */
export const created = (reply: FastifyReply, replayed: boolean): FastifyReply =>
  marked(reply, replayed).code(replayed ? 200 : 201)

/** Says of an answer that it was given before, whatever it is. */
export const marked = (reply: FastifyReply, replayed: boolean): FastifyReply =>
  replayed ? reply.header('idempotent-replayed', 'true') : reply

/** Answers what is neither applied nor an outcome: nothing was kept. */
export const turnAway = (
  reply: FastifyReply,
  answer: Exclude<DeskAnswer, Settlement>,
): FastifyReply => {
  if (answer.kind !== 'unavailable') return refuse(reply, answer.code)
  const { retryAfterSeconds, facts } = answer
  return refuse(reply, answer.code, { retryAfterSeconds, ...(facts && { facts }) })
}

/** Answers an outcome that is not `applied`. */
export const settleOther = (
  reply: FastifyReply,
  { id, state, replayed }: Omit<Settlement<Declined | Pending | Captured>, 'kind'>,
): FastifyReply => {
  if (state.status === 'captured') return created(reply, replayed).send(capturedView(id, state))
  marked(reply, replayed)
  if (state.status !== 'pending') return declined(reply, id, state)
  return located(reply, id).send(transactionView(id, state))
}

/** 202: kept, and where to ask what became of it. */
export const located = (reply: FastifyReply, id: PaymentId): FastifyReply =>
  reply
    .code(202)
    .header('location', `/v1/transactions/${id}`)
    .header('retry-after', RETRY_AFTER_SECONDS)

const declined = (reply: FastifyReply, id: PaymentId, state: Declined): FastifyReply => {
  switch (state.status) {
    case 'refused':
      return refuseRecorded(reply, id, state)
    case 'cancelled':
      return refuse(reply, 'cancelled', cancelledDetails(id, state))
    case 'expired':
      return refuse(reply, 'expired', expiredDetails(id, state))
    case 'lost': {
      const outcome = transactionView(id, state)
      return refuse(reply, 'capture_lost', { facts: { paymentId: id, outcome } })
    }
  }
}

const refuseRecorded = (reply: FastifyReply, id: PaymentId, state: Refused): FastifyReply =>
  refuse(reply, state.code, {
    recorded: state.event !== undefined,
    facts: { paymentId: id, ...refusalFacts(state) },
    ...(state.facts.heldElsewhere && HELD_ELSEWHERE),
  })

const cancelledDetails = (id: PaymentId, state: Cancelled): ProblemDetails => {
  const { height, index, time } = cancelledView(id, state)
  return { recorded: true, facts: { paymentId: id, height, index, time } }
}

const expiredDetails = (id: PaymentId, state: Expired): ProblemDetails => {
  const { height, time } = expiredView(id, state)
  return { facts: { paymentId: id, height, time } }
}
