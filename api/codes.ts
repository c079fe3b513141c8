import { KINDS } from '#protocol/ledger/kinds.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import { DOOR_CODES, REFUSAL_CODES } from '#protocol/transaction/outcome.ts'
import type { ProblemCode } from './problem/problem.ts'

/** Codes that every route with a credential may answer. */
export const COMMON_CODES = [
  'request_invalid',
  'credential_missing',
  'credential_unknown',
  'credential_not_yet_valid',
  'credential_expired',
  'credential_revoked',
  'credential_elsewhere',
  'request_signature_invalid',
  'request_signature_expired',
  'request_replayed',
  'action_not_granted',
  'api_key_required',
  'before_copy',
  'rate_limited',
  'internal',
  'node_starting',
  'node_overloaded',
  'deadline_exceeded',
] as const satisfies readonly ProblemCode[]

/** Codes of what anybody may read. */
export const PUBLIC_CODES = [
  'request_invalid',
  'before_copy',
  'rate_limited',
  'internal',
  'node_starting',
  'deadline_exceeded',
  'height_not_reached',
] as const satisfies readonly ProblemCode[]

/** Codes of every read, which may wait for a height. */
export const READ_CODES = [
  ...COMMON_CODES,
  'height_not_reached',
] as const satisfies readonly ProblemCode[]

/** Codes of a request with a body that is to become a transaction. */
const POST_CODES = [
  ...COMMON_CODES,
  'body_unreadable',
  'too_large',
  'media_type_unsupported',
  'idempotency_key_mismatch',
  'cancelled',
  'node_blocked',
  'ledger_required',
  'capture_lost',
] as const satisfies readonly ProblemCode[]

/** Who repeats a transaction is told what became of it, so that here none is a `duplicate`. */
const SIGNED_ELSEWHERE_CODES = DOOR_CODES.filter(
  (code) => code !== 'too_large' && code !== 'duplicate',
)

/** Codes of a transaction that was signed elsewhere, whatever its kind. */
export const SUBMISSION_CODES = [
  ...POST_CODES,
  ...SIGNED_ELSEWHERE_CODES,
  ...REFUSAL_CODES,
] as const satisfies readonly ProblemCode[]

/** Codes of a request that brings several transactions; what becomes of each is in its answer. */
export const BATCH_CODES = [
  ...COMMON_CODES,
  'body_unreadable',
  'too_large',
  'media_type_unsupported',
  'node_blocked',
  'ledger_required',
] as const satisfies readonly ProblemCode[]

/** Codes of everything that the node signs for an API key, whatever state says of it. */
export const SIGNING_CODES = [
  ...POST_CODES,
  'signer_unknown',
  'not_yet_valid',
  'validity_too_long',
  'expired',
  'id_reused',
] as const satisfies readonly ProblemCode[]

/** Codes of an order with consents that somebody else signed. */
export const CONSENT_CODES = [
  'malformed',
  'wrong_network',
  'consent_invalid',
] as const satisfies readonly ProblemCode[]

/** Codes of an order that the node signs as a transaction of one of these kinds, or of several. */
export const orderCodes = (...kinds: readonly Kind[]): readonly ProblemCode[] => [
  ...SIGNING_CODES,
  ...refusalsOf(kinds),
]

/** Codes of a transaction of one of these kinds that was signed elsewhere. */
export const signedCodes = (...kinds: readonly Kind[]): readonly ProblemCode[] => [
  ...POST_CODES,
  ...SIGNED_ELSEWHERE_CODES,
  ...refusalsOf(kinds),
]

const refusalsOf = (kinds: readonly Kind[]): readonly ProblemCode[] => {
  const codes = new Set(kinds.flatMap((kind): readonly string[] => KINDS[kind].codes))
  return REFUSAL_CODES.filter((code) => codes.has(code))
}

/** Codes of a payment, which a node that is cut off takes from leases. */
export const PAYMENT_CODES = [
  ...orderCodes('sale', 'hold.capture'),
  ...CONSENT_CODES,
  'tags_not_supported',
  'lease_missing',
  'lease_insufficient',
] as const satisfies readonly ProblemCode[]

/** Codes of a capture of a hold, which a node takes cut off or not. */
export const CAPTURE_CODES = [
  ...orderCodes('hold.capture'),
  'hold_unknown',
  'hold_elsewhere',
] as const satisfies readonly ProblemCode[]

/** Codes of the exchange of a pairing code for a grant. */
export const PAIRING_CODES = [
  ...SIGNED_ELSEWHERE_CODES,
  ...refusalsOf(['grant.issue']),
  'request_invalid',
  'body_unreadable',
  'too_large',
  'media_type_unsupported',
  'credential_missing',
  'credential_elsewhere',
  'request_signature_invalid',
  'request_signature_expired',
  'pairing_unknown',
  'pairing_expired',
  'pairing_spent',
  'cancelled',
  'rate_limited',
  'internal',
  'node_starting',
  'node_blocked',
  'node_overloaded',
  'deadline_exceeded',
] as const satisfies readonly ProblemCode[]
