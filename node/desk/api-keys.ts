import type { Authentication, Credentials } from '#api/ports/caller.ts'
import type { Head } from '#api/ports/ledger.ts'
import { chainOf } from '#protocol/ledger/rights.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { GrantRecord } from '#protocol/state/record.ts'
import type { ApiKeySummary, ApiKeys as ControlApiKeys } from '../control/operations.ts'
import type { Clock } from '../loop/ports.ts'
import type { StoredApiKey } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import type { StorageError } from '../storage/storage-error.ts'
import { newToken, nodeDigitsIn, nodeDigitsOf, tokenHashOf } from './api-token.ts'
import { API_KEYS_MAX, LAST_USE_PAUSE_MS } from './limits.ts'

export type ApiKeysParts = {
  readonly table: LocalTable<StoredApiKey>
  /** libp2p name of this node: a token works here only. */
  readonly peerId: string
  readonly clock: Pick<Clock, 'wallMs'>
  readonly view: () => View
  readonly head: () => Head
  /** The note of a last use could not be written: the disk failed. */
  readonly onFailure: (error: StorageError) => void
}

/** The API keys of this node. Only hashes of tokens are kept, in memory and on disk. */
export type ApiKeys = ControlApiKeys &
  Credentials & {
    /** Resolves once the revocation is on disk. */
    readonly revoke: (keyId: string) => Promise<'revoked' | 'unknown'>
    /** Name of the grant's signing key in the key store. */
    readonly secretOf: (keyId: string) => string | undefined
  }

export const openApiKeys = async (parts: ApiKeysParts): Promise<ApiKeys> => {
  const { table, clock } = parts
  const nodeDigits = nodeDigitsOf(parts.peerId)
  // Found by its hash: how long a lookup takes tells nothing of a secret that it does not know.
  const byHash = new Map<string, StoredApiKey>()
  const byId = new Map<string, StoredApiKey>()
  const keep = (key: StoredApiKey): void => {
    byHash.set(key.tokenHash, key)
    byId.set(key.keyId, key)
  }
  await done((finish) => table.each(keep, finish))

  const save = async (key: StoredApiKey): Promise<void> => {
    await done((finish) => table.put(key, finish))
    keep(key)
  }

  /** Told from memory; on disk at most once a minute. */
  const noteUse = (key: StoredApiKey, nowMs: number): void => {
    if (nowMs - (key.lastUsedMs ?? 0) < LAST_USE_PAUSE_MS) return
    const used = { ...key, lastUsedMs: nowMs }
    keep(used)
    table.put(used, (error) => error && parts.onFailure(error))
  }

  const authenticate = (token: string): Authentication => {
    const digits = nodeDigitsIn(token)
    if (digits === undefined) return { ok: false, code: 'credential_unknown' }
    const key = byHash.get(tokenHashOf(token))
    if (key === undefined) {
      const code = digits === nodeDigits ? 'credential_unknown' : 'credential_elsewhere'
      return { ok: false, code }
    }
    const nowMs = Math.max(clock.wallMs(), parts.head().timeMs)
    const judged = judge(parts.view(), key, nowMs)
    if (judged.ok) noteUse(key, nowMs)
    return judged
  }

  return {
    authenticate: async (token) => authenticate(token),
    create: async (order) => {
      if (byId.size >= API_KEYS_MAX) throw new Error(`a node has at most ${API_KEYS_MAX} API keys`)
      const token = newToken(nodeDigits)
      const tokenHash = tokenHashOf(token)
      const keyId = `key-${tokenHash.slice(0, 12)}`
      await save({ ...order, tokenHash, keyId, createdMs: clock.wallMs(), revoked: false })
      return { keyId, token }
    },
    list: () => [...byId.values()].map(summaryOf),
    revoke: async (keyId) => {
      const key = byId.get(keyId)
      if (key === undefined) return 'unknown'
      // Refused at once: a use that was noted meanwhile would write the key back as it was.
      keep({ ...key, revoked: true })
      await save({ ...key, revoked: true })
      return 'revoked'
    },
    secretOf: (keyId) => byId.get(keyId)?.secret,
  }
}

/** A key is as good as its grant, and as every grant above it. */
const judge = (view: View, key: StoredApiKey, nowMs: number): Authentication => {
  if (key.revoked) return { ok: false, code: 'credential_revoked' }
  // Of a grant that the ledger here has not heard of yet nothing can be said.
  if (view.get('grant', key.grant) === undefined) return { ok: false, code: 'credential_unknown' }
  const chain = chainOf(view, key.grant)
  if (chain.some(({ revokedMs }) => revokedMs !== undefined)) {
    return { ok: false, code: 'credential_revoked' }
  }
  const expiresAtMs = earliestOf([key.expiresAtMs, ...chain.map(({ notAfterMs }) => notAfterMs)])
  if (nowMs >= (expiresAtMs ?? Number.POSITIVE_INFINITY)) {
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

/** What every grant of the chain allows. */
const actionsOf = ([nearest, ...above]: readonly GrantRecord[]): GrantRecord['actions'] =>
  (nearest?.actions ?? []).filter((action) =>
    above.every(({ actions }) => actions.includes(action)),
  )

const earliestOf = (times: readonly (number | undefined)[]): number | undefined => {
  const given = times.filter((time) => time !== undefined)
  return given.length === 0 ? undefined : Math.min(...given)
}

const summaryOf = (key: StoredApiKey): ApiKeySummary => {
  const { keyId, grant, till, expiresAtMs, lastUsedMs, revoked } = key
  return {
    keyId,
    grant,
    ...(till !== undefined && { till }),
    ...(expiresAtMs !== undefined && { expiresAtMs }),
    ...(lastUsedMs !== undefined && { lastUsedMs }),
    revoked,
  }
}

const done = (act: (finish: (error?: StorageError) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => {
    act((error) => (error === undefined ? resolve() : reject(error)))
  })
