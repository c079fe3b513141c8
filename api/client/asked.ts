import { sha256HexOfText } from '#digest'
import { isObject, objectIn } from './json.ts'
import { bodyTextIn } from './signer.ts'
import type { Sent } from './transport.ts'

/**
 * What an order asks for, as a hash that may be kept on disk. Of a tag or a secret only 16 bits go in:
 * enough to tell two cards apart, and too few to find the number of a card by trying all of them.
 */
export const askedBy = ({ operation, named, body, text }: Sent): string => {
  const asked =
    text === undefined ? { operation, named, body } : { signed: objectIn(bodyTextIn(text) ?? '') }
  return sha256HexOfText(JSON.stringify(asked, inOneForm))
}

/** The same members in another order ask for the same. */
const inOneForm = (member: string, value: unknown): unknown => {
  if (CARD_MEMBERS.has(member) && typeof value === 'string') return shortOf(value)
  if (!isObject(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

const CARD_MEMBERS: ReadonlySet<string> = new Set(['tag', 'secret'])

const SHORT_DIGITS = 4
const shortOf = (text: string): string => sha256HexOfText(text).slice(0, SHORT_DIGITS)
