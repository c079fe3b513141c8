import type { ApiKeyFacts, Rights } from '#api/ports/rights.ts'
import { encodeId } from '#protocol/id.ts'

const apiKey = (change: Partial<ApiKeyFacts> = {}): ApiKeyFacts => ({
  keyId: 'key-2f6b0c1d9e8a',
  grant: encodeId('grt', new Uint8Array(32).fill(1)),
  till: 'bar-1',
  createdMs: 0,
  revoked: false,
  ...change,
})

const TURNED_AWAY = { kind: 'turned_away', code: 'signer_unknown' } as const

/** A node with one API key, where nobody has the right to sign. */
export const fakeRights = (change: Partial<Rights> = {}): Rights => ({
  grants: () => ({ height: 0, timeMs: 0, value: [] }),
  issueGrant: async () => TURNED_AWAY,
  revokeGrant: async () => TURNED_AWAY,
  apiKeys: () => [apiKey()],
  createApiKey: async () => ({ kind: 'api_key', key: apiKey(), token: 'krm_live_new' }),
  revokeApiKey: async () => apiKey({ revoked: true }),
  ...change,
})
