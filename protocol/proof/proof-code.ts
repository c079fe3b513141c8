/**
 * Why a receipt or a balance proof proves nothing, in the order of the checks.
 * `proof_malformed`: not of its schema, or bytes in it are no header, certificate or node.
 * `wrong_network`: a header is of another network.
 * `authority_set_unknown`: the certified header is of another epoch or set than the trusted one, and no
 * chain of epochs leads there.
 * `certificate_mismatch`: the certificate is not a finalization of the certified header.
 * `quorum_missing`: fewer than a quorum signed it.
 * `certificate_invalid`: a signature in it is not a member's over it.
 * `history_path_invalid`: the header is not shown to be an ancestor of the certified one.
 * `transaction_mismatch`: the transaction's bytes have another hash than the receipt's.
 * `transaction_path_invalid`: the header does not hold this transaction with this outcome here.
 * `record_path_invalid`: the header's state does not hold this record here.
 * `record_mismatch`: the record is not a balance.
 */
export const PROOF_CODES = [
  'proof_malformed',
  'wrong_network',
  'authority_set_unknown',
  'certificate_mismatch',
  'quorum_missing',
  'certificate_invalid',
  'history_path_invalid',
  'transaction_mismatch',
  'transaction_path_invalid',
  'record_path_invalid',
  'record_mismatch',
] as const
export type ProofCode = (typeof PROOF_CODES)[number]

/** A proof that fails, with the first check it fails. */
export type Unproven = { readonly ok: false; readonly code: ProofCode }

export const unproven = (code: ProofCode): Unproven => ({ ok: false, code })
