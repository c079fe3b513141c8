import { z } from 'zod'
import { TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import { settleAll } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { BATCH_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { run } from '../errand.ts'
import { SUBMISSION_BATCH_BYTES_MAX, SUBMISSION_BATCH_MAX } from '../limits.ts'
import { problemResponses } from '../problem/problem.ts'
import { BatchSubmissionView } from '../schemas/submission.ts'

const BatchSubmissionBody = z
  .strictObject({
    transactions: z
      .array(z.string().min(1).max(TRANSACTION_BYTES_MAX))
      .min(1)
      .max(SUBMISSION_BATCH_MAX)
      .describe('Signed transactions, each a compact JWS'),
  })
  .meta({ id: 'BatchSubmission' })

/** Several transactions signed elsewhere in one request, for whoever gathers those of many tills. */
export const registerTransactionBatches = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/transactions/batch',
    onRequest: door.requires('signed'),
    bodyLimit: SUBMISSION_BATCH_BYTES_MAX,
    schema: {
      operationId: 'submitTransactions',
      tags: ['transactions'],
      summary: `Submit up to ${SUBMISSION_BATCH_MAX} signed transactions and wait for their outcomes`,
      description:
        'For whoever gathers the payments of many tills. Each stands for itself: one that is refused or turned away says ' +
        'nothing of the others. Results come in the order of the transactions, once all are known or the wait is over; ' +
        'what has no outcome by then is `pending`. Send the same texts again to ask for it.',
      security: [...BEARER_OR_SIGNED, {}],
      body: BatchSubmissionBody,
      response: { 200: BatchSubmissionView, ...problemResponses(BATCH_CODES) },
    },
    handler: async (request, reply) => {
      const { transactions } = request.body
      const tooMany = door.countSigned(transactions.length - 1, reply)
      if (tooMany !== undefined) return tooMany
      const waitMs = door.waitMs(request)
      const waiting = { waitMs, signal: door.patience(reply) }
      const work = Promise.all(
        transactions.map((text) => door.ports.submissions.submit(text, waiting)),
      )
      return run(reply, waitMs, work, (answers) => settleAll(reply, answers))
    },
  })
}
