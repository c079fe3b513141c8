import {
  CONSENTS_MAX,
  LARGE_TRANSACTION_BYTES_MAX,
  OPERATOR_CONSENTS_MAX,
  TRANSACTION_BYTES_MAX,
} from '../limits.ts'
import type { Kind } from './kinds/transaction-body.ts'

/** Kinds that carry hundreds of items, or the signatures of thirty authorities. */
const LARGE_KINDS: ReadonlySet<string> = new Set<Kind>([
  'authority.change',
  'batch',
  'card.register',
])

/** Longest text of a transaction of this kind, in bytes; an unknown kind gets the ordinary limit. */
export const sizeMaxOf = (kind: string): number =>
  LARGE_KINDS.has(kind) ? LARGE_TRANSACTION_BYTES_MAX : TRANSACTION_BYTES_MAX

/** The most consents that a transaction of this kind carries. */
export const consentsMaxOf = (kind: Kind): number =>
  kind === 'authority.change' ? OPERATOR_CONSENTS_MAX : CONSENTS_MAX
