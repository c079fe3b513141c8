import { randomBytes } from 'node:crypto'
import type { Key } from '#protocol/id.ts'
import { SEED_BYTES } from '#protocol/signature.ts'
import { keyOfSeed } from '../keys/key-of-seed.ts'

/** Name of the secret in the key store that signs captures from leases. */
export const LEASE_SECRET = 'lease'

/** The key that captures here, made once and on disk. Rejects where the key store has no room for it. */
export const keepLeaseKey = async (secrets: {
  readonly keep: (name: string, secret: Uint8Array) => Promise<Uint8Array>
}): Promise<Key> =>
  keyOfSeed(await secrets.keep(LEASE_SECRET, new Uint8Array(randomBytes(SEED_BYTES))))
