import { z } from 'zod'
import { LARGE_TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import { Receipt } from '#protocol/proof/receipt.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { refuse, settle, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES, SUBMISSION_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { orderId, run } from '../errand.ts'
import { idIn } from '../jws-id.ts'
import { problemResponses } from '../problem/problem.ts'
import { ReadQuery } from '../schemas/list.ts'
import {
  AppliedView,
  PendingView,
  TransactionView,
  transactionView,
} from '../schemas/transaction.ts'

const TransactionText = z
  .string()
  .min(1)
  .max(LARGE_TRANSACTION_BYTES_MAX)
  .describe('A signed transaction: a compact JWS')

/** The receipt as the protocol has it, under a name of the document. */
const ReceiptView = Receipt.meta({ id: 'Receipt' })

/** As `application/jose`, the text itself. */
const SubmissionBody = z.union([TransactionText, z.strictObject({ transaction: TransactionText })])

const IdParams = z.strictObject({ id: PaymentId })

/** Transactions signed elsewhere, and what became of any payment id. */
export const registerTransactions = (app: App, door: Door): void => {
  submit(app, door)
  readTransaction(app, door)
  readReceipt(app, door)
}

const submit = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/transactions',
    onRequest: door.requires('signed'),
    schema: {
      operationId: 'submitTransaction',
      tags: ['transactions'],
      summary: 'Submit a signed transaction and wait for its outcome',
      description:
        'Needs no API key: the signature says who acts. The same bytes again answer the same outcome.',
      security: [...BEARER_OR_SIGNED, {}],
      consumes: ['application/json', 'application/jose'],
      body: SubmissionBody,
      response: {
        200: AppliedView,
        201: AppliedView,
        202: PendingView,
        ...problemResponses([...SUBMISSION_CODES, 'cancellation_too_short']),
      },
    },
    handler: async (request, reply) => {
      const text = typeof request.body === 'string' ? request.body : request.body.transaction
      const isNamed = request.headers['idempotency-key'] !== undefined
      const named = orderId(request, reply, isNamed ? idIn(text) : undefined)
      if (!named.ok) return named.reply
      const waitMs = door.waitMs(request)
      const work = door.ports.submissions.submit(text, { waitMs, signal: door.patience(reply) })
      return run(reply, waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const readTransaction = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/transactions/:id',
    onRequest: door.requires('place'),
    schema: {
      operationId: 'getTransaction',
      tags: ['transactions'],
      summary: 'What became of a payment id of this place',
      security: BEARER_OR_SIGNED,
      params: IdParams,
      querystring: ReadQuery,
      response: {
        200: TransactionView,
        ...problemResponses([...READ_CODES, 'record_unknown']),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const found = await door.ports.ledger.transaction(callerOf(request).place, id)
      stamped(reply, found)
      if (found.value === undefined) {
        return refuse(reply, 'record_unknown', { facts: { paymentId: id } })
      }
      if (found.value === 'unsettled') return refuse(reply, 'node_starting')
      return reply.code(200).send(transactionView(id, found.value))
    },
  })
}

const readReceipt = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/transactions/:id/receipt',
    onRequest: door.requires('place'),
    schema: {
      operationId: 'getReceipt',
      tags: ['transactions'],
      summary: 'The proof of an outcome, for anyone to verify without a node',
      security: BEARER_OR_SIGNED,
      params: IdParams,
      querystring: ReadQuery,
      response: {
        200: ReceiptView,
        ...problemResponses([...READ_CODES, 'record_unknown', 'receipt_pending', 'receipt_absent']),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const found = await door.ports.ledger.receipt(callerOf(request).place, id)
      stamped(reply, found)
      const facts = { facts: { paymentId: id } }
      if (found.value === undefined) return refuse(reply, 'record_unknown', facts)
      if (found.value === 'unsettled') return refuse(reply, 'node_starting')
      if (found.value === 'pending') return refuse(reply, 'receipt_pending', facts)
      if (found.value === 'unrecorded') return refuse(reply, 'receipt_absent', facts)
      return reply.code(200).send(found.value)
    },
  })
}
