import { equalBytes } from '#protocol/bytes.ts'
import { SIGNATURE_BYTES, type SignMessage, type VerifySignature } from '#protocol/signature.ts'

/**
 * Signatures as proofs imagine them: a signature is right when the holder of the key made this very
 * one for these bytes. Costs no hash, and holds only among machines that pass messages by reference.
 */
export const createIdealSignatures = (): {
  readonly signerOf: (publicKey: Uint8Array) => SignMessage
  readonly verify: VerifySignature
} => {
  type Made = { readonly publicKey: Uint8Array; readonly message: Uint8Array }
  const made = new WeakMap<Uint8Array, Made>()
  return {
    signerOf: (publicKey) => (message) => {
      const signature = new Uint8Array(SIGNATURE_BYTES)
      made.set(signature, { publicKey, message })
      return signature
    },
    verify: (signature, message, publicKey) => {
      const known = made.get(signature)
      return known?.publicKey === publicKey && equalBytes(known.message, message)
    },
  }
}
