import { z } from 'zod'
import { CardId } from '#protocol/id.ts'
import { settle } from '../answer.ts'
import { type App, BEARER } from '../app.ts'
import { cardNamed, cardResponses, settleCard } from '../card-answer.ts'
import { signedCodes } from '../codes.ts'
import type { Door } from '../door.ts'
import { errandOf, orderId, run } from '../errand.ts'
import { idIn } from '../jws-id.ts'
import { problemResponses } from '../problem/problem.ts'
import { CardPath } from '../schemas/card-name.ts'
import { LinkBody, ReplaceBody } from '../schemas/card-orders.ts'
import { AppliedView, PendingView } from '../schemas/transaction.ts'

const TagParams = z.strictObject({ tag: CardPath })
/** Anybody may ask here: answers by the tag would tell strangers which card a tag is of. */
const LinkParams = z.strictObject({ tag: CardId.describe('Identifier of the card; no tag here') })

/** A card is taken over: by another card, or by a person. */
export const registerCardEndings = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/cards/:tag/replace',
    onRequest: door.requires('card.replace'),
    schema: {
      operationId: 'replaceCard',
      tags: ['cards'],
      summary: 'Let a blank card take the place of this one, with all its money',
      description:
        'A card with a claim code wants the code, which is forgotten once it has signed; a weak card without one counts under the caps of the grant.',
      security: BEARER,
      params: TagParams,
      body: ReplaceBody,
      response: cardResponses('card.replace'),
    },
    handler: async (request, reply) => {
      const { id, claim, with: next } = request.body
      const named = orderId(request, reply, id)
      if (!named.ok) return named.reply
      const errand = errandOf(door, request, reply)
      const order = {
        ...(named.id && { id: named.id }),
        card: cardNamed(request.params.tag),
        with: next,
        ...(claim && { claim }),
      }
      const work = door.ports.desk.replaceCard(order, errand)
      return run(reply, errand.waitMs, work, (answer) => settleCard(reply, answer))
    },
  })

  app.route({
    method: 'POST',
    url: '/v1/cards/:tag/link',
    onRequest: door.requires('signed'),
    schema: {
      operationId: 'linkCard',
      tags: ['cards'],
      summary: 'Link a card to the wallet of its holder, who signed that',
      description:
        'Needs no API key, and takes the card’s identifier alone: the holder signs the transaction, and the claim code its consent. All money of the card moves to the wallet.',
      security: [...BEARER, {}],
      params: LinkParams,
      body: LinkBody,
      response: {
        200: AppliedView,
        201: AppliedView,
        202: PendingView,
        ...problemResponses([
          ...signedCodes('card.link'),
          'order_mismatch',
          'idempotency_key_mismatch',
        ]),
      },
    },
    handler: async (request, reply) => {
      const isNamed = request.headers['idempotency-key'] !== undefined
      const named = orderId(request, reply, isNamed ? idIn(request.body.transaction) : undefined)
      if (!named.ok) return named.reply
      const waiting = { waitMs: door.waitMs(request), signal: door.patience(reply) }
      const order = { card: request.params.tag, ...request.body }
      const work = door.ports.desk.linkCard(order, waiting)
      return run(reply, waiting.waitMs, work, (answer) => settle(reply, answer))
    },
  })
}
