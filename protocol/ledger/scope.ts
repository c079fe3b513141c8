import type { GrantId, Key, PlaceId, WalletId } from '../id.ts'
import type { Operation, TransactionBody } from '../transaction/kinds/transaction-body.ts'
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
 * the named grant, or a key that the ledger knows: nobody burns the ids of another. A batch whose
 * operations do not share one scope is `malformed`.
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

function actingOfOperation(view: View, signer: Key, body: Operation): Acting | ActingRefusal {
  if ('place' in body && body.place !== undefined) {
    return actsFor(view, signer, body) ? { kind: 'place', scope: body.place } : 'signer_unknown'
  }
  const known = view.get('key', signer)
  if (known === undefined) return 'signer_unknown'
  // A gateway acts as its key: what it is owed later must not share ids with what it issues.
  const wallet = known.wallet && view.get('wallet', known.wallet)
  return wallet === undefined || wallet.kind === 'gateway'
    ? { kind: 'key', scope: signer }
    : { kind: 'wallet', scope: wallet.id }
}

/** A revoked or expired grant still gives the scope: the refusal is then recorded. */
function actsFor(
  view: View,
  signer: Key,
  { place, grant }: { readonly place?: PlaceId | undefined; readonly grant?: GrantId | undefined },
): boolean {
  if (place === undefined) return false
  if (grant === undefined) return view.get('place', place)?.key === signer
  const record = view.get('grant', grant)
  return record?.grantee === signer && record.place === place
}
