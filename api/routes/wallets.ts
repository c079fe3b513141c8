import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { AssetId, WalletId } from '#protocol/id.ts'
import { BalanceProof } from '#protocol/proof/balance-proof.ts'
import { linkNext, refuse, stamped } from '../answer.ts'
import { type App, BEARER_OR_SIGNED } from '../app.ts'
import { READ_CODES } from '../codes.ts'
import { type Door, readerOf } from '../door.ts'
import { type ProblemCode, problemResponses } from '../problem/problem.ts'
import { cardHoldView } from '../schemas/cards.ts'
import { WalletHolds } from '../schemas/holds.ts'
import { ListQuery, MinHeight, pageQueryOf, ReadQuery } from '../schemas/list.ts'
import { BalanceList, HistoryPage, historyEntryView, pageView } from '../schemas/pages.ts'
import { balanceView, WalletView, walletView } from '../schemas/records.ts'

const WalletParams = z.strictObject({ id: WalletId })
const BalanceProofView = BalanceProof.meta({ id: 'BalanceProof' })
const WALLET_CODES = [
  ...READ_CODES,
  'record_unknown',
  'wallet_not_readable',
] as const satisfies readonly ProblemCode[]

/** Wallets, to their holder, their own place, and places they gave a mandate. */
export const registerWallets = (app: App, door: Door): void => {
  readWallet(app, door)
  readBalances(app, door)
  readHolds(app, door)
  readHistory(app, door)
  readProof(app, door)
}

/** Undefined when the caller may read the wallet; otherwise the reply that it may not. */
const barred = async (
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  wallet: WalletId,
): Promise<FastifyReply | undefined> => {
  const access = await door.ports.ledger.walletAccess(readerOf(request), wallet)
  if (access === 'granted') return undefined
  return refuse(reply, access === 'denied' ? 'wallet_not_readable' : 'record_unknown')
}

const readWallet = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/wallets/:id',
    onRequest: door.requires('reader'),
    schema: {
      operationId: 'getWallet',
      tags: ['wallets'],
      summary: 'A wallet',
      security: BEARER_OR_SIGNED,
      params: WalletParams,
      querystring: ReadQuery,
      response: { 200: WalletView, ...problemResponses(WALLET_CODES) },
    },
    handler: async (request, reply) => {
      const bar = await barred(door, request, reply, request.params.id)
      if (bar !== undefined) return bar
      const found = await door.ports.ledger.wallet(request.params.id)
      stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      return reply.code(200).send(walletView(found.value))
    },
  })
}

const readBalances = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/wallets/:id/balances',
    onRequest: door.requires('reader'),
    schema: {
      operationId: 'getBalances',
      tags: ['wallets'],
      summary: 'What a wallet has of each asset',
      security: BEARER_OR_SIGNED,
      params: WalletParams,
      querystring: ReadQuery,
      response: { 200: BalanceList, ...problemResponses(WALLET_CODES) },
    },
    handler: async (request, reply) => {
      const bar = await barred(door, request, reply, request.params.id)
      if (bar !== undefined) return bar
      const found = await door.ports.ledger.balances(request.params.id)
      const items = found.value.map(balanceView)
      return reply.code(200).send({ items, ...stamped(reply, found) })
    },
  })
}

const readHolds = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/wallets/:id/holds',
    onRequest: door.requires('reader'),
    schema: {
      operationId: 'getWalletHolds',
      tags: ['wallets'],
      summary: "What of a wallet's money is set apart, for whom and until when",
      description:
        'All of it can still be captured, whatever becomes of card and grants: it is what its holder is exposed to.',
      security: BEARER_OR_SIGNED,
      params: WalletParams,
      querystring: ReadQuery,
      response: { 200: WalletHolds, ...problemResponses(WALLET_CODES) },
    },
    handler: async (request, reply) => {
      const bar = await barred(door, request, reply, request.params.id)
      if (bar !== undefined) return bar
      const found = await door.ports.holds.ofWallet(request.params.id)
      const items = found.value.map(cardHoldView)
      return reply.code(200).send({ items, ...stamped(reply, found) })
    },
  })
}

const readHistory = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/wallets/:id/history',
    onRequest: door.requires('reader'),
    schema: {
      operationId: 'getHistory',
      tags: ['wallets'],
      summary: 'What moved in and out of a wallet, newest first',
      security: BEARER_OR_SIGNED,
      params: WalletParams,
      querystring: ListQuery,
      response: { 200: HistoryPage, ...problemResponses([...WALLET_CODES, 'cursor_invalid']) },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const bar = await barred(door, request, reply, id)
      if (bar !== undefined) return bar
      const found = await door.ports.ledger.history(id, pageQueryOf(request.query))
      const view = pageView(found, (event) => historyEntryView(id, event))
      stamped(reply, found)
      linkNext(request, reply, view.next)
      return reply.code(200).send(view)
    },
  })
}

const readProof = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/wallets/:id/proof',
    onRequest: door.requires('reader'),
    schema: {
      operationId: 'getBalanceProof',
      tags: ['wallets'],
      summary: 'The proof of a balance, for anyone to verify without a node',
      security: BEARER_OR_SIGNED,
      params: WalletParams,
      querystring: z.strictObject({ minHeight: MinHeight, asset: AssetId }),
      response: {
        200: BalanceProofView,
        ...problemResponses([...WALLET_CODES, 'node_overloaded']),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params
      const bar = await barred(door, request, reply, id)
      if (bar !== undefined) return bar
      const found = await door.ports.ledger.balanceProof(id, request.query.asset)
      stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      if (found.value === 'busy') return refuse(reply, 'node_overloaded')
      return reply.code(200).send(found.value)
    },
  })
}
