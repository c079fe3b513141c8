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
  'rate_limited',
  'internal',
  'node_starting',
  'node_overloaded',
  'deadline_exceeded',
] as const satisfies readonly ProblemCode[]

/** Codes of the exchange of a pairing code for a grant. */
export const PAIRING_CODES = [
  ...DOOR_CODES,
  ...REFUSAL_CODES,
  'request_invalid',
  'body_unreadable',
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

/** Codes of what anybody may read. */
export const PUBLIC_CODES = [
  'request_invalid',
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

/** Codes of everything that submits a transaction. */
export const SUBMISSION_CODES = [
  ...COMMON_CODES,
  ...DOOR_CODES,
  ...REFUSAL_CODES,
  'body_unreadable',
  'media_type_unsupported',
  'cancelled',
  'node_blocked',
  'ledger_required',
  'capture_lost',
] as const satisfies readonly ProblemCode[]

/** Codes of an order that the node signs for an API key. */
export const ORDER_CODES = [
  ...SUBMISSION_CODES,
  'idempotency_key_mismatch',
  'tags_not_supported',
] as const satisfies readonly ProblemCode[]

/** Codes of a payment, which a node that is cut off takes from leases. */
export const PAYMENT_CODES = [
  ...ORDER_CODES,
  'lease_missing',
  'lease_insufficient',
] as const satisfies readonly ProblemCode[]
