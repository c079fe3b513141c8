import { z } from 'zod'
import { refuse, settle, stamped } from '../answer.ts'
import { type App, BEARER, BEARER_OR_SIGNED } from '../app.ts'
import { cardNamed, cardResponses, settleCard } from '../card-answer.ts'
import { orderCodes, READ_CODES } from '../codes.ts'
import { type Door, readerOf } from '../door.ts'
import { errandOf, orderId, requiredOrderId, run } from '../errand.ts'
import type { CardOrder, Errand } from '../ports/desk.ts'
import type { CardAnswer } from '../ports/outcome.ts'
import { problemResponses } from '../problem/problem.ts'
import { CardPath } from '../schemas/card-name.ts'
import { CardAccountView, cardAccountView } from '../schemas/cards.ts'
import { ReadQuery } from '../schemas/list.ts'
import { CardActionBody, CardBody, CashoutBody } from '../schemas/orders.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

const TagParams = z.strictObject({ tag: CardPath })
/** Cards, by the UID of their tag or their identifier. A tag is hashed on the node, never logged. */
export const registerCards = (app: App, door: Door): void => {
  readCard(app, door)
  registerCard(app, door)
  changeCard(app, door, {
    path: 'activate',
    action: 'card.activate',
    summary: 'Make the wallet of a blank card, with its batch’s mandate',
    change: (order, errand) => door.ports.desk.activateCard(order, errand),
  })
  changeCard(app, door, {
    path: 'block',
    action: 'card.block',
    summary: 'Stop every new charge of a card, everywhere',
    change: (order, errand) => door.ports.desk.blockCard(order, errand),
  })
  changeCard(app, door, {
    path: 'unblock',
    action: 'card.unblock',
    summary: 'Let a blocked card of this place pay again, unless it is linked',
    change: (order, errand) => door.ports.desk.unblockCard(order, errand),
  })
  changeCard(app, door, {
    path: 'void',
    action: 'card.void',
    summary: 'End an empty card of this place; it may be activated anew, with another wallet',
    change: (order, errand) => door.ports.desk.voidCard(order, errand),
  })
  cashOut(app, door)
}

const readCard = (app: App, door: Door): void => {
  app.route({
    method: 'GET',
    url: '/v1/cards/:tag',
    onRequest: door.requires('reader'),
    schema: {
      operationId: 'getCard',
      tags: ['cards'],
      summary: 'A card and its balances',
      security: BEARER_OR_SIGNED,
      params: TagParams,
      querystring: ReadQuery,
      response: {
        200: CardAccountView,
        ...problemResponses([
          ...READ_CODES,
          'record_unknown',
          'card_not_readable',
          'tags_not_supported',
        ]),
      },
    },
    handler: async (request, reply) => {
      const found = await door.ports.ledger.card(cardNamed(request.params.tag), readerOf(request))
      const stamp = stamped(reply, found)
      if (found.value === undefined) return refuse(reply, 'record_unknown')
      if (found.value === 'denied') return refuse(reply, 'card_not_readable')
      if (found.value === 'tags_not_supported') return refuse(reply, 'tags_not_supported')
      return reply.code(200).send({ ...cardAccountView(found.value), ...stamp })
    },
  })
}

const registerCard = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/cards',
    onRequest: door.requires('card.register'),
    schema: {
      operationId: 'registerCard',
      tags: ['cards'],
      summary: 'Register a card of this place, and activate it if asked',
      description: 'Without an id, a card that already is as asked answers 200.',
      security: BEARER,
      body: CardBody,
      response: cardResponses('card.register', 'card.activate'),
    },
    handler: async (request, reply) => {
      const { body } = request
      const named = orderId(request, reply, body.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      if (body.activate && !errand.caller.actions.includes('card.activate')) {
        return refuse(reply, 'action_not_granted')
      }
      const order = { ...idOf(named.id), card: body.card, activate: body.activate }
      const work = door.ports.desk.registerCard(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settleCard(reply, answer))
    },
  })
}

type Change = {
  readonly path: 'activate' | 'block' | 'unblock' | 'void'
  readonly action: `card.${Change['path']}`
  readonly summary: string
  readonly change: (order: CardOrder, errand: Errand) => Promise<CardAnswer>
}

const changeCard = (app: App, door: Door, { path, action, summary, change }: Change): void => {
  app.route({
    method: 'POST',
    url: `/v1/cards/:tag/${path}`,
    onRequest: door.requires(action),
    schema: {
      operationId: `${path}Card`,
      tags: ['cards'],
      summary,
      security: BEARER,
      params: TagParams,
      body: CardActionBody,
      response: cardResponses(action),
    },
    handler: async (request, reply) => {
      const named = orderId(request, reply, request.body?.id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = { ...idOf(named.id), card: cardNamed(request.params.tag) }
      const work = change(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settleCard(reply, answer))
    },
  })
}

const cashOut = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/cards/:tag/cashout',
    onRequest: door.requires('cashout'),
    schema: {
      operationId: 'cashOutCard',
      tags: ['cards'],
      summary: 'Give cash for card money',
      security: BEARER,
      params: TagParams,
      body: CashoutBody,
      response: {
        200: AppliedView,
        201: AppliedView,
        202: PendingView,
        ...problemResponses([...orderCodes('cashout'), 'tags_not_supported', 'asset_required']),
      },
    },
    handler: async (request, reply) => {
      const { id, amount, asset, secret } = request.body
      const named = requiredOrderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = {
        id: named.id,
        payer: cardNamed(request.params.tag),
        amount,
        ...(asset && { asset }),
        ...(secret && { secret }),
      }
      const work = door.ports.desk.cashOut(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}

const idOf = <T>(id: T | undefined) => (id === undefined ? {} : { id })
