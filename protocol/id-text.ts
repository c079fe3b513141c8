/*
 * Reading the one text that 32 bytes have as an identifier: bech32m (BIP 350) of a prefix of three letters,
 * lower case only. Every payment names cards that were not seen of late, and a general decoder takes longer
 * over two such names than the rest of the payment takes to read (ADR 47).
 */

const PREFIX_LENGTH = 3
const ID_TEXT_LENGTH = 62
const DATA_AT = PREFIX_LENGTH + 1
const CHECKSUM_AT = ID_TEXT_LENGTH - 6
const ID_BYTES = 32

const CHARACTERS = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'
const GENERATOR = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3] as const
const BECH32M = 0x2bc830a3

/** What a character stands for, 5 bits; 255: nothing. */
const VALUES = valuesOfCharacters()
/** What the five bits that leave the checksum add to it. */
const ADDED = sumsOfGenerators()

/** The 32 bytes of an identifier's text, whatever its kind; undefined unless it is exactly their text. */
export const readIdText = (text: string): Uint8Array | undefined => {
  if (text.length !== ID_TEXT_LENGTH || text[PREFIX_LENGTH] !== '1') return undefined
  let checksum = checksumOfPrefix(text)
  const bytes = new Uint8Array(ID_BYTES)
  let bits = 0
  let held = 0
  let at = 0
  for (let index = DATA_AT; index < ID_TEXT_LENGTH; index++) {
    const value = VALUES[text.charCodeAt(index)] ?? NOTHING
    if (value === NOTHING) return undefined
    checksum = next(checksum, value)
    if (index >= CHECKSUM_AT) continue
    bits = (bits << 5) | value
    held += 5
    if (held < 8) continue
    held -= 8
    bytes[at] = bits >>> held
    at += 1
    bits &= (1 << held) - 1
  }
  // The last character of the data fills up with zero bits.
  return checksum === BECH32M && bits === 0 ? bytes : undefined
}

/**
 * Writes the 32 bytes of a text that is known to be an identifier from `at` on: where each is met once or
 * twice, that takes less time than to look up what was read of it before.
 */
export const writeIdText = (text: string, into: Uint8Array, at: number): void => {
  let bits = 0
  let held = 0
  let to = at
  for (let index = DATA_AT; index < CHECKSUM_AT; index++) {
    bits = (bits << 5) | (VALUES[text.charCodeAt(index)] ?? 0)
    held += 5
    if (held < 8) continue
    held -= 8
    into[to] = bits >>> held
    to += 1
    bits &= (1 << held) - 1
  }
}

const NOTHING = 255

function next(checksum: number, value: number): number {
  return (((checksum & 0x1ffffff) << 5) ^ value ^ (ADDED[checksum >>> 25] ?? 0)) >>> 0
}

function checksumOfPrefix(text: string): number {
  let checksum = 1
  for (let index = 0; index < PREFIX_LENGTH; index++) {
    checksum = next(checksum, text.charCodeAt(index) >>> 5)
  }
  checksum = next(checksum, 0)
  for (let index = 0; index < PREFIX_LENGTH; index++) {
    checksum = next(checksum, text.charCodeAt(index) & 31)
  }
  return checksum
}

function valuesOfCharacters(): Uint8Array {
  const values = new Uint8Array(128).fill(255)
  for (const [value, character] of [...CHARACTERS].entries()) {
    values[character.charCodeAt(0)] = value
  }
  return values
}

function sumsOfGenerators(): Uint32Array {
  return Uint32Array.from({ length: 32 }, (_, bits) =>
    GENERATOR.reduce((sum, generator, bit) => ((bits >>> bit) & 1 ? sum ^ generator : sum), 0),
  )
}
