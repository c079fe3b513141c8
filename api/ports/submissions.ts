import type { PlaceId } from '#protocol/id.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { SubmissionAnswer } from './outcome.ts'

/**
 * A payment in the outbox that has no outcome yet, or that was captured from a lease and is in no final
 * block yet. `amount` in smallest units where there is one.
 */
export type OpenPayment = {
  readonly id: PaymentId
  readonly status: 'pending' | 'captured'
  readonly kind: string
  readonly till?: string
  readonly sinceMs: number
  readonly expiresAtMs: number
  readonly amount?: number
}

export type OpenPaymentsQuery = {
  readonly place: PlaceId
  readonly till?: string
  readonly limit: number
  /** Only ids above this one. */
  readonly after?: PaymentId
}

/** The door for transactions signed elsewhere, and the outbox behind it. */
export type Submissions = {
  /**
   * Submits a transaction's compact JWS text. The bytes are in the fsynced outbox before `pending` is
   * answered. A transaction already known answers with its outcome as a replay. `signal` ends the
   * waiting, never the submission.
   */
  readonly submit: (
    text: string,
    options: { readonly waitMs: number; readonly signal: AbortSignal },
  ) => Promise<SubmissionAnswer>
  /**
   * Open payments of a place, ascending by id, at most `limit`. `unsettled`: after a start, until the
   * node knows again of every outcome that it may have told.
   */
  readonly open: (query: OpenPaymentsQuery) => Promise<readonly OpenPayment[] | 'unsettled'>
}
