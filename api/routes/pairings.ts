import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { GrantId, NetworkId, PlaceId } from '#protocol/id.ts'
import { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import { created, refuse, settleOther, turnAway } from '../answer.ts'
import { type App, SIGNED } from '../app.ts'
import { PAIRING_CODES } from '../codes.ts'
import type { Door } from '../door.ts'
import { run } from '../errand.ts'
import { signerOf } from '../guard.ts'
import { PAIRING_CODE_LENGTH_MAX } from '../limits.ts'
import type { PairingAnswer } from '../ports/pairing.ts'
import { problemResponses } from '../problem/problem.ts'
import { PendingView } from '../schemas/transaction.ts'

const PairingBody = z
  .strictObject({
    code: z
      .string()
      .min(1)
      .max(PAIRING_CODE_LENGTH_MAX)
      .meta({ description: 'As it was shown, in either case', example: 'K7QF-92MX-3HTD-8ZWA' }),
  })
  .meta({ id: 'PairingOrder' })

/** What a till needs to act and to ask. */
const PairingView = z
  .strictObject({
    place: PlaceId,
    grant: GrantId.describe('What the key acts under: in transactions and in signed requests'),
    till: z.string(),
    actions: z.array(GrantAction).readonly(),
    network: NetworkId.describe('`aud` of every transaction'),
    node: z.string().describe('`aud` of every signed request to this node'),
  })
  .meta({ id: 'Pairing' })

/** A till shows the one-time code of `kermesse till pair`, and its key gets its grant. */
export const registerPairings = (app: App, door: Door): void => {
  app.route({
    method: 'POST',
    url: '/v1/pairings',
    onRequest: door.requires('newcomer'),
    schema: {
      operationId: 'pairTill',
      tags: ['rights'],
      summary: 'Get the grant of a one-time code for the key that signs the request',
      description: `Signed by the till's own key, without \`grant\`. One code is one grant: the same key again is told the
same for a day, another key is refused.`,
      security: SIGNED,
      body: PairingBody,
      response: {
        200: PairingView,
        201: PairingView,
        202: PendingView,
        ...problemResponses(PAIRING_CODES),
      },
    },
    handler: async (request, reply) => {
      const waitMs = door.waitMs(request)
      const order = { code: request.body.code, key: signerOf(request) }
      const work = door.ports.pairings.pair(order, waitMs)
      const node = door.ports.requests.audience
      return run(reply, waitMs, work, (answer) => answerWith(reply, answer, node))
    },
  })
}

const answerWith = (reply: FastifyReply, answer: PairingAnswer, node: string): FastifyReply => {
  if (answer.kind === 'outcome') return settleOther(reply, answer)
  if (answer.kind === 'not_paired') return refuse(reply, answer.code)
  if (answer.kind !== 'paired') return turnAway(reply, answer)
  const { place, grant, till, actions, network, replayed } = answer
  return created(reply, replayed).send({ place, grant, till, actions, network, node })
}
