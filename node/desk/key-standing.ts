import type { Authentication } from '#api/ports/caller.ts'
import { chainOf } from '#protocol/ledger/rights.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import type { StoredApiKey } from '../storage/local-facts.ts'

/** Whom a key speaks for now: it is as good as its grant, and as every grant above it. */
export const standingOf = (view: View, key: StoredApiKey, nowMs: number): Authentication => {
  if (key.revoked) return { ok: false, code: 'credential_revoked' }
  // Of a grant that the ledger here has not heard of yet nothing can be said.
  if (view.get('grant', key.grant) === undefined) return { ok: false, code: 'credential_unknown' }
  const chain = chainOf(view, key.grant)
  let { expiresAtMs } = key
  for (const { revokedMs, notAfterMs } of chain) {
    if (revokedMs !== undefined) return { ok: false, code: 'credential_revoked' }
    if (notAfterMs !== undefined) expiresAtMs = Math.min(expiresAtMs ?? notAfterMs, notAfterMs)
  }
  if (expiresAtMs !== undefined && nowMs >= expiresAtMs) {
    return { ok: false, code: 'credential_expired' }
  }
  const { keyId, place, grant, till } = key
  return {
    ok: true,
    caller: {
      keyId,
      place,
      grant,
      actions: actionsOf(chain),
      ...(till !== undefined && { till }),
      ...(expiresAtMs !== undefined && { expiresAtMs }),
    },
  }
}

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
