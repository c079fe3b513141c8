import { base64urlnopad, utf8 } from '@scure/base'

/**
 * Bytes of an unpadded base64url text (RFC 4648 §5), or undefined unless the text is exactly
 * what encoding those bytes gives back: one text for one content.
 */
export const decodeBase64url = (text: string): Uint8Array | undefined => {
  try {
    const bytes = base64urlnopad.decode(text)
    return base64urlnopad.encode(bytes) === text ? bytes : undefined
  } catch {
    return undefined
  }
}

/** The UTF-8 text inside a base64url text, or undefined unless it encodes back to exactly that. */
export const decodeBase64urlText = (text: string): string | undefined => {
  try {
    const decoded = utf8.encode(base64urlnopad.decode(text))
    return base64urlnopad.encode(utf8.decode(decoded)) === text ? decoded : undefined
  } catch {
    return undefined
  }
}

/** Unpadded base64url of `bytes` (RFC 4648 §5). */
export const encodeBase64url = (bytes: Uint8Array): string => base64urlnopad.encode(bytes)

/** One byte for each character of a text known to be ASCII. */
export const asciiBytes = (text: string): Uint8Array => utf8.decode(text)

/** The text of bytes known to be ASCII. */
export const asciiText = (bytes: Uint8Array): string => utf8.encode(bytes)
