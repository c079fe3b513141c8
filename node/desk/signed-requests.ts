import type {
  Asked,
  CredentialCode,
  SignedRequestCode,
  SignedRequests,
  Visitor,
} from '#api/ports/caller.ts'
import type { Head } from '#api/ports/ledger.ts'
import { type GrantId, idBytes, type Key, parseId } from '#protocol/id.ts'
import type { View } from '#protocol/ledger/view.ts'
import { openSignedRequest, type SignedRequest } from '#protocol/request/signed-request.ts'
import type { VerifySignature } from '#protocol/signature.ts'
import type { Clock } from '../loop/ports.ts'
import { standingOfGrant } from './key-standing.ts'
import { REPLAYS_MAX, REQUEST_AHEAD_SECONDS, REQUEST_LIFE_SECONDS } from './limits.ts'
import { Replays } from './replays.ts'

export type SignedRequestsParts = {
  /** libp2p name of this node: requests are signed for it alone. */
  readonly peerId: string
  readonly clock: Pick<Clock, 'wallMs'>
  readonly view: () => View
  readonly head: () => Head
  readonly verify: VerifySignature
  /** No process before this one heard a request that was signed later; undefined: nobody knows. */
  readonly heardUntilSeconds?: number | undefined
}

export type NodeSignedRequests = SignedRequests & {
  /** No request that was signed later has been heard, by this process or one before it. */
  readonly heardUntilSeconds: () => number
}

/**
 * Requests signed by keys of the ledger. What was used is remembered in memory for as long as it
 * counts, and no longer than this process lives: what could have been used before it began is refused.
 */
export const createSignedRequests = (parts: SignedRequestsParts): NodeSignedRequests => {
  const { clock, head } = parts
  const nowMs = () => Math.max(clock.wallMs(), head().timeMs)
  /** What is signed later cannot have been heard; a note of more is of a clock that was put back. */
  const startHeardSeconds = Math.floor(nowMs() / 1_000) + REQUEST_AHEAD_SECONDS
  const formerSeconds = Math.min(parts.heardUntilSeconds ?? startHeardSeconds, startHeardSeconds)
  let heardUntilSeconds = formerSeconds
  // Apart: a crowd of holders costs no till its place.
  const replays = { keys: new Replays(REPLAYS_MAX), holders: new Replays(REPLAYS_MAX) }
  return {
    audience: parts.peerId,
    open: (text, asked) => {
      const request = openSignedRequest(text)
      if (request === undefined) return INVALID
      if (request.aud !== parts.peerId) return { ok: false, code: 'credential_elsewhere' }
      const { key, message, signature } = request.claim
      if (!parts.verify(signature, message, idBytes(key))) return INVALID
      if (!isAbout(request, asked)) return INVALID
      const nowSeconds = Math.floor(nowMs() / 1_000)
      const untimely = untimelyBy(request, nowSeconds)
      if (untimely !== undefined) return { ok: false, code: untimely }
      if (request.iat <= formerSeconds) return { ok: false, code: 'node_starting' }
      heardUntilSeconds = Math.max(heardUntilSeconds, request.iat)
      const visitor = visitorOf(parts.view(), request, nowMs())
      const used = typeof visitor === 'object' && 'owns' in visitor ? replays.holders : replays.keys
      return {
        ok: true,
        signer: request.signer,
        visitor,
        bodyHash: request.body,
        spend: () => used.spend(`${request.signer}/${request.jti}`, request.exp, nowSeconds),
      }
    },
    heardUntilSeconds: () => heardUntilSeconds,
    stands: (visitor) => {
      const signer = parseId('key', visitor.keyId)
      if (signer === undefined) return false
      const now = visitorOf(parts.view(), { signer, ...grantOf(visitor) }, nowMs())
      return typeof now === 'object' && isSame(now, visitor)
    },
  }
}

const INVALID = {
  ok: false,
  code: 'request_signature_invalid',
} as const satisfies { readonly ok: false; readonly code: SignedRequestCode }

const isAbout = ({ method, path }: SignedRequest, asked: Asked): boolean =>
  method === asked.method && path === asked.path

/** Signed for a short time, and neither for one that is over nor for one that is to come. */
const untimelyBy = (
  { iat, exp }: SignedRequest,
  nowSeconds: number,
): 'request_signature_expired' | undefined => {
  const isShort = exp > iat && exp - iat <= REQUEST_LIFE_SECONDS
  const isNow = exp > nowSeconds && iat <= nowSeconds + REQUEST_AHEAD_SECONDS
  return isShort && isNow ? undefined : 'request_signature_expired'
}

type Claimed = { readonly signer: Key; readonly grant?: GrantId | undefined }

/** Whom a key speaks for in final state: under the grant it names, or for what is its own. */
const visitorOf = (
  view: View,
  { signer, grant }: Claimed,
  nowMs: number,
): Visitor | CredentialCode => {
  if (grant === undefined) return holderOf(view, signer)
  if (view.get('grant', grant)?.grantee !== signer) return 'credential_unknown'
  const standing = standingOfGrant(view, grant, nowMs)
  return typeof standing === 'string' ? standing : { ...standing, keyId: signer, signs: 'itself' }
}

const holderOf = (view: View, signer: Key): Visitor | CredentialCode => {
  const known = view.get('key', signer)
  if (known === undefined) return 'credential_unknown'
  if (known.retired === true) return 'credential_revoked'
  if (known.wallet !== undefined) return { keyId: signer, owns: { wallet: known.wallet } }
  const card = known.card === undefined ? undefined : view.get('card', known.card)
  if (card === undefined) return 'credential_unknown'
  // Whoever had the card before it was voided knows the code still.
  return card.claim === signer ? { keyId: signer, owns: { card: card.id } } : 'credential_revoked'
}

const grantOf = (visitor: Visitor) => ('owns' in visitor ? {} : { grant: visitor.grant })

const isSame = (now: Visitor, before: Visitor): boolean => {
  if (!('owns' in now) || !('owns' in before)) return 'owns' in now === 'owns' in before
  return JSON.stringify(now.owns) === JSON.stringify(before.owns)
}
