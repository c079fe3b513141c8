import type { Problem } from './wire.ts'

/**
 * Codes of the client itself; all others are the API's own, or those of a proof.
 * `outcome_unknown`: the payment stays open in the journal: ask again, or cancel it.
 * `no_answer`: a read that nobody answered; nothing depends on it.
 * `id_reused`: two orders that differ were given one id: this one was not taken, and the first stays. `journal_failed`: nothing was sent.
 * `journal_full`: too many payments are open. `signer_missing`, `credential_missing`: not given.
 * `tags_not_supported`, `asset_required`, `receiver_required`: who signs for itself names cards by their
 * id or secret, the asset, and who receives.
 * `receipt_mismatch`: a receipt that is proven, of another payment. `answer_unreadable`: not of this API.
 */
export const CLIENT_CODES = [
  'outcome_unknown',
  'no_answer',
  'id_reused',
  'journal_failed',
  'journal_full',
  'journal_in_use',
  'signer_missing',
  'credential_missing',
  'tags_not_supported',
  'asset_required',
  'receiver_required',
  'secret_malformed',
  'verifier_missing',
  'receipt_mismatch',
  'answer_unreadable',
  'closed',
] as const
export type ClientCode = (typeof CLIENT_CODES)[number]

/** What is known of a failure beside its code. */
export type ErrorFacts = {
  /** Whether the same call may succeed later. */
  readonly retryable: boolean
  /** Whether a final block records it. Never true of what is not an outcome. */
  readonly recorded?: boolean | undefined
  readonly detail?: string | undefined
  /** The payment that it is about. */
  readonly id?: string | undefined
  /** HTTP status, where a node answered. */
  readonly status?: number | undefined
  readonly retryAfterMs?: number | undefined
  readonly problem?: Problem | undefined
  readonly cause?: unknown
}

/** Every error of the client. Decide by `code`, never by `message`. */
export class KermesseError extends Error {
  override readonly name = 'KermesseError'
  readonly code: string
  readonly retryable: boolean
  readonly recorded: boolean
  readonly id: string | undefined
  readonly status: number | undefined
  readonly retryAfterMs: number | undefined
  readonly problem: Problem | undefined

  constructor(code: string, facts: ErrorFacts) {
    super(facts.detail === undefined ? code : `${code}: ${facts.detail}`, { cause: facts.cause })
    this.code = code
    this.retryable = facts.retryable
    this.recorded = facts.recorded ?? false
    this.id = facts.id
    this.status = facts.status
    this.retryAfterMs = facts.retryAfterMs
    this.problem = facts.problem
  }
}

/** An error with a code of the client itself. */
export const clientError = (code: ClientCode, facts: ErrorFacts): KermesseError =>
  new KermesseError(code, facts)
