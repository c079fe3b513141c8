import { z } from 'zod'
import { GENESIS_LENGTH_MAX } from '#protocol/genesis.ts'
import { AssetId, Key, PlaceId } from '#protocol/id.ts'
import { ACCEPTED_ASSETS_MAX, NODES_PER_PLACE_MAX } from '#protocol/limits.ts'
import { PeerId } from '#protocol/transaction/kinds/peer-id.ts'
import { DebitOrder } from '#protocol/transaction/kinds/place.ts'
import { PublicName } from '#protocol/transaction/kinds/terms.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'

/** What the holder of an invitation asks its authority, one question a connection. */
export const JoinQuestion = z.discriminatedUnion('ask', [
  /** The genesis text; whoever asks compares it with the network id of the invitation. */
  z.strictObject({ ask: z.literal('genesis') }),
  /** Registration of a place. `consent`: JWS of the place key over this id, name and nodes. */
  z.strictObject({
    ask: z.literal('register'),
    id: PaymentId,
    placeKey: Key,
    name: PublicName,
    nodes: z.array(PeerId).min(1).max(NODES_PER_PLACE_MAX),
    consent: z.string().max(4_096),
    accepts: z.array(AssetId).max(ACCEPTED_ASSETS_MAX).optional(),
    debitOrder: DebitOrder.optional(),
  }),
])
export type JoinQuestion = z.infer<typeof JoinQuestion>
export type Registration = Extract<JoinQuestion, { ask: 'register' }>

/** What the authority says. `code` is stable, `detail` a sentence for people. */
export const JoinAnswer = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('genesis'), text: z.string().max(GENESIS_LENGTH_MAX) }),
  z.strictObject({
    answer: z.literal('welcome'),
    place: PlaceId,
    height: z.int().min(1),
    /** The federation's tag key, 32 bytes in base64url. */
    tagKey: z.base64url().max(64).optional(),
  }),
  /** The registration is on its way: ask again with the same question. */
  z.strictObject({ answer: z.literal('pending') }),
  z.strictObject({
    answer: z.literal('refused'),
    code: z.string().max(64),
    detail: z.string().max(500),
  }),
])
export type JoinAnswer = z.infer<typeof JoinAnswer>

/** The question in a JSON text whose length the network has bounded; or undefined. */
export const parseJoinQuestion = (text: string): JoinQuestion | undefined =>
  JoinQuestion.safeParse(jsonOf(text)).data

export const parseJoinAnswer = (text: string): JoinAnswer | undefined =>
  JoinAnswer.safeParse(jsonOf(text)).data

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // Not JSON: as good as any other wrong form.
    return undefined
  }
}
