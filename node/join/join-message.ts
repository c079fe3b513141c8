import { z } from 'zod'
import { GENESIS_LENGTH_MAX } from '#protocol/genesis.ts'
import { Key, PlaceId } from '#protocol/id.ts'
import { EpochEnd } from '#protocol/proof/finality.ts'
import { placeTerms } from '#protocol/transaction/kinds/place.ts'
import { PaymentId } from '#protocol/transaction/payment-id.ts'
import { EPOCHS_PER_ANSWER_MAX } from './limits.ts'

/** What the holder of an invitation asks its authority, one question a connection. */
export const JoinQuestion = z.discriminatedUnion('ask', [
  /** The genesis text; whoever asks compares it with the network id of the invitation. */
  z.strictObject({ ask: z.literal('genesis') }),
  /** How the epochs from this one on ended: genesis and these tell who the authorities are now. */
  z.strictObject({ ask: z.literal('epochs'), from: z.int().min(1) }),
  /** Registration of a place. `consent`: JWS of the place key over this id and all these terms. */
  z.strictObject({
    ask: z.literal('register'),
    id: PaymentId,
    placeKey: Key,
    ...placeTerms,
    consent: z.string().max(4_096),
  }),
])
export type JoinQuestion = z.infer<typeof JoinQuestion>
export type Registration = Extract<JoinQuestion, { ask: 'register' }>

/** What the authority says. `code` is stable, `detail` a sentence for people. */
export const JoinAnswer = z.discriminatedUnion('answer', [
  z.strictObject({ answer: z.literal('genesis'), text: z.string().max(GENESIS_LENGTH_MAX) }),
  /** Oldest first; fewer than may be are all there are. */
  z.strictObject({
    answer: z.literal('epochs'),
    ends: z.array(EpochEnd).max(EPOCHS_PER_ANSWER_MAX),
  }),
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
