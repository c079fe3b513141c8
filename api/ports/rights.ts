import type { AssetId, GrantId, Key } from '#protocol/id.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import type { GrantAction, GrantCaps } from '#protocol/transaction/kinds/grant.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import type { Caller } from './caller.ts'
import type { Errand } from './desk.ts'
import type { At } from './ledger.ts'
import type { Applied, DeskAnswer, Settlement, TransactionState } from './outcome.ts'

/** What a grant allows. Beyond the grant that it is issued under, the ledger refuses it. */
export type Terms = {
  readonly actions: readonly GrantAction[]
  readonly assets?: readonly AssetId[]
  readonly till?: string
  readonly caps: GrantCaps
  readonly notBeforeMs?: number
  readonly notAfterMs?: number
}

/** Rights for a key that somebody else keeps, under the caller's grant. */
export type GrantOrder = Terms & { readonly id: PaymentId; readonly grantee: Key }
export type RevocationOrder = { readonly id?: PaymentId; readonly grant: GrantId }

/** An API key with a grant of its own under the caller's; the node makes and keeps its signing key. */
export type ApiKeyOrder = Omit<Terms, 'notBeforeMs'> & {
  readonly id: PaymentId
  readonly till: string
}

/** An API key without its token, which nobody can show twice. */
export type ApiKeyFacts = {
  readonly keyId: string
  readonly grant: GrantId
  readonly till?: string
  readonly createdMs: number
  readonly expiresAtMs?: number
  readonly lastUsedMs?: number
  readonly revoked: boolean
}

/**
 * `api_key_exists`: that till, or that order, has an API key that works. `api_keys_exhausted`: the node
 * has as many as it may, and all of them work.
 */
export type ApiKeyCode = 'api_key_exists' | 'api_keys_exhausted'

/** `token` (`krm_live_…`) is told this once; only its hash is kept. */
export type ApiKeyAnswer =
  | { readonly kind: 'api_key'; readonly key: ApiKeyFacts; readonly token: string }
  | { readonly kind: 'no_api_key'; readonly code: ApiKeyCode }
  | Settlement<Exclude<TransactionState, Applied>>
  | Exclude<DeskAnswer, Settlement>

/** Who may act for the caller's place, and by which credential at this node. */
export type Rights = {
  /** Every grant of the place, oldest first. */
  readonly grants: (caller: Caller) => At<readonly GrantRecord[]>
  readonly issueGrant: (order: GrantOrder, errand: Errand) => Promise<DeskAnswer>
  /** Ends a grant and everything under it: the caller's own, or one that descends from it. */
  readonly revokeGrant: (order: RevocationOrder, errand: Errand) => Promise<DeskAnswer>
  /** The API keys of the place at this node, oldest first. */
  readonly apiKeys: (caller: Caller) => readonly ApiKeyFacts[]
  /** On disk before it answers. */
  readonly createApiKey: (order: ApiKeyOrder, errand: Errand) => Promise<ApiKeyAnswer>
  /** Ends one key at once; its grant lives on. `beyond`: its grant is not at or under the caller's. */
  readonly revokeApiKey: (
    keyId: string,
    caller: Caller,
  ) => Promise<ApiKeyFacts | 'unknown' | 'beyond'>
}
