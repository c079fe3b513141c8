import { z } from 'zod'
import { ModelChange } from './model-authorities.ts'

const Id = z.string()
const acting = { place: Id, grant: Id.optional() }
const maybeActing = { place: Id.optional(), grant: Id.optional() }
const Amount = z.number()
const Caps = z.object({ charge: Amount, day: Amount })
const Payer = z.union([z.object({ card: Id }), z.object({ wallet: Id })])
export type ModelPayer = z.infer<typeof Payer>
export type ModelCaps = z.infer<typeof Caps>

/** What a place is; its consent says the same. */
const placeTerms = {
  name: z.string(),
  nodes: z.array(Id),
  federation: Id.optional(),
  accepts: z.array(Id),
  debitOrder: z.array(z.string()).optional(),
  payoutReference: z.string().optional(),
}

const GrantCaps = z.object({
  transaction: Amount.optional(),
  day: Amount.optional(),
  total: Amount.optional(),
  refundDay: Amount.optional(),
})

const IssueLimits = z.object({ day: Amount.optional(), secondAbove: Amount.optional() })

/** What the model reads of one step: the specification's members, in words of its own. */
const Step = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('grant.issue'),
    ...acting,
    grantee: Id,
    actions: z.array(z.string()),
    assets: z.array(Id).optional(),
    till: z.string().optional(),
    caps: GrantCaps,
    notBeforeMs: z.number().optional(),
    notAfterMs: z.number().optional(),
  }),
  z.object({ kind: z.literal('grant.revoke'), ...acting, target: Id }),
  z.object({
    kind: z.literal('asset.create'),
    ...maybeActing,
    federation: Id.optional(),
    gateway: Id.optional(),
    code: z.string(),
    category: z.string(),
    unit: z.string(),
    scale: z.number(),
    cap: Amount.optional(),
    transferable: z.boolean(),
    periodMs: z.number().optional(),
    federations: z.array(Id).optional(),
    lease: z.object({ cap: Amount, durationMs: z.number() }).optional(),
    issueLimits: IssueLimits.optional(),
    cardLimits: z.object({ weak: Caps, secret: Caps, dynamic: Caps.optional() }),
  }),
  z.object({
    kind: z.literal('asset.update'),
    ...maybeActing,
    asset: Id,
    cap: Amount.optional(),
    transferable: z.boolean(),
    cardLimits: z.object({ weak: Caps, secret: Caps, dynamic: Caps.optional() }),
    vat: z.string().optional(),
    lease: z.object({ cap: Amount, durationMs: z.number() }).optional(),
    issueLimits: IssueLimits.optional(),
    federations: z.array(Id).optional(),
  }),
  z.object({ kind: z.literal('asset.archive'), ...maybeActing, asset: Id }),
  z.object({
    kind: z.literal('place.update'),
    ...acting,
    accepts: z.array(Id),
    debitOrder: z.array(z.string()).optional(),
  }),
  z.object({ kind: z.literal('place.leave'), ...acting }),
  z.object({ kind: z.literal('place.suspend'), target: Id, suspended: z.boolean() }),
  z.object({
    kind: z.literal('federation.create'),
    name: z.string(),
    admins: z.array(Id),
    weakCards: z.boolean(),
  }),
  z.object({
    kind: z.literal('federation.set'),
    federation: Id,
    admins: z.array(Id),
    weakCards: z.boolean(),
  }),
  z.object({
    kind: z.literal('federation.invite'),
    federation: Id,
    target: Id,
    untilMs: z.number(),
  }),
  z.object({ kind: z.literal('federation.accept'), ...acting, federation: Id }),
  z.object({
    kind: z.literal('federation.leave'),
    ...maybeActing,
    federation: Id,
    target: Id.optional(),
  }),
  z.object({
    kind: z.literal('card.register'),
    ...acting,
    batch: z.string(),
    strength: z.enum(['weak', 'secret', 'dynamic']),
    attester: Id.optional(),
    mandate: z.object({ federation: Id.optional(), caps: Caps }),
    cards: z.array(Id),
    claims: z.array(Id).optional(),
  }),
  z.object({ kind: z.literal('card.activate'), ...acting, card: Id }),
  z.object({ kind: z.literal('card.block'), ...maybeActing, card: Id }),
  z.object({ kind: z.literal('card.unblock'), ...maybeActing, card: Id }),
  z.object({ kind: z.literal('card.link'), card: Id, wallet: Id }),
  z.object({ kind: z.literal('card.replace'), ...maybeActing, card: Id, with: Id }),
  z.object({ kind: z.literal('card.void'), ...maybeActing, card: Id }),
  z.object({ kind: z.literal('wallet.rotate'), wallet: Id, key: Id }),
  z.object({
    kind: z.literal('wallet.freeze'),
    wallet: Id,
    untilMs: z.number().optional(),
    legalHold: z.boolean().optional(),
  }),
  z.object({ kind: z.literal('mandate.revoke'), wallet: Id, to: Id }),
  z.object({ kind: z.literal('wallet.open'), ...acting, key: Id }),
  z.object({
    kind: z.literal('mandate.set'),
    wallet: Id,
    to: Id,
    caps: Caps,
    notAfterMs: z.number().optional(),
  }),
  z.object({
    kind: z.literal('issue'),
    ...maybeActing,
    asset: Id,
    amount: Amount,
    to: Payer,
    reference: z.string().optional(),
  }),
  z.object({
    kind: z.literal('membership.set'),
    ...acting,
    asset: Id,
    to: Payer,
    amount: Amount.optional(),
  }),
  z.object({ kind: z.literal('badge'), ...acting, asset: Id, who: Payer, direction: z.string() }),
  z.object({
    kind: z.literal('redeem'),
    ...acting,
    asset: Id,
    amount: Amount,
    from: Id.optional(),
  }),
  z.object({ kind: z.literal('payout.settle'), hold: Id, paid: z.boolean(), reference: Id }),
  z.object({
    kind: z.literal('topup.refund'),
    asset: Id,
    reference: Id,
    amount: Amount.optional(),
  }),
  z.object({
    kind: z.literal('reverse'),
    asset: Id,
    reference: Id,
    chargeback: Id,
    amount: Amount,
  }),
  z.object({ kind: z.literal('deficit.cover'), asset: Id, amount: Amount }),
  z.object({
    kind: z.literal('hold.open'),
    ...acting,
    payer: Payer,
    asset: Id,
    cap: Amount,
    key: Id,
    purpose: z.string(),
    expiresAtMs: z.number(),
    graceMs: z.number().optional(),
  }),
  z.object({ kind: z.literal('hold.release'), ...acting, hold: Id }),
  z.object({ kind: z.literal('hold.split'), place: Id, hold: Id, key: Id, cap: Amount }),
  z.object({ kind: z.literal('transfer'), from: Id, to: Id, asset: Id, amount: Amount }),
  z.object({ kind: z.literal('cashout'), ...acting, payer: Payer, asset: Id, amount: Amount }),
])

const Part = z.object({ asset: Id, amount: Amount })
const Line = z.discriminatedUnion('line', [
  z.object({ line: z.literal('membership'), asset: Id, amount: Amount }),
  z.object({ line: z.literal('topup'), asset: Id, amount: Amount, price: Amount.optional() }),
  z.object({ line: z.literal('deposit'), amount: Amount }),
  z.object({ line: z.literal('tip'), wallet: Id, amount: Amount }),
])
export type ModelLine = z.infer<typeof Line>

/** What the model reads of a transaction's body. */
export const ModelBody = z.discriminatedUnion('kind', [
  ...Step.options,
  z.object({ kind: z.literal('place.register'), placeKey: Id, ...placeTerms }),
  z.object({
    kind: z.literal('sale'),
    ...acting,
    payers: z.array(Payer),
    amount: Amount,
    unit: z.string(),
    scale: z.number(),
    assets: z.array(Id).optional(),
    lines: z.array(Line).optional(),
  }),
  z.object({ kind: z.literal('refund'), ...acting, sale: Id, amount: Amount.optional() }),
  z.object({ kind: z.literal('payment.cancel'), ...maybeActing }),
  z.object({
    kind: z.literal('clearing.open'),
    ...acting,
    other: Id,
    gives: z.array(Part),
    takes: z.array(Part),
  }),
  z.object({
    kind: z.literal('clearing.settle'),
    ...acting,
    opener: Id,
    clearing: Id,
    gives: z.array(Part),
    takes: z.array(Part),
    paid: z.array(Part),
    reference: Id.optional(),
  }),
  z.object({
    kind: z.literal('correction'),
    asset: Id,
    from: Id,
    to: Id,
    amount: Amount,
    reason: z.string(),
  }),
  z.object({ kind: z.literal('correction.execute'), scope: Id, correction: Id }),
  z.object({ kind: z.literal('correction.withdraw'), scope: Id, correction: Id }),
  z.object({ kind: z.literal('hold.capture'), place: Id, hold: Id, amount: Amount }),
  z.object({
    kind: z.literal('parameter.change'),
    refusedPerHour: z.number().optional(),
    walletsPerDay: z.number().optional(),
    forgetPerBlock: z.number().optional(),
  }),
  z.object({ kind: z.literal('batch'), operations: z.array(Step) }),
  ModelChange,
])
export type ModelBody = z.infer<typeof ModelBody>
export type BodyOf<K extends ModelBody['kind']> = Extract<ModelBody, { kind: K }>
/** A body that does one thing. */
export type ModelStep = Exclude<ModelBody, { kind: 'batch' }>

const Agreement = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('sale'),
    place: Id,
    unit: z.string(),
    scale: z.number(),
    max: Amount,
    tip: Amount.optional(),
  }),
  z.object({ kind: z.literal('cashout'), place: Id, asset: Id, max: Amount }),
  z.object({ kind: z.literal('redeem'), place: Id, asset: Id, max: Amount }),
  z.object({ kind: z.literal('topup.refund'), asset: Id, reference: Id, max: Amount }),
  z.object({ kind: z.literal('clearing.open'), place: Id, terms: z.string() }),
  z.object({ kind: z.literal('clearing.settle'), place: Id, terms: z.string() }),
  z.object({ kind: z.literal('operators'), terms: z.string() }),
  z.object({
    kind: z.literal('hold.open'),
    place: Id,
    asset: Id,
    purpose: z.string(),
    max: Amount,
    releaseAtMs: z.number(),
  }),
  z.object({ kind: z.literal('wallet.open'), place: Id }),
  z.object({
    kind: z.literal('tap'),
    card: Id,
    counter: z.number(),
    place: Id,
    max: Amount,
    tip: Amount.optional(),
  }),
  z.object({ kind: z.literal('card.link'), card: Id, wallet: Id }),
  z.object({ kind: z.literal('card.replace'), card: Id, with: Id }),
  z.object({ kind: z.literal('wallet.rotate'), wallet: Id }),
  z.object({ kind: z.literal('place.register'), authority: Id, ...placeTerms }),
  z.object({ kind: z.literal('authority.change'), epoch: z.number(), terms: z.string() }),
  z.object({ kind: z.literal('asset.create'), federation: Id, code: z.string() }),
  z.object({
    kind: z.literal('issue'),
    place: Id,
    asset: Id,
    grant: Id,
    to: Payer,
    max: Amount,
  }),
  z.object({ kind: z.literal('federation.create'), name: z.string() }),
  z.object({ kind: z.literal('federation.set'), federation: Id }),
])
export type ModelAgreement = z.infer<typeof Agreement>
export type ModelConsent = { readonly signer: string; readonly agree: ModelAgreement }

const Header = z.object({ kid: Id })
const Times = { exp: z.number(), jti: z.string() }
const Payload = z.object({ ...Times, tx: ModelBody, consents: z.array(z.string()).optional() })
/** The body as it stands: what operators agree to is all of it. */
const Raw = z.object({ tx: z.looseObject({ operations: z.array(z.unknown()).optional() }) })
const ConsentPayload = z.object({ ...Times, agree: Agreement })

/** A transaction as its text says it, decoded by nothing of ours. */
export const readModelText = (text: string) => {
  const { signer, payload } = partsOf(text)
  const { exp, jti, tx, consents = [] } = Payload.parse(payload)
  const { tx: raw } = Raw.parse(payload)
  return { signer, exp, jti, tx, raw, consents: consents.map(readConsent) }
}

const readConsent = (text: string): ModelConsent & { readonly exp: number } => {
  const { signer, payload } = partsOf(text)
  const { exp, agree } = ConsentPayload.parse(payload)
  return { signer, exp, agree }
}

const partsOf = (text: string) => {
  const [header = '', payload = ''] = text.split('.')
  return { signer: Header.parse(jsonIn(header)).kid, payload: jsonIn(payload) }
}

const jsonIn = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString())
