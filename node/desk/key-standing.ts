import type { Authentication, Caller, CredentialCode } from '#api/ports/caller.ts'
import type { GrantId } from '#protocol/id.ts'
import { chainOf } from '#protocol/ledger/rights.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import type { StoredApiKey } from '../storage/local-facts.ts'

/** Whom an API key speaks for now: it is as good as its grant, and as every grant above it. */
export const standingOf = (view: View, key: StoredApiKey, nowMs: number): Authentication => {
  if (key.revoked) return { ok: false, code: 'credential_revoked' }
  const standing = standingOfGrant(view, key.grant, nowMs)
  if (typeof standing === 'string') return { ok: false, code: standing }
  const { keyId, place, till } = key
  const expiresAtMs = earliestOf([key.expiresAtMs, standing.expiresAtMs])
  if (expiresAtMs !== undefined && nowMs >= expiresAtMs) {
    return { ok: false, code: 'credential_expired' }
  }
  const { grant, actions } = standing
  return {
    ok: true,
    caller: {
      keyId,
      place,
      grant,
      actions,
      signs: 'node',
      ...(till !== undefined && { till }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
    },
  }
}

/** What a grant, with those above it, is worth now. */
export const standingOfGrant = (
  view: View,
  grant: GrantId,
  nowMs: number,
): GrantStanding | Exclude<CredentialCode, 'credential_elsewhere'> => {
  const own = view.get('grant', grant)
  // Of a grant that the ledger here has not heard of yet nothing can be said.
  if (own === undefined) return 'credential_unknown'
  const chain = chainOf(view, grant)
  if (chain.some(({ revokedMs }) => revokedMs !== undefined)) return 'credential_revoked'
  if (chain.some(({ notBeforeMs }) => nowMs < (notBeforeMs ?? 0))) return 'credential_not_yet_valid'
  const expiresAtMs = earliestOf(chain.map(({ notAfterMs }) => notAfterMs))
  if (expiresAtMs !== undefined && nowMs >= expiresAtMs) return 'credential_expired'
  return {
    place: own.place,
    grant,
    actions: actionsOf(chain),
    ...(own.till !== undefined && { till: own.till }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
  }
}

type GrantStanding = Omit<Caller, 'keyId' | 'signs'>

/** The key that has been over for longest at a time of the ledger; undefined when none is over. */
export const longestOver = (
  view: View,
  keys: Iterable<StoredApiKey>,
  timeMs: number,
): StoredApiKey | undefined => {
  let found: { readonly key: StoredApiKey; readonly endMs: number } | undefined
  for (const key of keys) {
    const endMs = endOf(view, key, timeMs)
    if (endMs !== undefined && endMs < (found?.endMs ?? Number.POSITIVE_INFINITY)) {
      found = { key, endMs }
    }
  }
  return found?.key
}

/** Since when a key is over. */
const endOf = (view: View, key: StoredApiKey, timeMs: number): number | undefined => {
  const chain = view.get('grant', key.grant) === undefined ? [] : chainOf(view, key.grant)
  const revokedMs = key.revoked ? (key.revokedMs ?? key.createdMs) : undefined
  const expiries = [key.expiresAtMs, ...chain.map(({ notAfterMs }) => notAfterMs)]
  return earliestOf([
    revokedMs,
    ...chain.map((grant) => grant.revokedMs),
    ...expiries.filter((expiryMs) => expiryMs !== undefined && expiryMs <= timeMs),
  ])
}

/** What every grant of the chain allows. */
const actionsOf = ([nearest, ...above]: readonly GrantRecord[]): GrantRecord['actions'] => {
  const own = nearest?.actions ?? []
  if (above.length === 0) return own
  return own.filter((action) => above.every(({ actions }) => actions.includes(action)))
}

const earliestOf = (times: readonly (number | undefined)[]): number | undefined => {
  const given = times.filter((time) => time !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}
