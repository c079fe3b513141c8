import type { z } from 'zod'
import { type Hash, hashOfText } from '../hash.ts'
import type { NetworkId } from '../id.ts'
import { LARGE_TRANSACTION_BYTES_MAX, TRANSACTION_BYTES_MAX } from '../limits.ts'
import { pointerOf } from '../pointer.ts'
import { createSchemaReader } from '../schema-reader.ts'
import { createTextReader } from '../text-reader.ts'
import {
  type Consent,
  ConsentHeader,
  ConsentPayload,
  type SignatureClaim,
  type Transaction,
  TransactionHeader,
  TransactionPayload,
} from './envelope.ts'
import { createHeaderReader, type Jws, openJws } from './jws.ts'
import type { DoorCode } from './outcome.ts'
import type { PaymentId } from './payment-id.ts'
import { readyClaims } from './ready-claims.ts'
import { consentsMaxOf, sizeMaxOf } from './size.ts'

/** A transaction that decodes, and the signatures it still has to prove: its own first. */
export type ParsedTransaction = {
  readonly ok: true
  readonly transaction: Transaction
  readonly claims: readonly [SignatureClaim, ...SignatureClaim[]]
}

/** Why a text is no transaction of this network. */
export type TransactionFault = {
  readonly ok: false
  readonly code: DoorCode
  readonly detail: string
  /** JSON Pointer into the payload, where one member is at fault. */
  readonly pointer?: string
}

/**
 * Admits outside text, the only way a transaction of others comes to be; for this process's own see
 * sign-parsed. Total: any string gives an answer. Size is judged before anything is decoded, then
 * form, then network, then whether each consent is for this network and payment id. Signatures are
 * left as claims, checked in batches elsewhere.
 * `known` is the hash of the text, for a caller that needed it before.
 */
export const parseTransaction = (
  text: string,
  networkId: NetworkId,
  known?: Hash,
): ParsedTransaction | TransactionFault => {
  if (text.length > LARGE_TRANSACTION_BYTES_MAX) return tooLarge(LARGE_TRANSACTION_BYTES_MAX)
  const jws = openJws(text, readTransactionHeader, readPlainTransaction)
  if (typeof jws === 'string') return fault('malformed', jws)
  // So long every kind may be.
  if (text.length > TRANSACTION_BYTES_MAX) {
    const sizeMax = sizeMaxOf(kindIn(jws.payload))
    if (text.length > sizeMax) return tooLarge(sizeMax)
  }
  const parsed = payloadOf(jws, readTransactionPayload)
  if (!parsed.success) return invalid(parsed.error)
  const { aud, exp, jti, tx, consents: texts } = parsed.data
  if (aud !== networkId) return fault('wrong_network', `made for ${aud}`, '/aud')
  const crowded = tooManyConsents(parsed.data)
  if (crowded !== undefined) return crowded
  const opened = openConsents(texts, { networkId, jti })
  if ('ok' in opened) return opened
  const ready = readyIn(parsed.data)
  if ('ok' in ready) return ready
  return {
    ok: true,
    transaction: {
      text,
      hash: known ?? hashOfText(text),
      // Three segments of base64url: one byte a character.
      size: text.length,
      signer: jws.signer,
      jti,
      expMs: exp * 1000,
      body: tx,
      consents: opened.consents,
    },
    claims: [jws.claim, ...opened.claims, ...ready.claims],
  }
}

/** What a payload's schema makes of it. */
const payloadOf = <P>(
  { plain, payload }: Jws<P>,
  read: (payload: unknown) => z.ZodSafeParseResult<P>,
): z.ZodSafeParseResult<P> => (plain === undefined ? read(payload) : { success: true, data: plain })

type Payload = z.infer<typeof TransactionPayload>

/** What a kind does not allow, of a payload that its schema does. */
export const tooManyConsents = ({ tx, consents = [] }: Payload): TransactionFault | undefined => {
  const most = consentsMaxOf(tx.kind)
  if (consents.length <= most) return undefined
  return fault('malformed', `more than ${most} consents`, '/consents')
}

/** The statements that a payload brings beside consents, still to be proven like them. */
export const readyIn = ({
  tx,
  aud,
}: Payload): { readonly claims: readonly SignatureClaim[] } | TransactionFault => {
  const claims = tx.kind === 'authority.change' ? readyClaims(tx, aud) : []
  return claims === undefined ? fault('malformed', 'a ready signature', '/tx/ready') : { claims }
}

const readTransactionHeader = createHeaderReader(TransactionHeader)
const readConsentHeader = createHeaderReader(ConsentHeader)
/** Schemas of what is signed, for what arrives and for what this process signs itself. */
export const readTransactionPayload = createSchemaReader(TransactionPayload)
export const readConsentPayload = createSchemaReader(ConsentPayload)
const readPlainTransaction = createTextReader(TransactionPayload)
const readPlainConsent = createTextReader(ConsentPayload)

type OpenedConsent = { readonly consent: Consent; readonly claim: SignatureClaim }
type OpenedConsents = {
  readonly consents: readonly Consent[]
  readonly claims: readonly SignatureClaim[]
}
type Binding = { readonly networkId: NetworkId; readonly jti: PaymentId }

const NO_CONSENTS: OpenedConsents = { consents: [], claims: [] }

const openConsents = (
  texts: readonly string[] | undefined,
  binding: Binding,
): OpenedConsents | TransactionFault => {
  if (texts === undefined) return NO_CONSENTS
  const consents: Consent[] = []
  const claims: SignatureClaim[] = []
  for (const text of texts) {
    const opened = openConsent(text, `/consents/${consents.length}`, binding)
    if ('ok' in opened) return opened
    consents.push(opened.consent)
    claims.push(opened.claim)
  }
  return { consents, claims }
}

const openConsent = (
  text: string,
  pointer: string,
  { networkId, jti }: Binding,
): OpenedConsent | TransactionFault => {
  const jws = openJws(text, readConsentHeader, readPlainConsent)
  if (typeof jws === 'string') return fault('malformed', jws, pointer)
  const parsed = payloadOf(jws, readConsentPayload)
  if (!parsed.success) return invalid(parsed.error, pointer)
  const { aud, exp, jti: agreedId, agree } = parsed.data
  if (aud !== networkId) return fault('consent_invalid', `made for ${aud}`, pointer)
  if (agreedId !== jti) return fault('consent_invalid', `made for payment ${agreedId}`, pointer)
  return { consent: { signer: jws.signer, expMs: exp * 1000, agree }, claim: jws.claim }
}

/** The kind a payload claims to be, before any schema has looked at it. */
const kindIn = (payload: unknown): string => {
  const body = memberOf(payload, 'tx')
  const kind = memberOf(body, 'kind')
  return typeof kind === 'string' ? kind : ''
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined

const invalid = (error: z.ZodError, within = ''): TransactionFault => {
  const [issue] = error.issues
  return fault('malformed', issue?.message ?? 'not valid', within + pointerOf(issue?.path ?? []))
}

const tooLarge = (bytesMax: number): TransactionFault =>
  fault('too_large', `longer than ${bytesMax} bytes`)

const fault = (code: DoorCode, detail: string, pointer?: string): TransactionFault =>
  pointer === undefined ? { ok: false, code, detail } : { ok: false, code, detail, pointer }
