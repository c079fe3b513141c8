import type { AssetId, FederationId, PlaceId, WalletId } from '../id.ts'
import { WALLET_KEYS_MAX } from '../limits.ts'

/**
 * The key of a wallet's record under another id: `wallet/asset` of a balance, `wallet/to` of a
 * mandate. One text for the same ids, since a new one would have to be put together and hashed
 * before anything is found under it, ten times a payment.
 */
export const walletKey = (wallet: WalletId, other: AssetId | PlaceId | FederationId): string => {
  const key = known.get(other)?.get(wallet)
  if (key !== undefined) return key
  const fresh = `${wallet}/${other}`
  remember(wallet, other, fresh)
  return fresh
}

/** By the other id, of which there are few. Emptied when full. */
const known = new Map<string, Map<string, string>>()
let size = 0

function remember(wallet: string, other: string, key: string): void {
  if (size >= WALLET_KEYS_MAX) {
    known.clear()
    size = 0
  }
  const keys = known.get(other) ?? new Map<string, string>()
  keys.set(wallet, key)
  known.set(other, keys)
  size += 1
}
