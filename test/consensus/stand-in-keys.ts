import { concat, equalBytes, utf8 } from '#protocol/bytes.ts'
import type { Authority, AuthoritySet } from '#protocol/chain/authority-set.ts'
import { createAuthoritySet } from '#protocol/chain/authority-set.ts'
import { hashBytes, hashOf } from '#protocol/hash.ts'
import { encodeId } from '#protocol/id.ts'
import type { SignMessage, VerifySignature } from '#protocol/signature.ts'

/** A keyed stand-in for ed25519: quick, deterministic, and secure against nobody. */
export const standInSign =
  (publicKey: Uint8Array): SignMessage =>
  (message) =>
    concat(
      hashBytes(hashOf(concat(publicKey, message))),
      hashBytes(hashOf(concat(message, publicKey))),
    )

export const standInVerify: VerifySignature = (signature, message, publicKey) =>
  equalBytes(signature, standInSign(publicKey)(message))

export const memberOf = (name: string): Authority => ({
  consensusKey: encodeId('key', hashBytes(hashOf(utf8(`consensus ${name}`)))),
  operatorKey: encodeId('key', hashBytes(hashOf(utf8(`operator ${name}`)))),
  peerId: `12D3Koo${name}`,
})

export const setOf = (size: number): AuthoritySet => {
  const made = createAuthoritySet(Array.from({ length: size }, (_, index) => memberOf(`m${index}`)))
  if (!made.ok) throw new Error(made.code)
  return made.set
}

/** The stand-in signer of a member of a set. */
export const signerOf = (set: AuthoritySet, member: number): SignMessage =>
  standInSign(set.keys[member] ?? new Uint8Array(32))
