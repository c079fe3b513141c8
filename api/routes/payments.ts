import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { linkNext, marked, refuse, settle, settleOther, turnAway } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { orderCodes, PAYMENT_CODES, READ_CODES, SIGNING_CODES } from '../codes.ts'
import { callerOf, type Door } from '../door.ts'
import { errandOf, orderId, requiredOrderId, run } from '../errand.ts'
import type { DeskAnswer } from '../ports/outcome.ts'
import { type ProblemCode, problemResponses } from '../problem/problem.ts'
import {
  CancelView,
  OpenPaymentsParams,
  OpenPaymentsView,
  openPaymentsQuery,
  openPaymentsView,
} from '../schemas/open-payments.ts'
import { PaymentBody, RefundBody } from '../schemas/orders.ts'
import { AppliedView, PendingView, TakenView, transactionView } from '../schemas/transaction.ts'

const IdParams = z.strictObject({ id: PaymentId })

/** What became of the payment is no problem of its cancellation, which state is not asked about ahead. */
const CANCEL_CODES = [
  ...SIGNING_CODES.filter((code) => code !== 'cancelled' && code !== 'id_reused'),
  'refusals_exhausted',
] as const satisfies readonly ProblemCode[]

/** Payments that the node signs for an API key. */
export const registerPayments = (app: App, door: Door): void => {
  takePayment(app, door)
  refundPayment(app, door)
  cancelPayment(app, door)
  listOpen(app, door)
}

const takePayment = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/payments',
    onRequest: door.requires('sale'),
    schema: {
      operationId: 'takePayment',
      tags: ['payments'],
      summary: 'Take a payment',
      description: `\`applied\`: it is in a final block. \`captured\`: the ledger cannot be reached, or does not answer in
time, and it was taken out of money that the ledger had set apart for this place before; it is on this node's disk and
becomes \`applied\` when the ledger is back. Both are green.`,
      security: BEARER,
      body: PaymentBody,
      response: {
        200: TakenView,
        201: TakenView,
        202: PendingView,
        ...problemResponses(PAYMENT_CODES),
      },
    },
    handler: async (request, reply) => {
      const named = requiredOrderId(request, reply, request.body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const { payers, amount, unit, scale, assets, lines, memo, consents } = request.body
      const order = {
        ...{ id: named.id, payers, amount, unit, scale },
        ...(assets && { assets }),
        ...(lines && { lines }),
        ...(memo && { memo }),
        ...(consents && { consents }),
      }
      const work = door.ports.desk.pay(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const refundPayment = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/payments/:id/refunds',
    onRequest: door.requires('refund'),
    schema: {
      operationId: 'refundPayment',
      tags: ['payments'],
      summary: 'Give a payment back, whole or in part',
      security: BEARER,
      params: IdParams,
      body: RefundBody,
      response: {
        200: AppliedView,
        201: AppliedView,
        202: PendingView,
        ...problemResponses([...orderCodes('refund'), 'sale_pending']),
      },
    },
    handler: async (request, reply) => {
      const named = requiredOrderId(request, reply, request.body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const { amount } = request.body
      const order = { id: named.id, sale: request.params.id, ...(amount && { amount }) }
      const work = door.ports.desk.refund(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const cancelPayment = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/payments/:id/cancel',
    onRequest: door.requires('payment.cancel'),
    schema: {
      operationId: 'cancelPayment',
      tags: ['payments'],
      summary: 'Use up a payment id, so that it never takes effect later',
      description:
        '200: nothing was nor will be charged. 409 `already_applied`: the payment was first.',
      security: BEARER,
      params: IdParams,
      body: z.strictObject({}).nullish(),
      response: {
        200: CancelView,
        202: PendingView,
        ...problemResponses([...CANCEL_CODES, 'already_applied']),
      },
    },
    handler: async (request, reply) => {
      const named = orderId(request, reply, request.params.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const work = door.ports.desk.cancel(request.params.id, errand)
      return run(reply, errand.waitMs, work, (answer) => cancelled(reply, answer))
    },
  })
}

const cancelled = (reply: FastifyReply, answer: DeskAnswer): FastifyReply => {
  if (answer.kind !== 'outcome') return turnAway(reply, answer)
  const { id, state, replayed } = answer
  if (state.status === 'pending') return settleOther(reply, { id, state, replayed })
  marked(reply, replayed)
  if (state.status === 'applied' || state.status === 'captured') {
    const outcome = transactionView(id, state)
    return refuse(reply, 'already_applied', { facts: { paymentId: id, outcome } })
  }
  return reply.code(200).send(transactionView(id, state))
}

const listOpen = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/payments',
    onRequest: door.requires('place'),
    schema: {
      operationId: 'listOpenPayments',
      tags: ['payments'],
      summary: 'Payments without an outcome: what a restarted till must resolve',
      security: BEARER_OR_SIGNED,
      querystring: OpenPaymentsParams,
      response: { 200: OpenPaymentsView, ...problemResponses([...READ_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const query = openPaymentsQuery(callerOf(request).place, request.query)
      const open = await door.ports.submissions.open(query)
      if (open === 'unsettled') return refuse(reply, 'node_starting')
      const list = openPaymentsView(open, query.limit)
      linkNext(request, reply, list.next)
      return reply.code(200).send(list)
    },
  })
}
