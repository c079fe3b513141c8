import type { Key } from '#protocol/id.ts'
import type { SignMessage } from '#protocol/signature.ts'
import { signerOfSeed } from '../keys/key-of-seed.ts'

export type Signer = { readonly signerKey: Key; readonly sign: SignMessage }

/** Who signs with a secret of the key store, by its name; undefined when there is none. */
export type KeyRing = (name: string) => Signer | undefined

/** Expands each seed once; a secret that was replaced gives a new signer. */
export const createKeyRing = (secrets: {
  readonly get: (name: string) => Uint8Array | undefined
}): KeyRing => {
  const signers = new Map<string, { readonly seed: Uint8Array; readonly signer: Signer }>()
  return (name) => {
    const seed = secrets.get(name)
    if (seed === undefined) return undefined
    const known = signers.get(name)
    if (known?.seed === seed) return known.signer
    const signer = signerOfSeed(seed)
    signers.set(name, { seed, signer })
    return signer
  }
}
