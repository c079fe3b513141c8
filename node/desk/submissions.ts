import type { OpenPayment, OpenPaymentsQuery, Submissions } from '#api/ports/submissions.ts'
import type { Hash } from '#protocol/hash.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { DoorCode } from '#protocol/transaction/outcome.ts'
import { type ParsedTransaction, parseTransaction } from '#protocol/transaction/parse.ts'
import type { Leases } from '../leases/leases.ts'
import type { Outbox, OutboxEntry } from '../outbox/outbox.ts'
import type { SignatureChecker } from '../pipeline/ingress.ts'
import type { StoredCapture } from '../storage/local-facts.ts'
import { askedBy, OVERLOADED, type Submitter } from './submitter.ts'
import type { Unsettled } from './unsettled.ts'

export type SubmissionsParts = {
  readonly networkId: NetworkId
  readonly view: () => View
  readonly check: SignatureChecker
  /** Broke a rule here and is never tried again. */
  readonly isQuarantined: (hash: Hash) => boolean
  readonly submitter: Submitter
  readonly outbox: Pick<Outbox, 'entries' | 'isStored'>
  readonly unsettled: Pick<Unsettled, 'has'>
  readonly captures: Pick<Leases, 'waiting'>
}

/** The door for transactions that others signed. */
export const createSubmissions = (parts: SubmissionsParts): Submissions => ({
  submit: async (text, waiting) => {
    const parsed = parseTransaction(text, parts.networkId)
    if (!parsed.ok) return { kind: 'turned_away', code: parsed.code }
    if (parts.submitter.isTooMany(parsed.transaction)) return OVERLOADED
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
    const captures = parts.captures.waiting().filter(({ place }) => place === query.place)
    const isCaptured = captured(captures)
    const stored = outbox
      .entries()
      .filter((entry) => outbox.isStored(entry.hash) && !isCaptured(entry))
    const wallet = parts.view().get('place', query.place)?.wallet
    const own = stored.filter(({ scope }) => scope === query.place || scope === wallet)
    if (own.some(({ hash }) => unsettled.has(hash))) return 'unsettled'
    return openPayments([...entriesOf(own), ...captures.map(openCaptureOf)], query)
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

/** What the journal of captures tells of: under the till's id, and under the one that was signed. */
const captured = (
  captures: readonly StoredCapture[],
): ((entry: Pick<OutboxEntry, 'id' | 'scope'>) => boolean) => {
  const names = new Set(
    captures.flatMap(({ place, id, jti }) => [`${place}/${id}`, `${place}/${jti}`]),
  )
  return ({ scope, id }) => names.has(`${scope}/${id}`)
}

/** One entry an id: a payment stands for its cancellation. */
const entriesOf = (entries: readonly OutboxEntry[]): readonly OpenPayment[] => {
  const byId = new Map<string, OutboxEntry>()
  for (const entry of entries) {
    if (byId.has(entry.id) && entry.kind === 'payment.cancel') continue
    byId.set(entry.id, entry)
  }
  return [...byId.values()].map(openPaymentOf)
}

const openPayments = (
  payments: readonly OpenPayment[],
  { till, limit, after }: OpenPaymentsQuery,
): readonly OpenPayment[] =>
  payments
    .filter((one) => till === undefined || one.till === till)
    .filter(({ id }) => after === undefined || id > after)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .slice(0, limit)

const openCaptureOf = ({ id, till, amount, atMs, expMs }: StoredCapture): OpenPayment => ({
  id,
  status: 'captured',
  kind: 'hold.capture',
  ...(till !== undefined && { till }),
  sinceMs: atMs,
  expiresAtMs: expMs,
  amount,
})

const openPaymentOf = ({ id, kind, till, sinceMs, expMs, amount }: OutboxEntry): OpenPayment => ({
  id,
  status: 'pending',
  kind,
  ...(till !== undefined && { till }),
  sinceMs,
  expiresAtMs: expMs,
  ...(amount !== undefined && { amount }),
})
