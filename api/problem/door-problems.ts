import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { final, type ProblemRow, passing } from './row.ts'

/** Transactions turned away at the door: nothing is recorded and no outbox holds them. */
export const DOOR_PROBLEMS = {
  too_large: final(413, 'Too large', 'Send less: the limits are in the documentation.'),
  malformed: final(
    400,
    'Not a transaction',
    'Build the JWS exactly as the specification says and sign it again with a new id.',
  ),
  wrong_network: final(
    400,
    'Signed for another network',
    'Sign with the network id that GET /v1/network answers.',
  ),
  signature_invalid: final(
    401,
    'The signature does not match',
    'Check the key and that the bytes were not changed after signing.',
  ),
  consent_invalid: final(
    400,
    'A consent does not match',
    'Collect the consent again for this payment id, network and expiry.',
  ),
  quarantined: passing(
    503,
    'Held back after a fault of this node',
    'Wait until the transaction expires; the operator has been alarmed.',
  ),
  signer_unknown: final(
    403,
    'The ledger does not know the signer',
    'Have the key granted rights, or open its wallet first.',
  ),
  not_yet_valid: passing(
    400,
    'The payment id lies in the future',
    'Set the clock of the device that makes the ids, then retry.',
  ),
  validity_too_long: final(
    400,
    'The payment id is too old or its expiry too late',
    'Make a new id for a new payment; look up the old id first.',
  ),
  expired: final(
    410,
    'Expired',
    'The payment never took effect and never will. Make a new payment with a new id.',
  ),
  duplicate: final(409, 'The payment id is used up', 'Ask GET /v1/transactions/{id} what it did.'),
  id_reused: final(
    409,
    'The payment id belongs to other content',
    'Use one id for one payment. Ask GET /v1/transactions/{id} what it did.',
  ),
  refusals_exhausted: passing(
    429,
    'Too many refused payments this hour',
    'Stop what keeps being refused, then retry later.',
  ),
} as const satisfies Record<DoorCode, ProblemRow>
