import type { GrantId, Key, PlaceId, WalletId } from '../id.ts'
import { GRANT_DEPTH_MAX } from '../limits.ts'
import type { GrantRecord } from '../state/record.ts'
import type { Operation, TransactionBody } from '../transaction/kinds/transaction-body.ts'
import { isOpenedByPlace } from './hold.ts'
import type { View } from './view.ts'

/** In whose name a transaction acts: with its payment id, the scope is the identity of a payment. */
export type Acting =
  | { readonly kind: 'place'; readonly scope: PlaceId }
  | { readonly kind: 'wallet'; readonly scope: WalletId }
  | { readonly kind: 'key'; readonly scope: Key }

export type ActingRefusal = 'signer_unknown' | 'malformed'

/**
 * The scope of a body under its signer: the acting place where it names one, else the wallet of the
 * signing key, else the key. `signer_unknown` unless the signer is the place's key or the grantee of
 * the named grant, or the key of the hold that it is about, or a key that the ledger knows: nobody burns
 * the ids of another. A batch whose operations do not share one scope is `malformed`.
 */
export const actingOf = (
  view: View,
  signer: Key,
  body: TransactionBody,
): Acting | ActingRefusal => {
  if (body.kind !== 'batch') return actingOfOperation(view, signer, body)
  let shared: Acting | undefined
  for (const operation of body.operations) {
    const acting = actingOfOperation(view, signer, operation)
    if (typeof acting === 'string') return acting
    if (shared !== undefined && shared.scope !== acting.scope) return 'malformed'
    shared = acting
  }
  return shared ?? 'malformed'
}

/**
 * Whether a grant that a body names had ended, or one above it, when its payment id was made. Such an
 * id is nobody's: who no longer acts for a place must not use up the ids and refusals of the place. An
 * id from before the end still is the place's, and the refusal is recorded.
 */
export const endedBefore = (view: View, body: TransactionBody, idTimeMs: number): boolean => {
  for (const grant of grantsNamedIn(body)) if (idTimeMs >= endOf(view, grant)) return true
  return false
}

/**
 * Whether the signing key held another wallet when a payment id was made. That wallet may have used the
 * id up: in the name of the present one the same text would be another payment.
 */
export const heldAnotherAt = (
  view: View,
  signer: Key,
  { acting, idTimeMs }: { readonly acting: Acting; readonly idTimeMs: number },
): boolean => acting.kind === 'wallet' && idTimeMs < (view.get('key', signer)?.sinceMs ?? 0)

/** The grants that operations act under, each once. */
export const grantsNamedIn = (body: TransactionBody): readonly GrantId[] => {
  if (body.kind !== 'batch') return grantIn(body)
  const grants = new Set<GrantId>()
  for (const operation of body.operations) for (const grant of grantIn(operation)) grants.add(grant)
  return [...grants]
}

/** The grant that an operation acts under, if it names one. */
function grantIn(operation: Operation): readonly GrantId[] {
  return 'grant' in operation && operation.grant !== undefined ? [operation.grant] : []
}

/** When a grant ends or has ended, with everything above it: never, for what was not ended. */
function endOf(view: View, id: GrantId): number {
  let end = Number.POSITIVE_INFINITY
  let next: GrantId | undefined = id
  for (let depth = 0; next !== undefined && depth < GRANT_DEPTH_MAX; depth++) {
    const grant: GrantRecord | undefined = view.get('grant', next)
    end = Math.min(end, grant?.revokedMs ?? end, grant?.notAfterMs ?? end)
    next = grant?.parent
  }
  return end
}

function actingOfOperation(view: View, signer: Key, body: Operation): Acting | ActingRefusal {
  if ('place' in body && body.place !== undefined) {
    const acts = isByHoldKey(view, signer, body) || actsFor(view, signer, body)
    return acts ? { kind: 'place', scope: body.place } : 'signer_unknown'
  }
  const known = view.get('key', signer)
  if (known === undefined || known.retired === true) return 'signer_unknown'
  // A gateway acts as its key: what it is owed later must not share ids with what it issues.
  const wallet = known.wallet && view.get('wallet', known.wallet)
  return wallet === undefined || wallet.kind === 'gateway'
    ? { kind: 'key', scope: signer }
    : { kind: 'wallet', scope: wallet.id }
}

/**
 * Whether a body about a hold is signed by the hold's own key, in the name of the place that the hold is
 * for. Such a body names no grant: no revocation reaches it, nor does what becomes of card and place.
 */
export const isByHoldKey = (view: View, signer: Key, body: TransactionBody): boolean => {
  if (!('hold' in body && 'place' in body)) return false
  if ('grant' in body && body.grant !== undefined) return false
  const hold = view.get('hold', body.hold)
  return hold?.key === signer && hold.beneficiary === body.place && isOpenedByPlace(hold)
}

/** What nobody but the key of the hold may sign. */
const HOLD_KEY_KINDS: ReadonlySet<Operation['kind']> = new Set(['hold.capture', 'hold.split'])

/** Whether the grant had ended by the time of the id is judged apart: `endedBefore`. */
function actsFor(view: View, signer: Key, { kind, place, grant }: ActingBody): boolean {
  if (place === undefined || HOLD_KEY_KINDS.has(kind)) return false
  if (grant === undefined) return view.get('place', place)?.key === signer
  const record = view.get('grant', grant)
  return record?.grantee === signer && record.place === place
}

type ActingBody = {
  readonly kind: Operation['kind']
  readonly place?: PlaceId | undefined
  readonly grant?: GrantId | undefined
}
