import type { Authentication, Credentials } from '#api/ports/caller.ts'
import type { Head } from '#api/ports/ledger.ts'
import type { GrantId } from '#protocol/id.ts'
import type { View } from '#protocol/ledger/view.ts'
import type {
  ApiKeyOrder,
  ApiKeySummary,
  ApiKeys as ControlApiKeys,
} from '../control/operations.ts'
import type { Clock } from '../loop/ports.ts'
import type { StoredApiKey } from '../storage/local-facts.ts'
import type { LocalTable } from '../storage/local-table.ts'
import type { StorageError } from '../storage/storage-error.ts'
import { newToken, nodeDigitsIn, nodeDigitsOf, tokenHashOf } from './api-token.ts'
import { longestOver, standingOf } from './key-standing.ts'
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
    /** Whether one works under this grant now. */
    readonly standsFor: (grant: GrantId) => boolean
    /** Name of the grant's signing key in the key store. */
    readonly secretOf: (keyId: string) => string | undefined
  }

export const openApiKeys = async (parts: ApiKeysParts): Promise<ApiKeys> => {
  const { clock, head } = parts
  const nowMs = () => Math.max(clock.wallMs(), head().timeMs)
  const nodeDigits = nodeDigitsOf(parts.peerId)
  const keys = await openKeys(parts)
  /** Being written to disk: they count already. */
  let making = 0

  const authenticate = (token: string): Authentication => {
    const digits = nodeDigitsIn(token)
    if (digits === undefined) return { ok: false, code: 'credential_unknown' }
    // Asked first: the disk of another node may have come here with its keys.
    if (digits !== nodeDigits) return { ok: false, code: 'credential_elsewhere' }
    const key = keys.ofHash(tokenHashOf(token))
    if (key === undefined) return { ok: false, code: 'credential_unknown' }
    const standing = standingOf(parts.view(), key, nowMs())
    if (standing.ok) keys.noteUse(key, nowMs())
    return standing
  }

  /** By the ledger's time: a machine's clock that is wrong must not cost a key that works. */
  const nextOver = () => longestOver(parts.view(), keys.all(), head().timeMs)

  const make = async (order: ApiKeyOrder): Promise<NewApiKey> => {
    if (keys.size() + making > API_KEYS_MAX) {
      const over = nextOver()
      if (over === undefined) return 'exhausted'
      await keys.forget(over)
    }
    const token = newToken(nodeDigits)
    const tokenHash = tokenHashOf(token)
    const keyId = `key-${tokenHash.slice(0, 12)}`
    await keys.save({ ...order, tokenHash, keyId, createdMs: clock.wallMs(), revoked: false })
    return { keyId, token }
  }

  return {
    authenticate,
    create: (order) => {
      making += 1
      return make(order).finally(() => {
        making -= 1
      })
    },
    hasRoom: () => keys.size() + making < API_KEYS_MAX || nextOver() !== undefined,
    list: () => [...keys.all()].map(summaryOf),
    revoke: async (keyId) => {
      const key = keys.ofId(keyId)
      if (key === undefined) return 'unknown'
      const revoked = { ...key, revoked: true, revokedMs: key.revokedMs ?? clock.wallMs() }
      // Refused at once: a use that was noted meanwhile would write the key back as it was.
      keys.keep(revoked)
      await keys.save(revoked)
      return 'revoked'
    },
    standsFor: (grant) =>
      [...keys.all()].some(
        (key) => key.grant === grant && standingOf(parts.view(), key, nowMs()).ok,
      ),
    secretOf: (keyId) => keys.ofId(keyId)?.secret,
  }
}

type NewApiKey = Awaited<ReturnType<ApiKeys['create']>>

/** The keys in memory and on disk. */
const openKeys = async ({ table, onFailure }: Pick<ApiKeysParts, 'table' | 'onFailure'>) => {
  // Found by its hash: how long a lookup takes tells nothing of a secret that it does not know.
  const byHash = new Map<string, StoredApiKey>()
  const byId = new Map<string, StoredApiKey>()
  const keep = (key: StoredApiKey): void => {
    byHash.set(key.tokenHash, key)
    byId.set(key.keyId, key)
  }
  await done((finish) => table.each(keep, finish))
  return {
    keep,
    ofHash: (hash: string) => byHash.get(hash),
    ofId: (keyId: string) => byId.get(keyId),
    all: () => byId.values(),
    size: () => byId.size,
    save: async (key: StoredApiKey): Promise<void> => {
      await done((finish) => table.put(key, finish))
      keep(key)
    },
    forget: (key: StoredApiKey): Promise<void> => {
      byHash.delete(key.tokenHash)
      byId.delete(key.keyId)
      return done((finish) => table.remove([key.tokenHash], finish))
    },
    /** Told from memory; on disk at most once a minute. */
    noteUse: (key: StoredApiKey, nowMs: number): void => {
      // A note is worth no failure: where the disk does not keep up the next use is noted.
      if (nowMs - (key.lastUsedMs ?? 0) < LAST_USE_PAUSE_MS || !table.hasRoom()) return
      const used = { ...key, lastUsedMs: nowMs }
      keep(used)
      table.put(used, (error) => error && onFailure(error))
    },
  }
}

const summaryOf = (key: StoredApiKey): ApiKeySummary => {
  const { keyId, place, grant, till, createdMs, expiresAtMs, lastUsedMs, revoked } = key
  return {
    keyId,
    place,
    grant,
    createdMs,
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
