import { z } from 'zod'
import { ModelChange } from './model-authorities.ts'

const Id = z.string()
const acting = { place: Id, grant: Id.optional() }
const Amount = z.number()

/** What the model reads of a transaction's body: the specification's members, in words of its own. */
export const ModelBody = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('place.register'),
    placeKey: Id,
    federation: Id.optional(),
    accepts: z.array(Id),
  }),
  z.object({
    kind: z.literal('grant.issue'),
    ...acting,
    grantee: Id,
    actions: z.array(z.string()),
  }),
  z.object({
    kind: z.literal('asset.create'),
    ...acting,
    category: z.string(),
    unit: z.string(),
    scale: z.number(),
    transferable: z.boolean(),
  }),
  z.object({ kind: z.literal('card.register'), ...acting, cards: z.array(Id) }),
  z.object({ kind: z.literal('card.activate'), ...acting, card: Id }),
  z.object({ kind: z.literal('wallet.open'), ...acting, key: Id }),
  z.object({
    kind: z.literal('issue'),
    ...acting,
    asset: Id,
    amount: Amount,
    to: z.object({ card: Id }),
  }),
  z.object({
    kind: z.literal('sale'),
    ...acting,
    payers: z.array(z.object({ card: Id })).length(1),
    amount: Amount,
    unit: z.string(),
    scale: z.number(),
  }),
  z.object({ kind: z.literal('transfer'), from: Id, to: Id, asset: Id, amount: Amount }),
  z.object({ kind: z.literal('payment.cancel'), ...acting }),
  ModelChange,
])
export type ModelBody = z.infer<typeof ModelBody>
export type BodyOf<K extends ModelBody['kind']> = Extract<ModelBody, { kind: K }>

const Header = z.object({ kid: Id })
const Payload = z.object({
  exp: z.number(),
  jti: z.string(),
  tx: ModelBody,
  consents: z.array(z.string()).default([]),
})

/** A transaction as its text says it, decoded by nothing of ours. */
export const readModelText = (text: string) => {
  const [header = '', payload = ''] = text.split('.')
  return {
    signer: Header.parse(JSON.parse(Buffer.from(header, 'base64url').toString())).kid,
    ...Payload.parse(JSON.parse(Buffer.from(payload, 'base64url').toString())),
  }
}
