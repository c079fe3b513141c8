import type { Head } from '#api/ports/ledger.ts'
import type { SubmissionAnswer, Unclear } from '#api/ports/outcome.ts'
import type { Hash } from '#protocol/hash.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { Scope } from '#protocol/state/record.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { GrantTally } from '../leases/grant-tally.ts'
import type { Leases } from '../leases/leases.ts'
import type { Clock } from '../loop/ports.ts'
import type { OutboxEntry } from '../outbox/outbox.ts'
import type { FinalView } from '../pipeline/executor.ts'
import { contentOf } from './content.ts'
import { judgeAhead, type RefusedAhead } from './judge-ahead.ts'
import type { Signer } from './key-ring.ts'
import type { Outcomes, Use } from './outcomes.ts'
import { type OwnConsent, signOwn } from './own-transaction.ts'
import type { Waiting } from './patience.ts'
import { amountIn } from './submissions.ts'
import {
  type Ahead,
  type Asked,
  type BlockedCode,
  isCancelling,
  OVERLOADED,
  REUSED,
  replayOf,
  type Submitter,
  unavailable,
} from './submitter.ts'
import type { Tombstones } from './tombstones.ts'

export type OwnOrdersParts = {
  readonly networkId: NetworkId
  readonly clock: Clock
  readonly view: () => FinalView
  readonly head: () => Head
  readonly outcomes: Outcomes
  readonly tombstones: Tombstones
  readonly submitter: Submitter
  readonly blockedBy: () => BlockedCode | undefined
  readonly leases: Pick<Leases, 'stored'>
  /** What was captured here under grants, which state does not count. */
  readonly grants: Pick<GrantTally, 'viewAhead'>
  readonly verify: VerifySignature
}

/** Something that this node signs itself, under an id that somebody else chose. */
export type OwnOrder<U extends Unclear = never> = {
  readonly id: PaymentId
  readonly scope: Scope
  /** What is signed, or why that cannot be said. Called once, and only for an id that is not in use. */
  readonly draft: () => TransactionBody | U
  /** All that the same order may have been signed as before. Called only for an id that is in use. */
  readonly alike: () => readonly TransactionBody[]
  readonly signer: Signer
  readonly expMs: number
  /** Called once, and only when the order is signed, with what is signed. */
  readonly consents?: (body: TransactionBody) => readonly OwnConsent[]
  readonly foreign?: readonly string[]
  readonly till?: string | undefined
  /** `ahead`: state's no is told before anything leaves the node. `in_block`: a block says it. */
  readonly judged: 'ahead' | 'in_block'
  /**
   * What is done instead of refusing it ahead, if anything; `in_block`: a block is to say it. Nothing may
   * be awaited before the id is in use.
   */
  readonly instead?: (refused: RefusedAhead) => Promise<SubmissionAnswer> | 'in_block' | undefined
  /** Whether this transaction, of another body, did what is asked for. */
  readonly isDoneBy?: (event: LedgerEvent) => boolean
}

/** Signs each order at most once: a repeated one is told what became of the first. */
export type OwnOrders = {
  readonly place: <U extends Unclear = never>(
    order: OwnOrder<U>,
    waiting: Waiting,
  ) => Promise<SubmissionAnswer | U>
  /** Refuses an order whose id is not in use, for good: told once a power cut cannot undo it. */
  readonly refuse: (
    order: Pick<OwnOrder, 'id' | 'scope'>,
    content: Hash,
    refused: RefusedAhead,
  ) => Promise<SubmissionAnswer>
}

export const createOwnOrders = (parts: OwnOrdersParts): OwnOrders => {
  const { outcomes, tombstones, submitter, leases } = parts

  const askedFor =
    (contents: Contents, { isDoneBy }: Pick<OwnOrder, 'isDoneBy'>): Asked =>
    async ({ event }) =>
      isCancelling(event) ||
      isDoneBy?.(event) === true ||
      contents.areIn(await outcomes.textAt(event))

  const replay = async (
    { id, alike, isDoneBy }: Replayed,
    { use, waiting }: { readonly use: Use; readonly waiting: Waiting },
  ): Promise<SubmissionAnswer> => {
    const contents = contentsOf(alike(), parts.networkId)
    const asked = askedFor(contents, { ...(isDoneBy && { isDoneBy }) })
    switch (use.by) {
      case 'outbox': {
        const entry = firstOf(use.entries, contents)
        return entry === undefined ? REUSED : submitter.join(entry, asked, waiting)
      }
      case 'block':
        return (await asked(use)) ? replayOf(id, use.state) : REUSED
      case 'expiry':
      case 'capture':
      case 'tombstone':
        if (!isOf(use, contents)) return REUSED
        await (use.by === 'capture'
          ? leases.stored(use.scope, id)
          : tombstones.settled(use.scope, id))
        return replayOf(id, use.state)
    }
  }

  const refuse = refuseBy(parts)

  const admit = (
    order: Placed,
    transaction: VerifiedTransaction,
    waiting: Waiting,
  ): Promise<SubmissionAnswer> => {
    const ahead: Ahead = (next) => {
      const refused = judgeAhead(parts.grants.viewAhead(), transaction, next)
      if (refused === undefined) return undefined
      return order.instead?.(refused) ?? refuse(order, contentOf(transaction.body), refused)
    }
    const note = { till: order.till, amount: amountIn(transaction.body) }
    const asked: Asked = (recorded) =>
      askedFor(contentsOf([transaction.body], parts.networkId), order)(recorded)
    const judged = order.judged === 'ahead' ? { ahead } : {}
    return submitter.admit(transaction, { note, asked, ...judged }, waiting)
  }

  return {
    refuse,
    // Nothing is awaited before the outbox or the tombstone has the id.
    place: async (order, waiting) => {
      const use = outcomes.useOf(order.scope, order.id)
      if (use !== undefined) return replay(order, { use, waiting })
      const blocked = parts.blockedBy()
      if (blocked !== undefined) return unavailable(blocked)
      const draft = order.draft()
      if (isUnclear(draft)) return draft
      const signed = signOwn(
        {
          id: order.id,
          signer: order.signer,
          body: draft,
          exp: Math.floor(order.expMs / 1_000),
          own: order.consents?.(draft) ?? [],
          foreign: order.foreign ?? [],
        },
        parts,
      )
      if (!signed.ok) return { kind: 'turned_away', code: signed.code }
      return admit(order, signed.transaction, waiting)
    },
  }
}

/** Tells nobody of a refusal that a power cut could undo. */
const refuseBy =
  ({ tombstones, clock }: Pick<OwnOrdersParts, 'tombstones' | 'clock'>): OwnOrders['refuse'] =>
  async ({ id, scope }, content, { code, facts: { legs, heldElsewhere: _, ...facts } }) => {
    const all = { ...facts, ...(legs && { legs: [...legs] }) }
    const tombstone = { scope, id, content, code, facts: all, timeMs: clock.wallMs() }
    if ((await tombstones.set(tombstone)) === 'full') return OVERLOADED
    return { kind: 'outcome', id, state: { status: 'refused', code, facts: all }, replayed: false }
  }

/** Whether what this node knows of an id is of the same order; of some that expired it forgot which. */
const isOf = (
  { by, content }: { readonly by: Use['by']; readonly content: Hash | undefined },
  { hashes }: Contents,
): boolean => (content === undefined ? by === 'expiry' : hashes.has(content))

type Placed = Pick<OwnOrder, 'id' | 'scope' | 'till' | 'judged' | 'instead' | 'isDoneBy'>
type Replayed = Pick<OwnOrder, 'id' | 'alike' | 'isDoneBy'>

const isUnclear = <U extends Unclear>(draft: TransactionBody | U): draft is U =>
  draft.kind === 'unclear'

/** What an order asks for, as any reader of its transactions sees it. */
type Contents = {
  readonly hashes: ReadonlySet<Hash>
  /** Whether the transaction of this text asks for the same. */
  readonly areIn: (text: string) => boolean
}

const contentsOf = (bodies: readonly TransactionBody[], networkId: NetworkId): Contents => {
  const parsed = bodies.flatMap((body) => TransactionBody.safeParse(body).data ?? [])
  const hashes = new Set(parsed.map(contentOf))
  const areIn = (text: string): boolean => {
    const first = parseTransaction(text, networkId)
    return first.ok && hashes.has(contentOf(first.transaction.body))
  }
  return { hashes, areIn }
}

/**
 * The entry that asks for the same; or a cancellation whose payment this node does not hold, since
 * its outcome is the payment's.
 */
const firstOf = (entries: readonly OutboxEntry[], contents: Contents): OutboxEntry | undefined => {
  const same = entries.find(({ text }) => contents.areIn(text))
  if (same !== undefined) return same
  return entries.every(isCancelling) ? entries[0] : undefined
}
