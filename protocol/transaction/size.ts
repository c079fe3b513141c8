import { LARGE_TRANSACTION_BYTES_MAX, TRANSACTION_BYTES_MAX } from '../limits.ts'
import type { Kind } from './kinds/transaction-body.ts'

/** Kinds that carry hundreds of items. */
const LARGE_KINDS: ReadonlySet<string> = new Set<Kind>(['batch', 'card.register'])

/** Longest text of a transaction of this kind, in bytes; an unknown kind gets the ordinary limit. */
export const sizeMaxOf = (kind: string): number =>
  LARGE_KINDS.has(kind) ? LARGE_TRANSACTION_BYTES_MAX : TRANSACTION_BYTES_MAX
