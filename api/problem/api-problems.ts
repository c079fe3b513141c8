import type { CredentialCode, SignedRequestCode } from '../ports/caller.ts'
import type { ApiDoorCode, OrderCode, UnavailableCode } from '../ports/outcome.ts'
import type { PairingCode } from '../ports/pairing.ts'
import type { ApiKeyCode } from '../ports/rights.ts'
import { final, type ProblemRow, passing } from './row.ts'

const CREDENTIAL_PROBLEMS = {
  credential_unknown: final(
    401,
    'The credential is not valid',
    'Check the API key or the signing key, its grant too; or have a new one made.',
  ),
  credential_not_yet_valid: passing(
    401,
    'The grant of the credential has not begun',
    'Wait until it begins.',
  ),
  credential_expired: final(401, 'The credential has expired', 'Have a new one made.'),
  credential_revoked: final(
    401,
    'The credential or its grant was revoked',
    'Ask the place for a new one.',
  ),
  credential_elsewhere: final(
    401,
    'The credential works at another node',
    'Send the request to the node that made the key, or that the signature names in `aud`.',
  ),
} as const satisfies Record<CredentialCode, ProblemRow>

const SIGNED_REQUEST_PROBLEMS = {
  request_signature_invalid: final(
    401,
    'The request is not the one that was signed',
    'Sign method, address with query and body exactly as they are sent.',
  ),
  request_signature_expired: passing(
    401,
    'The request was not signed just now',
    'Sign anew for at most a minute; set the clock by the `Date` of this answer.',
  ),
  request_replayed: passing(
    401,
    'The signed request was used before',
    'Sign each attempt anew, with a `jti` of its own.',
  ),
} as const satisfies Record<SignedRequestCode, ProblemRow>

const PAIRING_PROBLEMS = {
  pairing_unknown: final(
    403,
    'There is no such pairing code',
    'Check how it is written; have a new one made: kermesse till pair.',
  ),
  pairing_expired: final(
    403,
    'The pairing code has ended',
    'Have a new one made: kermesse till pair.',
  ),
  pairing_spent: final(
    403,
    'Another key has used the pairing code',
    'Have a new one made; if the other key is not one of yours, revoke its grant.',
  ),
} as const satisfies Record<PairingCode, ProblemRow>

const API_KEY_PROBLEMS = {
  api_key_exists: final(
    409,
    'The till has an API key that works',
    'Revoke that one first: GET /v1/api-keys lists it.',
  ),
  api_keys_exhausted: final(
    409,
    'The node has as many API keys as it may, and all of them work',
    'Revoke one that is not used any more.',
  ),
} as const satisfies Record<ApiKeyCode, ProblemRow>

const UNAVAILABLE_PROBLEMS = {
  node_starting: passing(503, 'The node is starting', 'Retry with the same id.'),
  node_blocked: passing(503, 'The node cannot take payments now', 'Retry with the same id.'),
  node_overloaded: passing(503, 'The node has too much to do', 'Retry with the same id.'),
  ledger_required: passing(
    503,
    'The ledger cannot be reached, and this cannot be done without it',
    'Take payments meanwhile: they come from leases. Retry this with the same id when the node is online.',
  ),
  lease_missing: passing(
    503,
    'The ledger cannot be reached, and nothing of this card is reserved here',
    'Ask for another means of payment, or retry with the same id when the node is online.',
  ),
  lease_insufficient: passing(
    503,
    'The ledger cannot be reached, and less of this card is reserved here',
    'Take what `left` says with a new id, or retry with the same id when the node is online.',
  ),
} as const satisfies Record<UnavailableCode, ProblemRow>

const API_DOOR_PROBLEMS = {
  cancellation_too_short: final(
    400,
    'The cancellation ends before its payment id does',
    'Sign it with `exp` at the time in the id plus `validityMs` of GET /v1/network, whole seconds.',
  ),
} as const satisfies Record<ApiDoorCode, ProblemRow>

const ORDER_PROBLEMS = {
  asset_required: final(
    400,
    'The place has several assets, or none, that fit',
    'Name the asset: GET /v1/assets lists them.',
  ),
  grant_bounded: final(
    403,
    "The place's own key signs for no bounded grant",
    'Ask for a grant without assets and caps, or have the place sign.',
  ),
  place_key_missing: final(
    409,
    "This node does not keep the place's key",
    "Ask the node of the place that keeps it, or sign with the place's key.",
  ),
  order_mismatch: final(
    400,
    'What was signed is about something else',
    'Send what was signed for this resource and these terms.',
  ),
  tags_not_supported: final(
    400,
    'This node cannot read tags',
    "Join with an invitation that carries the federation's tag key.",
  ),
  captures_pending: passing(
    409,
    'What was captured of the hold is not final yet',
    'Retry the release with the same id in a moment; GET /v1/holds/{id} tells what is on its way.',
  ),
  hold_elsewhere: final(
    409,
    'Another key captures from this hold',
    'Ask the node that opened it, or whoever has the key that it names.',
  ),
  sale_pending: passing(
    409,
    'The sale is not final yet',
    'Retry the refund with the same id in a moment.',
  ),
} as const satisfies Record<OrderCode, ProblemRow>

/** What the door itself says, beside what it passes on. */
export const API_PROBLEMS = {
  request_invalid: final(400, 'The request is not valid', 'Correct what `errors` lists.'),
  body_unreadable: final(400, 'The body is not JSON', 'Send one JSON value in UTF-8.'),
  cursor_invalid: final(
    400,
    'The cursor is not one of ours',
    'Use the `next` link of the page before, or the `id` of an event, unchanged.',
  ),
  idempotency_key_mismatch: final(
    400,
    'Idempotency-Key and id differ',
    'Send one of them, or the same in both.',
  ),
  credential_missing: final(
    401,
    'A credential is needed',
    'Send `Authorization: Bearer krm_live_…`, or sign the request.',
  ),
  ...CREDENTIAL_PROBLEMS,
  ...SIGNED_REQUEST_PROBLEMS,
  action_not_granted: final(403, 'The credential does not allow this', 'Ask for a grant.'),
  api_key_required: final(
    403,
    'The node does not sign for this key',
    'Sign the transaction and send it to POST /v1/transactions.',
  ),
  ...PAIRING_PROBLEMS,
  grant_not_yours: final(
    403,
    'The grant is not under that of the credential',
    'Ask who holds the grant above it.',
  ),
  ...API_KEY_PROBLEMS,
  wallet_not_readable: final(403, 'Not a wallet of this place', 'Only its owner may read it.'),
  card_not_readable: final(403, 'The card does not accept this place', 'Only its places may.'),
  route_unknown: final(404, 'No such resource', 'The resources are listed in /openapi.json.'),
  before_copy: final(
    404,
    'It lies before the first block of this node’s copy',
    'Ask a node whose copy begins earlier, such as that of an authority.',
  ),
  record_unknown: final(404, 'Not found', 'Check the identifier.'),
  method_not_allowed: final(
    405,
    'The resource does not have this method',
    'Use a method that `Allow` names.',
  ),
  request_timeout: passing(408, 'The request took too long to arrive', 'Retry with the same id.'),
  receipt_pending: passing(404, 'No outcome yet', 'Retry when the transaction has one.'),
  receipt_absent: final(
    404,
    'No block records this payment',
    'It was refused before signing, or expired; GET /v1/transactions/{id} says which.',
  ),
  already_applied: final(
    409,
    'The payment took effect before the cancellation',
    'Refund it if it should not stand.',
  ),
  cancelled: final(
    410,
    'Cancelled',
    'The payment never took effect and never will. Make a new payment with a new id.',
  ),
  capture_lost: final(
    410,
    'The payment was taken out of a lease and did not reach the ledger in time',
    'Nothing was charged: it is in the report of the node, and the loss of the place.',
  ),
  media_type_unsupported: final(
    415,
    'Not a media type of this resource',
    'Send application/json, or application/jose where a transaction is submitted.',
  ),
  rate_limited: passing(429, 'Too many requests', 'Retry after the time given.'),
  streams_exhausted: passing(429, 'Too many event streams', 'Close one, then retry.'),
  headers_too_large: final(431, 'The headers are too large', 'Send fewer or shorter headers.'),
  internal: passing(500, 'A fault of this node', 'Retry with the same id; tell the operator.'),
  ...UNAVAILABLE_PROBLEMS,
  not_started: passing(503, 'The node has not started yet', 'Wait.'),
  not_ready: passing(503, 'The node cannot take a payment now', 'Wait, or ask another node.'),
  height_not_reached: passing(503, 'The ledger is not there yet', 'Retry.'),
  deadline_exceeded: passing(
    503,
    'The answer took too long',
    'Retry with the same id: a payment is never taken twice.',
  ),
  ...API_DOOR_PROBLEMS,
  ...ORDER_PROBLEMS,
} as const satisfies Record<string, ProblemRow>
