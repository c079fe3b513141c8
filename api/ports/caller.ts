import type { GrantId, PlaceId } from '#protocol/id.ts'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'

/** Whom an API key speaks for: one grant of one place. The node keeps the grant's signing key. */
export type Caller = {
  /** Public name of the API key, never the secret. */
  readonly keyId: string
  readonly place: PlaceId
  readonly grant: GrantId
  readonly till?: string
  readonly actions: readonly GrantAction[]
  readonly expiresAtMs?: number
}

/** `credential_elsewhere`: the key works at another node. */
export type CredentialCode =
  | 'credential_unknown'
  | 'credential_expired'
  | 'credential_revoked'
  | 'credential_elsewhere'

export type Authentication =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly code: CredentialCode }

/** Who holds an API key. A key is as good as its grant: a revoked or expired grant refuses it. */
export type Credentials = {
  readonly authenticate: (token: string) => Authentication
}
