import { encodeId, type Key } from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { keyPairOf, publicKeyOf } from '#signature'

/** The public key of a secret seed of 32 bytes. */
export const keyOfSeed = (seed: Uint8Array): Key => encodeId('key', publicKeyOf(seed))

/** Who signs with a seed: what a transaction or a consent needs to know of its signer. */
export const signerOfSeed = (
  seed: Uint8Array,
): { readonly signerKey: Key; readonly sign: SignMessage } => {
  const { publicKey, sign } = keyPairOf(seed)
  return { signerKey: encodeId('key', publicKey), sign }
}
