import type { AssetId, FederationId, PlaceId, WalletId } from '../id.ts'
import { WALLET_KEYS_MAX } from '../limits.ts'

/**
 * The key of a wallet's record under another id: `wallet/asset` of a balance, `wallet/to` of a
 * mandate. One text for the same ids, since a new one would have to be put together and hashed
 * before anything is found under it, ten times a payment.
 */
export const walletKey = (wallet: WalletId, other: AssetId | PlaceId | FederationId): string => {
  const keys = keysOf(wallet)
  const { others, texts } = keys
  for (let index = 0; index < others.length; index++) {
    const text = others[index] === other ? texts[index] : undefined
    if (text !== undefined) return text
  }
  const fresh = `${wallet}/${other}`
  others.push(other)
  texts.push(fresh)
  size += 1
  return fresh
}

/** A wallet has few others: a list is searched faster than a map. */
type KeysOfWallet = {
  readonly wallet: string
  readonly others: string[]
  readonly texts: string[]
}

/** Emptied when full. */
const known = new Map<string, KeysOfWallet>()
let size = 0
/** A payment asks for several keys of one wallet in turn. */
let last: KeysOfWallet | undefined

function keysOf(wallet: string): KeysOfWallet {
  if (size >= WALLET_KEYS_MAX) forgetAll()
  if (last?.wallet === wallet) return last
  const found = known.get(wallet) ?? { wallet, others: [], texts: [] }
  if (found.others.length === 0) known.set(wallet, found)
  last = found
  return found
}

function forgetAll(): void {
  known.clear()
  size = 0
  last = undefined
}
