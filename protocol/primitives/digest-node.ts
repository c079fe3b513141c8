import { hash } from 'node:crypto'

/** SHA-256 (FIPS 180-4) of `bytes`, 32 bytes. Native; equal to the portable one. */
export const sha256 = (bytes: Uint8Array): Uint8Array => {
  // One character a byte: a digest asked for as a buffer costs twice as much in all.
  const digits = hash('sha256', bytes, 'binary')
  const digest = new Uint8Array(32)
  for (let index = 0; index < 32; index++) digest[index] = digits.charCodeAt(index)
  return digest
}

/** SHA-256 of `bytes` as 64 lower-case hexadecimal digits. */
export const sha256Hex = (bytes: Uint8Array): string => hash('sha256', bytes, 'hex')

/** The same of the UTF-8 bytes of `text`, which need not be made for it. */
export const sha256HexOfText = (text: string): string => hash('sha256', text, 'hex')
