import type { Head } from '#api/ports/ledger.ts'
import type {
  Expired,
  Settlement,
  SubmissionAnswer,
  TransactionState,
  Unavailable,
  UnavailableCode,
} from '#api/ports/outcome.ts'
import type { Hash } from '#protocol/hash.ts'
import { isRefusalExhausted } from '#protocol/ledger/ahead.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import { RULE_BOOK } from '#protocol/ledger/rule-book.ts'
import { actingOf } from '#protocol/ledger/scope.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { Transaction, VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Clock } from '../loop/ports.ts'
import type { Outbox, OutboxEnd, OutboxEntry } from '../outbox/outbox.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { contentOf } from './content.ts'
import { idLapsesAtMs, judgeNext, lapsesAtMs, type Next, nextTimeMs } from './door.ts'
import { stateOfEvent } from './event-state.ts'
import { RETRY_AFTER_SECONDS } from './limits.ts'
import type { Outcomes, Use } from './outcomes.ts'
import { outcomeWithin, type Waiting } from './patience.ts'
import type { Unsettled } from './unsettled.ts'

export type SubmitterParts = {
  readonly clock: Clock
  readonly view: () => FinalView
  readonly head: () => Head
  readonly outbox: Pick<Outbox, 'submit' | 'onEnd' | 'isCrowded'>
  readonly outcomes: Pick<Outcomes, 'useOf'>
  readonly unsettled: Pick<Unsettled, 'has'>
  /** Why the node cannot bring a transaction to an outcome now: it stopped, or is out of touch. */
  readonly blockedBy: () => BlockedCode | undefined
  /** Spares the check of a block's signature that was checked or made here: `core.remember`. */
  readonly remember: (transaction: VerifiedTransaction) => void
  /** A submission of this node is in a final block after so long. */
  readonly onSettled: (ms: number) => void
}

/** What an open payment is shown with. */
export type Note = { readonly till?: string | undefined; readonly amount?: number | undefined }

/** A transaction in a block. */
type Recorded = { readonly hash: Hash; readonly event: LedgerEvent }

/**
 * Whether what a block recorded under an id answers what was asked for under it: it asks for the same,
 * or one of the two is a cancellation, which shares the outcome of its payment.
 */
export type Asked = (recorded: Recorded) => boolean | Promise<boolean>

/** What a cancellation asks for: the outcome of the id, whatever it is. */
export const ANY_OUTCOME: Asked = () => true

/** What is told ahead; `in_block`: state refuses it, and a block is to say so; undefined: state agrees. */
export type Ahead = (next: Next) => Promise<SubmissionAnswer> | 'in_block' | undefined

/** The one way of a transaction of this node to its outcome. */
export type Submitter = {
  /** What became of the id, if it is known; else `admit`, by a node that is in touch. */
  readonly submit: (
    transaction: VerifiedTransaction,
    order: {
      readonly note: Note
      readonly asked: Asked
      /** Quarantined: it may be told its outcome, and enters no outbox. */
      readonly held: boolean
    },
    waiting: Waiting,
  ) => Promise<SubmissionAnswer>
  /**
   * Into the outbox and on, unless a door or `ahead` refuses. The caller has found the id free, or in
   * use by nothing but the payment of this cancellation, or the reverse, and the node in touch. Nothing
   * is awaited before the outbox has it, so that what arrives at the same time finds each other.
   */
  readonly admit: (
    transaction: VerifiedTransaction,
    order: {
      readonly note: Note
      readonly asked: Asked
      readonly ahead?: Ahead | undefined
    },
    waiting: Waiting,
  ) => Promise<SubmissionAnswer>
  /**
   * Whether one that was signed elsewhere is one too many: then its signature need not be checked. What is
   * known of its id is still told. What the node signs for the tills of its place is not crowded out.
   */
  readonly isTooMany: (transaction: Transaction) => boolean
  /** Waits for what is in the outbox already: a replay. */
  readonly join: (entry: OutboxEntry, asked: Asked, waiting: Waiting) => Promise<SubmissionAnswer>
}

export const createSubmitter = (parts: SubmitterParts): Submitter => {
  const { clock, outbox, outcomes } = parts

  const enter = async (
    entry: OutboxEntry,
    { asked, replayed }: { readonly asked: Asked; readonly replayed: boolean },
    waiting: Waiting,
  ): Promise<SubmissionAnswer> => {
    const startMs = clock.monotonicMs()
    let stop = (): void => undefined
    const end = await outcomeWithin<OutboxEnd | 'full'>(waiting, ({ stored, ended }) => {
      stop = outbox.onEnd(entry.hash, (outcome) => {
        if (!replayed && outcome.kind === 'recorded') parts.onSettled(clock.monotonicMs() - startMs)
        ended(outcome)
      })
      if (outbox.submit(entry, stored) === 'full') ended('full')
    })
    stop()
    if (end === 'full') return OVERLOADED
    if (end === undefined && parts.unsettled.has(entry.hash)) return STARTING
    if (end?.kind === 'expired' && !endsId(entry, end)) return STARTING
    if (end?.kind === 'recorded' && end.hash !== entry.hash && !(await asked(end))) return REUSED
    const state: TransactionState =
      end === undefined ? { status: 'pending', sinceMs: entry.sinceMs } : stateOfEnd(end)
    return { kind: 'outcome', id: entry.id, state, replayed }
  }

  /** A cancellation of a former run may have ended before its id: then its end says nothing. */
  const endsId = (entry: OutboxEntry, { timeMs }: Pick<Expired, 'timeMs'>): boolean =>
    !isCancelling(entry) || timeMs >= idLapsesAtMs(parts.view(), entry)

  const isTooShort = (transaction: VerifiedTransaction): boolean => {
    const { body, signer, jti: id } = transaction
    if (!isCancelling(body)) return false
    const acting = actingOf(parts.view(), signer, body)
    if (typeof acting === 'string') return false
    return lapsesAtMs(transaction) < idLapsesAtMs(parts.view(), { scope: acting.scope, id })
  }

  const join: Submitter['join'] = (entry, asked, waiting) =>
    enter(entry, { asked, replayed: true }, waiting)

  const isExhausted = (transaction: VerifiedTransaction, next: Next): boolean =>
    isRefusalExhausted(parts.view(), transaction, { ...next, book: RULE_BOOK })

  const isTooMany: Submitter['isTooMany'] = ({ signer, body, jti }) => {
    // What uses an id up, or gives back, makes room for others.
    if (!outbox.isCrowded() || isCancelling(body)) return false
    const acting = actingOf(parts.view(), signer, body)
    return typeof acting !== 'string' && outcomes.useOf(acting.scope, jti) === undefined
  }

  const admit: Submitter['admit'] = async (transaction, { note, asked, ahead }, waiting) => {
    if (isTooShort(transaction)) return TOO_SHORT
    const door = judgeNext(transaction, parts)
    if (!door.ok) return { kind: 'turned_away', code: door.code }
    const { acting } = door
    const next = { acting, timeMs: nextTimeMs(parts) }
    const told = ahead === undefined ? 'in_block' : ahead(next)
    if (typeof told === 'object') return told
    // What state agrees to, as was just seen, needs no room for a refusal.
    if (told === 'in_block' && isExhausted(transaction, next)) return EXHAUSTED
    parts.remember(transaction)
    const entry = entryOf(transaction, acting.scope, { ...note, sinceMs: clock.wallMs() })
    return enter(entry, { asked, replayed: false }, waiting)
  }

  const submit: Submitter['submit'] = async (transaction, order, waiting) => {
    const acting = actingOf(parts.view(), transaction.signer, transaction.body)
    if (typeof acting !== 'string') {
      const use = outcomes.useOf(acting.scope, transaction.jti)
      const known = use && answerOfUse(transaction, use, acting.scope)
      if (known !== undefined) return 'hash' in known ? join(known, order.asked, waiting) : known
    }
    if (order.held) return QUARANTINED
    // A copy that may be old does not even know who may sign.
    const blocked = parts.blockedBy()
    return blocked === undefined ? admit(transaction, order, waiting) : unavailable(blocked)
  }

  return { submit, admit, join, isTooMany }
}

/** `ledger_required`: what can be taken from leases goes on meanwhile. */
export type BlockedCode = Extract<UnavailableCode, 'node_blocked' | 'ledger_required'>

/** Nothing was kept, and the same may be asked again soon. */
export const unavailable = (code: UnavailableCode): Unavailable => ({
  kind: 'unavailable',
  code,
  retryAfterSeconds: RETRY_AFTER_SECONDS,
})

const STARTING = unavailable('node_starting')

export const OVERLOADED = unavailable('node_overloaded')

/** The outcome that was told before. */
export const replayOf = (id: PaymentId, state: TransactionState): Settlement => ({
  kind: 'outcome',
  id,
  state,
  replayed: true,
})

/** These bytes; or, since a payment and its cancellation have one outcome, the other of the two. */
export const askedBy = ({ hash, body }: VerifiedTransaction): Asked =>
  body.kind === CANCELLATION
    ? ANY_OUTCOME
    : (recorded) => recorded.hash === hash || recorded.event.kind === CANCELLATION

/**
 * What a known id answers to these bytes; an outbox entry is to be waited for; undefined: they may
 * still be the first to be executed, as a cancellation and its payment are.
 */
const answerOfUse = (
  { hash, jti, body }: VerifiedTransaction,
  use: Use,
  scope: Scope,
): SubmissionAnswer | OutboxEntry | undefined => {
  const cancels = body.kind === CANCELLATION
  switch (use.by) {
    case 'block': {
      const answers = cancels || use.hash === hash || use.event.kind === CANCELLATION
      return answers ? replayOf(jti, use.state) : REUSED
    }
    case 'outbox':
      return answerOfEntries({ hash, cancels }, use, scope)
    case 'expiry': {
      const answers = cancels || use.hash === hash || use.content === undefined
      return answers ? replayOf(jti, use.state) : REUSED
    }
    case 'capture':
      return cancels ? replayOf(jti, use.state) : REUSED
    case 'tombstone':
      return REUSED
  }
}

const answerOfEntries = (
  { hash, cancels }: { readonly hash: Hash; readonly cancels: boolean },
  { entries, scope: used }: Extract<Use, { readonly by: 'outbox' }>,
  scope: Scope,
): SubmissionAnswer | OutboxEntry | undefined => {
  const same = entries.find((entry) => entry.hash === hash || (cancels && isCancelling(entry)))
  if (same !== undefined) return same
  if (!cancels && !entries.every(isCancelling)) return REUSED
  // In the name of a place nothing cancels what ends in that of its wallet, nor the reverse.
  return used === scope ? undefined : entries[0]
}

const CANCELLATION = 'payment.cancel' satisfies TransactionBody['kind']

/** Its outcome is that of whatever it cancels. */
export const isCancelling = ({ kind }: Pick<OutboxEntry, 'kind'>): boolean => kind === CANCELLATION

export const REUSED = {
  kind: 'turned_away',
  code: 'id_reused',
} as const satisfies SubmissionAnswer

const TOO_SHORT = {
  kind: 'turned_away',
  code: 'cancellation_too_short',
} as const satisfies SubmissionAnswer

const EXHAUSTED = {
  kind: 'turned_away',
  code: 'refusals_exhausted',
} as const satisfies SubmissionAnswer

const QUARANTINED = {
  kind: 'turned_away',
  code: 'quarantined',
} as const satisfies SubmissionAnswer

const stateOfEnd = (end: OutboxEnd): TransactionState =>
  end.kind === 'recorded'
    ? stateOfEvent(end.event)
    : { status: 'expired', height: end.height, timeMs: end.timeMs }

const entryOf = (
  { hash, text, jti, body, expMs, consents }: VerifiedTransaction,
  scope: Scope,
  { till, amount, sinceMs }: Note & { readonly sinceMs: number },
): OutboxEntry => ({
  hash,
  text,
  id: jti,
  scope,
  kind: body.kind,
  ...(body.kind !== CANCELLATION && { content: contentOf(body) }),
  ...(till !== undefined && { till }),
  ...(amount !== undefined && { amount }),
  expMs: lapsesAtMs({ expMs, consents }),
  sinceMs,
})
