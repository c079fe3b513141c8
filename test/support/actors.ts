import { sha256 } from '#digest'
import { utf8 } from '#protocol/bytes.ts'
import { encodeId, type Key } from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { keyPairOf, publicKeyOf } from '#signature'

/** Somebody with a key that grows from their name. */
export type Actor = { readonly name: string; readonly key: Key; readonly sign: SignMessage }

export const actor = (name: string): Actor => {
  const known = actors.get(name)
  if (known !== undefined) return known
  const seed = sha256(utf8(`actor ${name}`))
  const fresh = { name, key: encodeId('key', publicKeyOf(seed)), sign: keyPairOf(seed).sign }
  actors.set(name, fresh)
  return fresh
}

/** The peer id of a node of that name. */
export const peerId = (name: string): string =>
  peerIdOfKeyBytes(publicKeyOf(sha256(utf8(`node ${name}`))))

const actors = new Map<string, Actor>()
