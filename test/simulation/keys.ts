import { sha256 } from '#digest'
import { concat, equalBytes, utf8 } from '#protocol/bytes.ts'
import { encodeId, type Key } from '#protocol/id.ts'
import type { SignMessage, VerifySignature } from '#protocol/signature.ts'
import { peerIdOfKeyBytes } from '#protocol/transaction/kinds/peer-id.ts'
import { keyPairOf, publicKeyOf, verifySignature } from '#signature'

/** Somebody who signs. */
export type Signer = { readonly key: Key; readonly sign: SignMessage }

/** Everybody's keys, grown from their names, and how signatures are checked. */
export type Keys = {
  readonly verify: VerifySignature
  readonly signer: (name: string) => Signer
  readonly peerId: (name: string) => string
}

/** A keyed stand-in for ed25519: quick, deterministic, and secure against nobody. */
export const createStandInKeys = (): Keys =>
  rememberingKeys(standInVerify, (name) => {
    const key = sha256(utf8(`stand-in ${name}`))
    return { key: encodeId('key', key), sign: (message) => standInSignature(key, message) }
  })

/** Real ed25519. */
export const createRealKeys = (): Keys =>
  rememberingKeys(verifySignature, (name) => {
    const seed = sha256(utf8(`simulated ${name}`))
    return { key: encodeId('key', publicKeyOf(seed)), sign: keyPairOf(seed).sign }
  })

const rememberingKeys = (verify: VerifySignature, make: (name: string) => Signer): Keys => {
  const known = new Map<string, Signer>()
  const signer = (name: string): Signer => {
    const made = known.get(name) ?? make(name)
    known.set(name, made)
    return made
  }
  return { verify, signer, peerId: (name) => peerIdOfKeyBytes(sha256(utf8(`node ${name}`))) }
}

const standInSignature = (key: Uint8Array, message: Uint8Array): Uint8Array => {
  const half = sha256(concat(key, message))
  return concat(half, half)
}

const standInVerify: VerifySignature = (signature, message, publicKey) =>
  equalBytes(signature, standInSignature(publicKey, message))
