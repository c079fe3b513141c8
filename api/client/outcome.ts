import { isObject, type Json } from './json.ts'
import type {
  AppliedTransaction,
  CancelledTransaction,
  CapturedTransaction,
  CardAnswer,
  ExpiredTransaction,
  LostTransaction,
  RefusedTransaction,
} from './wire.ts'

/** It took effect. `card`: as it is now, of what was asked about a card. */
export type Applied = AppliedTransaction & { readonly card?: CardAnswer['card'] }
/**
 * State said no: nothing moved, and the id is used up. `code` may be newer than this client. With
 * `capture_lost` the customer had paid, out of a lease, and it never came to the ledger: `lost` is what
 * the place bears, and why.
 */
export type Refused = Omit<RefusedTransaction, 'code'> & {
  readonly code: string
  readonly lost?: Pick<LostTransaction, 'code' | 'lease' | 'amount' | 'captured'>
}
/** The card was as asked already: nothing had to be done, and the id is not used up. */
export type Unchanged = {
  readonly id: string
  readonly status: 'unchanged'
  readonly card: CardAnswer['card']
}
/** It was cancelled before it could take effect. */
export type Cancelled = Pick<CancelledTransaction, 'id' | 'status'> & Partial<CancelledTransaction>
/** It never took effect, and its time is over. */
export type Expired = Pick<ExpiredTransaction, 'id' | 'status'> & Partial<ExpiredTransaction>

/**
 * The customer has paid, out of money that was reserved before, at a node that is cut off; it becomes
 * `applied` when the ledger is back.
 */
export type Captured = CapturedTransaction

/**
 * What a payment ended in: exactly one of these, final, whoever asks. Only `captured` is not the last
 * word: it becomes `applied`, or `refused` with `capture_lost`.
 */
export type Outcome = Applied | Captured | Refused | Cancelled | Expired | Unchanged

/** Whether an outcome may take the place of the one that was told before. */
export const isNewsAfter = (told: Outcome, outcome: Outcome): boolean =>
  told.status === 'captured' &&
  (outcome.status === 'applied' || (outcome.status === 'refused' && outcome.code === CAPTURE_LOST))

/** Whether goods were handed over for it. */
export const isPaid = ({ status }: Outcome): boolean =>
  status === 'applied' || status === 'captured'

const CAPTURE_LOST = 'capture_lost'

/** The outcome of this payment that an object states, or undefined. */
export const outcomeIn = (id: string, value: unknown): Outcome | undefined => {
  if (!isObject(value) || value['id'] !== id) return undefined
  switch (value['status']) {
    case 'applied':
      return isApplied(value) ? value : undefined
    case 'captured':
      return isCaptured(value) ? value : undefined
    case 'lost':
      return lostOf(id, value)
    case 'refused':
      return isRefused(value) ? value : undefined
    case 'cancelled':
      return isPlaced(value) ? cancelledOf(id, value) : undefined
    case 'expired':
      return isPlaced(value) ? expiredOf(id, value) : undefined
    case 'unchanged':
      return isCard(value['card']) ? { id, status: 'unchanged', card: value['card'] } : undefined
    default:
      return undefined
  }
}

/** The same in the words of a problem: 422, or 410. */
export const declinedIn = (id: string, problem: Json): Outcome | undefined => {
  const { code, recorded } = problem
  if (!isPlaced(problem)) return undefined
  if (code === 'cancelled') return cancelledOf(id, problem)
  if (code === 'expired') return expiredOf(id, problem)
  const { missingAmount, asset, legs, height, index, time } = problem
  const facts = { missingAmount, asset, legs, height, index, time }
  const view = { id, status: 'refused', code, recorded, ...withoutAbsent(facts) }
  return isRefused(view) ? view : undefined
}

/** What the client decides by, and what a receipt is held against; the rest is the node's word. */
const isApplied = (value: Json): value is Json & AppliedTransaction =>
  typeof value['kind'] === 'string' &&
  Number.isSafeInteger(value['height']) &&
  Number.isSafeInteger(value['index']) &&
  typeof value['time'] === 'string' &&
  isCount(value['amount'])

const isCaptured = (value: Json): value is Json & CapturedTransaction =>
  typeof value['lease'] === 'string' &&
  typeof value['captured'] === 'string' &&
  Number.isSafeInteger(value['amount']) &&
  Number.isSafeInteger(value['left'])

const lostOf = (id: string, value: Json): Refused => {
  const { code, lease, amount, captured } = value
  const refused = { id, status: 'refused', code: CAPTURE_LOST, recorded: false } as const
  const isWhole =
    typeof code === 'string' &&
    typeof lease === 'string' &&
    typeof amount === 'number' &&
    typeof captured === 'string'
  return isWhole ? { ...refused, lost: { code, lease, amount, captured } } : refused
}

type CardFacts = CardAnswer['card']
export const isCard = (value: unknown): value is CardFacts =>
  isObject(value) && typeof value['id'] === 'string' && typeof value['state'] === 'string'

const isRefused = (value: Json): value is Json & Refused =>
  typeof value['code'] === 'string' &&
  typeof value['recorded'] === 'boolean' &&
  isCount(value['missingAmount']) &&
  isPlaced(value)

type Placed = { readonly height?: number; readonly index?: number; readonly time?: string }

const isPlaced = (value: Json): value is Json & Placed =>
  isCount(value['height']) &&
  isCount(value['index']) &&
  (value['time'] === undefined || typeof value['time'] === 'string')

const isCount = (value: unknown): boolean => value === undefined || Number.isSafeInteger(value)

const cancelledOf = (id: string, { height, index, time }: Placed): Cancelled => ({
  id,
  status: 'cancelled',
  ...(height !== undefined && { height }),
  ...(index !== undefined && { index }),
  ...(time !== undefined && { time }),
})

const expiredOf = (id: string, { height, time }: Placed): Expired => ({
  id,
  status: 'expired',
  ...(height !== undefined && { height }),
  ...(time !== undefined && { time }),
})

const withoutAbsent = (facts: Json): Json =>
  Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined))
