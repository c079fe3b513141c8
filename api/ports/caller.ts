import type { Hash } from '#protocol/hash.ts'
import type { CardId, GrantId, Key, PlaceId, WalletId } from '#protocol/id.ts'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import type { PeerId } from '#protocol/transaction/kinds/peer-id.ts'

/** A key of a place: it speaks for one grant. */
export type Caller = {
  /** Public name of the key, never a secret. */
  readonly keyId: string
  readonly place: PlaceId
  readonly grant: GrantId
  readonly till?: string
  readonly actions: readonly GrantAction[]
  readonly expiresAtMs?: number
  /** Who signs what it orders: the node, for an API key; or the till itself, with its own key. */
  readonly signs: 'node' | 'itself'
}

/** What one key may read as its own: a wallet, or, by the claim code of a card, that card. */
export type Owned = { readonly wallet: WalletId } | { readonly card: CardId }

/** A key of a holder: it reads what is its own and nothing else. */
export type Holder = { readonly keyId: string; readonly owns: Owned }

/** Whoever showed a credential. */
export type Visitor = Caller | Holder

/** In whose eyes something is read. */
export type Reader = { readonly place: PlaceId } | Owned

/**
 * Why a credential is not one. `credential_not_yet_valid`: a grant of it has not begun. `credential_elsewhere`: an API key of another node, or a request that
 * was signed for another.
 */
export type CredentialCode =
  | 'credential_unknown'
  | 'credential_not_yet_valid'
  | 'credential_expired'
  | 'credential_revoked'
  | 'credential_elsewhere'

/** Why a signed request is none, beside that. */
export type SignedRequestCode =
  | 'request_signature_invalid'
  | 'request_signature_expired'
  | 'request_replayed'

export type Authentication =
  | { readonly ok: true; readonly caller: Caller }
  | { readonly ok: false; readonly code: CredentialCode }

/** Who holds an API key. A key is as good as its grant: a revoked or expired grant refuses it. */
export type Credentials = {
  readonly authenticate: (token: string) => Authentication
}

/** The request that a signature must be about. */
export type Asked = { readonly method: string; readonly path: string }

/** A request that its key signed for this node, at this time, for this method and address. */
export type OpenedRequest = {
  readonly ok: true
  readonly signer: Key
  /** Whom the key speaks for, or why for nobody. */
  readonly visitor: Visitor | CredentialCode
  /** SHA-256 that the body must have; undefined: there must be none. */
  readonly bodyHash: Hash | undefined
  /** Uses the request up. `replayed`: it was before; `full`: too many are remembered already. */
  readonly spend: () => 'spent' | 'replayed' | 'full'
}

/**
 * Requests signed by tills with their own key, and by holders. `node_starting`: it may have been used
 * before this start.
 */
export type SignedRequests = {
  /** Peer id of this node, which a request to it names. */
  readonly audience: PeerId
  readonly open: (
    text: string,
    asked: Asked,
  ) =>
    | OpenedRequest
    | {
        readonly ok: false
        readonly code: SignedRequestCode | 'credential_elsewhere' | 'node_starting'
      }
  /** Whether a key that signed a request would still speak for the same. */
  readonly stands: (visitor: Visitor) => boolean
}
