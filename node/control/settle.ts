import { v7 } from 'uuid'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { PaymentId, paymentIdTimeMs } from '#protocol/transaction/payment-id.ts'
import { type CommandFailure, failure } from './command.ts'
import { COMMAND_LIFE_MS, OUTCOME_WAIT_MS } from './limits.ts'
import type { NodeOperations, NodeSigner } from './operations.ts'

/** A transaction of a command: under the caller's payment id, or a new one. */
export type Deed = {
  readonly id?: PaymentId | undefined
  readonly body: TransactionBody
  readonly as: NodeSigner
  readonly consents?: readonly string[]
}

export type Settled =
  | { readonly ok: true; readonly id: PaymentId; readonly event: LedgerEvent }
  | CommandFailure

/** A payment id of this moment (UUIDv7). */
export const newPaymentId = (): PaymentId => PaymentId.parse(v7())

/** When a command's transaction lapses: told by its id, so that a retry signs the same bytes. */
export const commandExpiryMs = (id: PaymentId): number => paymentIdTimeMs(id) + COMMAND_LIFE_MS

/** Submits and waits until the transaction is applied, or tells why it is not. */
export const settle = async (operations: NodeOperations, deed: Deed): Promise<Settled> => {
  const id = deed.id ?? newPaymentId()
  const answer = await operations.submit({
    id,
    body: deed.body,
    as: deed.as,
    ...(deed.consents === undefined ? {} : { consents: deed.consents }),
    expMs: commandExpiryMs(id),
    waitMs: OUTCOME_WAIT_MS,
  })
  return settledOf(id, answer)
}

/** What an answer means to whoever waits: applied, or why not. */
export const settledOf = (id: PaymentId, answer: SubmissionAnswer): Settled => {
  if (answer.kind === 'turned_away') {
    return failure('failed', answer.code, `the transaction was turned away: ${answer.code}`)
  }
  if (answer.kind === 'unavailable') {
    const todo = `try again in ${answer.retryAfterSeconds} s; see: kermesse status`
    return failure('not_ready', answer.code, 'the node takes no transaction now', todo)
  }
  const { state } = answer
  switch (state.status) {
    case 'applied':
      return { ok: true, id, event: state.event }
    case 'refused':
      return failure('failed', state.code, refusalSentence(state.code, state.facts.missingAmount))
    case 'cancelled':
    case 'expired':
    case 'captured':
    case 'lost':
      return failure('failed', state.status, `the transaction is ${state.status}`, 'start it anew')
    case 'pending':
      return failure(
        'not_ready',
        'pending',
        `accepted under the id ${id}, but not final yet`,
        `see: kermesse status; the same command with --id ${id} asks again and never acts twice`,
      )
  }
}

const refusalSentence = (code: string, missingAmount: number | undefined): string =>
  missingAmount === undefined
    ? `the ledger refused it: ${code}`
    : `the ledger refused it: ${code}, ${missingAmount} is missing`
