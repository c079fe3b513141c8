import { REFUSAL_CODES } from '#protocol/transaction/outcome.ts'
import {
  PROBLEM_CODES,
  type Problem,
  type ProblemCode,
  type ProblemDetails,
  problemOf,
} from '../problem/problem.ts'
import { timestampOf } from '../schemas/timestamp.ts'
import { appliedView } from '../schemas/transaction.ts'
import { HEALTH, SALE, SAMPLE } from './sample.ts'

const recordedAt = { height: SAMPLE.height, time: timestampOf(SAMPLE.timeMs) }
const legs = SALE.legs ?? []

/** What the answers of some codes say beside what all say. */
const DETAILS: { readonly [C in ProblemCode]?: ProblemDetails } = {
  request_invalid: {
    facts: {
      errors: [{ in: 'body', pointer: '#/amount', detail: 'Too small: expected number to be >=1' }],
    },
  },
  cursor_invalid: {
    facts: {
      errors: [{ in: 'querystring', pointer: '#/after', detail: 'not a cursor of this API' }],
    },
  },
  insufficient_funds: {
    facts: { paymentId: SAMPLE.payment, missingAmount: 150, asset: SAMPLE.asset, legs },
  },
  cancelled: { recorded: true, facts: { paymentId: SAMPLE.payment, ...recordedAt, index: 2 } },
  expired: { facts: { paymentId: SAMPLE.payment, ...recordedAt } },
  already_applied: {
    facts: {
      paymentId: SAMPLE.payment,
      outcome: appliedView(SAMPLE.payment, { status: 'applied', event: SALE }),
    },
  },
  record_unknown: { facts: { paymentId: SAMPLE.payment } },
  receipt_pending: { facts: { paymentId: SAMPLE.payment } },
  receipt_absent: { facts: { paymentId: SAMPLE.payment } },
  not_ready: { facts: { health: { ...HEALTH, mode: 'blocked', peers: 0 } } },
}

const REFUSALS: ReadonlySet<string> = new Set(REFUSAL_CODES)

/** An answer with each code, made as answers are made. */
export const problemExamples = (): ReadonlyMap<ProblemCode, Problem> =>
  new Map(PROBLEM_CODES.map((code) => [code, problemOf(code, DETAILS[code] ?? detailsOf(code))]))

const detailsOf = (code: ProblemCode): ProblemDetails =>
  REFUSALS.has(code) ? { facts: { paymentId: SAMPLE.payment } } : {}
