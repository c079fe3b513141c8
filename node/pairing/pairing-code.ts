import { randomBytes } from 'node:crypto'
import { type Hash, hashOfText } from '#protocol/hash.ts'
import { PAIRING_CODE_BYTES } from './limits.ts'

/** Crockford's base 32: no letters that look alike, none that spell. */
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const CODE_PATTERN = /^[0-9A-HJKMNP-TV-Z]{16}$/

/** A one-time code as it is shown: `K7QF-92MX-3HTD-8ZWA`. */
export const newPairingCode = (): string => {
  let bits = BigInt(`0x${randomBytes(PAIRING_CODE_BYTES).toString('hex')}`)
  let text = ''
  for (let digit = 0; digit < 16; digit++) {
    text += ALPHABET[Number(bits & 31n)] ?? ''
    bits >>= 5n
  }
  return text.replaceAll(/(.{4})(?=.)/g, '$1-')
}

/** What is kept of a code, as people type it; undefined when it is none. */
export const pairingHashOf = (text: string): Hash | undefined => {
  const digits = text
    .toUpperCase()
    .replaceAll(/[- ]/g, '')
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return CODE_PATTERN.test(digits) ? hashOfText(`kermesse/pairing\0${digits}`) : undefined
}
