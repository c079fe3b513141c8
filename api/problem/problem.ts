import { z } from 'zod'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { HealthView } from '../schemas/health.ts'
import { LegView, missingIn, TransactionView } from '../schemas/transaction.ts'
import { API_PROBLEMS } from './api-problems.ts'
import { DOOR_PROBLEMS } from './door-problems.ts'
import { REFUSAL_PROBLEMS } from './refusal-problems.ts'
import type { ProblemRow } from './row.ts'
import { WEBHOOK_PROBLEMS } from './webhook-problems.ts'

/** Every code this API answers, with its status and advice. */
export const PROBLEMS = {
  ...API_PROBLEMS,
  ...DOOR_PROBLEMS,
  ...REFUSAL_PROBLEMS,
  ...WEBHOOK_PROBLEMS,
}
export type ProblemCode = keyof typeof PROBLEMS
export const PROBLEM_CODES: readonly ProblemCode[] = Object.keys(PROBLEMS).filter(
  (code): code is ProblemCode => code in PROBLEMS,
)

export const PROBLEM_MEDIA_TYPE = 'application/problem+json'

/** One fault of a request: where, as a JSON Pointer (RFC 6901) in a URI fragment, and what. */
const RequestFault = z.strictObject({
  in: z.enum(['body', 'headers', 'params', 'querystring']),
  pointer: z.string(),
  detail: z.string(),
})
export type RequestFault = z.infer<typeof RequestFault>

/** Facts that some problems carry beside what all of them say. */
const ProblemFacts = z.strictObject({
  paymentId: PaymentId.optional(),
  missingAmount: z.int().min(1).optional(),
  ...missingIn,
  legs: z.array(LegView).readonly().optional().describe('What the payers could have given'),
  heldElsewhere: z
    .int()
    .min(1)
    .optional()
    .describe('Reserved by other places, which this refusal asks to give it back: soon, a new id'),
  left: z.int().min(0).optional().describe('What can still be taken of the lease'),
  stateTime: z.iso
    .datetime()
    .optional()
    .describe('The node is cut off: what happened since then it does not know'),
  height: z.int().min(0).optional(),
  index: z.int().min(0).optional(),
  time: z.iso.datetime().optional(),
  outcome: TransactionView.optional(),
  health: HealthView.optional(),
  snapshot: z
    .strictObject({
      height: z.int().min(0),
      slots: z.int().min(0),
      of: z.int().min(0).describe('How many slots there are; 0: not known yet'),
    })
    .optional()
    .describe('How far the copy is that a new node begins with'),
  errors: z.array(RequestFault).readonly().optional(),
})
type ProblemFacts = z.infer<typeof ProblemFacts>

/** A problem detail (RFC 9457). */
export const Problem = z
  .strictObject({
    type: z.string().describe('`urn:kermesse:problem:` and the code'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('What to do about it'),
    code: z.string().describe('Stable; decide by this'),
    retryable: z.boolean().describe('Whether the same request may succeed later'),
    recorded: z.boolean().describe('Whether a final block records it'),
    ...ProblemFacts.shape,
  })
  .meta({ id: 'Problem' })
export type Problem = z.infer<typeof Problem>

/** What differs from the code's row: facts, and whether a block records it. */
export type ProblemDetails = {
  readonly facts?: ProblemFacts
  readonly recorded?: boolean
  readonly detail?: string
}

/** The problem of a code. */
export const problemOf = (code: ProblemCode, details: ProblemDetails = {}): Problem => {
  const row = rowOf(code)
  return {
    type: `urn:kermesse:problem:${code}`,
    title: row.title,
    status: row.status,
    detail: details.detail ?? row.action,
    code,
    retryable: row.retryable,
    recorded: details.recorded ?? false,
    ...details.facts,
  }
}

const rowOf = (code: ProblemCode): ProblemRow => PROBLEMS[code]

/** The documented responses of a route that may answer these codes, by status. */
export const problemResponses = (codes: readonly ProblemCode[]) => {
  const byStatus = Map.groupBy(codes, (code) => rowOf(code).status)
  return Object.fromEntries([...byStatus].map(([status, some]) => [status, documented(some)]))
}

/** As many as there are lists of codes in the routes; a schema is dear to make. */
const known = new Map<string, ReturnType<typeof document>>()

const documented = (codes: readonly ProblemCode[]) => {
  const name = codes.join()
  const made = known.get(name) ?? document(codes)
  known.set(name, made)
  return made
}

const document = (codes: readonly ProblemCode[]) => ({
  description: codes.map((code) => `\`${code}\`: ${rowOf(code).title}.`).join(' '),
  content: {
    [PROBLEM_MEDIA_TYPE]: { schema: Problem.and(z.looseObject({ code: z.enum(codes) })) },
  },
})
