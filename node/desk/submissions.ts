import type { OpenPayment, OpenPaymentsQuery, Submissions } from '#api/ports/submissions.ts'
import type { Hash } from '#protocol/hash.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { type ParsedTransaction, parseTransaction } from '#protocol/transaction/parse.ts'
import type { Outbox, OutboxEntry } from '../outbox/outbox.ts'
import type { SignatureChecker } from '../pipeline/ingress.ts'
import { askedBy, type Submitter } from './submitter.ts'
import type { Unsettled } from './unsettled.ts'

export type SubmissionsParts = {
  readonly networkId: NetworkId
  readonly check: SignatureChecker
  /** Broke a rule here and is never tried again. */
  readonly isQuarantined: (hash: Hash) => boolean
  readonly submitter: Submitter
  readonly outbox: Pick<Outbox, 'entries' | 'isStored'>
  readonly unsettled: Pick<Unsettled, 'has'>
}

/** The door for transactions that others signed. */
export const createSubmissions = (parts: SubmissionsParts): Submissions => ({
  submit: async (text, waiting) => {
    const parsed = parseTransaction(text, parts.networkId)
    if (!parsed.ok) return { kind: 'turned_away', code: parsed.code }
    const checked = await checkedBy(parts.check, parsed)
    if (typeof checked === 'string') return { kind: 'turned_away', code: checked }
    const amount = amountIn(checked.body)
    return await parts.submitter.submit(
      checked,
      { note: { amount }, asked: askedBy(checked), held: parts.isQuarantined(checked.hash) },
      waiting,
    )
  },
  open: async (query) => {
    const { outbox, unsettled } = parts
    const stored = outbox.entries().filter(({ hash }) => outbox.isStored(hash))
    if (stored.some(({ hash, scope }) => scope === query.place && unsettled.has(hash))) {
      return 'unsettled'
    }
    return openPayments(stored, query)
  },
})

const checkedBy = (
  check: SignatureChecker,
  parsed: ParsedTransaction,
): Promise<VerifiedTransaction | DoorCode> =>
  new Promise((resolve, reject) => {
    check([parsed], ([result]) => {
      if (result === undefined) reject(new Error('a signature check gave no answer'))
      else resolve(result)
    })
  })

/** The amount a body names, in smallest units. */
export const amountIn = (body: TransactionBody): number | undefined =>
  'amount' in body ? body.amount : undefined

/** One entry an id: a payment stands for its cancellation. */
const openPayments = (
  entries: readonly OutboxEntry[],
  { place, till, limit, after }: OpenPaymentsQuery,
): readonly OpenPayment[] => {
  const byId = new Map<string, OutboxEntry>()
  for (const entry of entries) {
    if (entry.scope !== place || (after !== undefined && entry.id <= after)) continue
    if (till !== undefined && entry.till !== till) continue
    if (byId.has(entry.id) && entry.kind === 'payment.cancel') continue
    byId.set(entry.id, entry)
  }
  return [...byId.values()]
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit)
    .map(openPaymentOf)
}

const openPaymentOf = ({ id, kind, till, sinceMs, expMs, amount }: OutboxEntry): OpenPayment => ({
  id,
  kind,
  ...(till !== undefined && { till }),
  sinceMs,
  expiresAtMs: expMs,
  ...(amount !== undefined && { amount }),
})
