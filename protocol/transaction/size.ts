import {
  CONSENTS_MAX,
  LARGE_TRANSACTION_BYTES_MAX,
  OPERATOR_CONSENTS_MAX,
  TRANSACTION_BYTES_MAX,
} from '../limits.ts'
import type { Kind } from './kinds/transaction-body.ts'

/** Kinds that the authorities' threshold decides: they carry the signatures of thirty operators. */
const THRESHOLD_KINDS: ReadonlySet<string> = new Set<Kind>([
  'asset.archive',
  'asset.create',
  'asset.update',
  'authority.change',
  'correction',
  'correction.withdraw',
  'parameter.change',
  'wallet.freeze',
])

/** Kinds that carry hundreds of items or many consents. */
const LARGE_KINDS: ReadonlySet<string> = new Set<Kind>([
  'batch',
  'card.register',
  'federation.create',
  'federation.set',
])

/** Longest text of a transaction of this kind, in bytes; an unknown kind gets the ordinary limit. */
export const sizeMaxOf = (kind: string): number =>
  LARGE_KINDS.has(kind) || THRESHOLD_KINDS.has(kind)
    ? LARGE_TRANSACTION_BYTES_MAX
    : TRANSACTION_BYTES_MAX

/** The most consents that a transaction of this kind carries. */
export const consentsMaxOf = (kind: Kind): number =>
  THRESHOLD_KINDS.has(kind) ? OPERATOR_CONSENTS_MAX : CONSENTS_MAX
