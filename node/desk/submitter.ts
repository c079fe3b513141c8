import type { Head } from '#api/ports/ledger.ts'
import type { Settlement, SubmissionAnswer, TransactionState } from '#api/ports/outcome.ts'
import { judgeDoor } from '#protocol/ledger/door.ts'
import { actingOf } from '#protocol/ledger/scope.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Clock } from '../loop/ports.ts'
import type { Outbox, OutboxEnd, OutboxEntry } from '../outbox/outbox.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { stateOfEvent } from './event-state.ts'
import { RETRY_AFTER_SECONDS } from './limits.ts'
import type { Outcomes, Use } from './outcomes.ts'
import { outcomeWithin, type Waiting } from './patience.ts'

export type SubmitterParts = {
  readonly clock: Clock
  readonly view: () => FinalView
  readonly head: () => Head
  readonly outbox: Pick<Outbox, 'submit' | 'onEnd'>
  readonly outcomes: Pick<Outcomes, 'useOf'>
  /** The node cannot bring a transaction to an outcome now: it stopped, or is out of touch. */
  readonly isBlocked: () => boolean
  /** Spares the check of a block's signature that was checked or made here: `core.remember`. */
  readonly remember: (transaction: VerifiedTransaction) => void
  /** A submission of this node is in a final block after so long. */
  readonly onSettled: (ms: number) => void
}

/** What an open payment is shown with. */
export type Note = { readonly till?: string | undefined; readonly amount?: number | undefined }

/** The one way of a transaction of this node to its outcome. */
export type Submitter = {
  /**
   * Into the outbox and on, unless the id is known or a door refuses. Nothing is awaited before the
   * outbox has it, so that what arrives at the same time finds each other.
   */
  readonly submit: (
    transaction: VerifiedTransaction,
    note: Note,
    waiting: Waiting,
  ) => Promise<SubmissionAnswer>
  /** Waits for what is in the outbox already: a replay. */
  readonly join: (entry: OutboxEntry, waiting: Waiting) => Promise<SubmissionAnswer>
}

export const createSubmitter = (parts: SubmitterParts): Submitter => {
  const { clock, outbox, outcomes } = parts

  const enter = async (
    entry: OutboxEntry,
    { replayed }: { readonly replayed: boolean },
    waiting: Waiting,
  ): Promise<SubmissionAnswer> => {
    const ended = Promise.withResolvers<OutboxEnd>()
    const stored = Promise.withResolvers<void>()
    const startMs = clock.monotonicMs()
    const stop = outbox.onEnd(entry.hash, (end) => {
      if (!replayed && end.kind === 'recorded') parts.onSettled(clock.monotonicMs() - startMs)
      ended.resolve(end)
    })
    try {
      if (outbox.submit(entry, stored.resolve) === 'full') return OVERLOADED
      const end = await outcomeWithin(ended.promise, stored.promise, waiting)
      const state: TransactionState =
        end === undefined ? { status: 'pending', sinceMs: entry.sinceMs } : stateOfEnd(end)
      return { kind: 'outcome', id: entry.id, state, replayed }
    } finally {
      stop()
    }
  }

  const join: Submitter['join'] = (entry, waiting) => enter(entry, { replayed: true }, waiting)

  const submit: Submitter['submit'] = async (transaction, note, waiting) => {
    const view = parts.view()
    const acting = actingOf(view, transaction.signer, transaction.body)
    if (typeof acting === 'string') return { kind: 'turned_away', code: acting }
    const use = outcomes.useOf(acting.scope, transaction.jti)
    const known = use && answerOfUse(transaction, use)
    if (known !== undefined) return 'hash' in known ? join(known, waiting) : known
    const timeMs = Math.max(clock.wallMs(), parts.head().timeMs)
    const door = judgeDoor(view, transaction, timeMs)
    if (!door.ok) return { kind: 'turned_away', code: door.code }
    if (parts.isBlocked()) return BLOCKED
    parts.remember(transaction)
    const entry = entryOf(transaction, acting.scope, { ...note, sinceMs: clock.wallMs() })
    return enter(entry, { replayed: false }, waiting)
  }

  return { submit, join }
}

export const BLOCKED = {
  kind: 'unavailable',
  code: 'node_blocked',
  retryAfterSeconds: RETRY_AFTER_SECONDS,
} as const satisfies SubmissionAnswer

const OVERLOADED = { ...BLOCKED, code: 'node_overloaded' } as const satisfies SubmissionAnswer

/** The outcome that was told before. */
export const replayOf = (id: PaymentId, state: TransactionState): Settlement => ({
  kind: 'outcome',
  id,
  state,
  replayed: true,
})

/**
 * What a known id answers to these bytes; an outbox entry is to be waited for; undefined: they may
 * still be the first to be executed, as a cancellation and its payment are.
 */
const answerOfUse = (
  { hash, jti, body }: VerifiedTransaction,
  use: Use,
): SubmissionAnswer | OutboxEntry | undefined => {
  switch (use.by) {
    case 'block':
      return use.hash === hash || use.event.kind !== body.kind ? replayOf(jti, use.state) : REUSED
    case 'outbox': {
      const same = use.entries.find((entry) => entry.hash === hash)
      return same ?? (use.entries.some(({ kind }) => kind === body.kind) ? REUSED : undefined)
    }
    case 'expiry':
      return use.hash === hash ? replayOf(jti, use.state) : REUSED
    case 'tombstone':
      return REUSED
  }
}

export const REUSED = {
  kind: 'turned_away',
  code: 'id_reused',
} as const satisfies SubmissionAnswer

const stateOfEnd = (end: OutboxEnd): TransactionState =>
  end.kind === 'recorded'
    ? stateOfEvent(end.event)
    : { status: 'expired', height: end.height, timeMs: end.timeMs }

const entryOf = (
  { hash, text, jti, body, expMs }: VerifiedTransaction,
  scope: Scope,
  { till, amount, sinceMs }: Note & { readonly sinceMs: number },
): OutboxEntry => ({
  hash,
  text,
  id: jti,
  scope,
  kind: body.kind,
  ...(till !== undefined && { till }),
  ...(amount !== undefined && { amount }),
  expMs,
  sinceMs,
})
