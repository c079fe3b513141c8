import { z } from 'zod'
import { ownText } from './own-text.ts'
import {
  boundsOf,
  holdAll,
  lengthsIn,
  refinements,
  requireNone,
  requireStrict,
  textJudgeOf,
} from './schema-reader.ts'

/**
 * A reader of the canonical JSON text of one schema: what `JSON.parse` and the schema make of a text, without
 * the way over values that nobody checked. It knows only the plain form, which is that of nearly all that
 * arrives: members in the order of the schema, natural numbers, texts of printable ASCII without an escape.
 * A text of that form is the one text of its value (no white space, no member twice, no other number form).
 * What is not plainly of it gives undefined, which decides nothing: then the general way is taken, and says
 * what is wrong. The schema stays the only description of what is valid.
 */
export const createTextReader = <S extends z.ZodType>(
  schema: S,
): ((text: string) => z.output<S> | undefined) => {
  const read = readerOf(schema)
  const isOutput = (value: unknown): value is z.output<S> => value !== NOT_PLAIN
  return (text) => {
    const cursor = { text, at: 0 }
    const value = read(cursor)
    return isOutput(value) && cursor.at === text.length ? value : undefined
  }
}

type Cursor = { readonly text: string; at: number }
/** Reads one value and moves on behind it. */
type Read = (cursor: Cursor) => unknown

const NOT_PLAIN = Symbol('not plain')

const QUOTE = 0x22
const CODE_OF_0 = 0x30
const CODE_OF_9 = 0x39
const DIGITS_MAX = 16
/** What JSON writes as it is, but for the quote, which ends a text. */
const PRINTABLE = /^[\x20-\x5b\x5d-\x7e]*$/
/** Engines copy what is shorter, and let what is longer point into the text that it was cut from. */
const COPIED_LENGTH_MAX = 12

const readerOf = (schema: z.core.$ZodType): Read => {
  if (schema instanceof z.ZodObject) return objectReader(schema)
  if (schema instanceof z.ZodString) return stringReader(schema)
  if (schema instanceof z.ZodNumberFormat) return integerReader(schema)
  if (schema instanceof z.ZodArray) return arrayReader(schema)
  if (schema instanceof z.ZodDiscriminatedUnion) return kindReader(schema)
  if (schema instanceof z.ZodUnion) return unionReader(schema)
  if (schema instanceof z.ZodBoolean) return oneOf([true, false])
  if (schema instanceof z.ZodLiteral) {
    requireNone(schema.def.checks)
    return oneOf([...schema.values])
  }
  if (schema instanceof z.ZodEnum) {
    requireNone(schema.def.checks)
    return oneOf(schema.options)
  }
  throw new Error(`no reader of a ${schema._zod.def.type}`)
}

/** Whether this comes next; moves on behind it. */
const takes = (cursor: Cursor, expected: string): boolean => {
  if (!cursor.text.startsWith(expected, cursor.at)) return false
  cursor.at += expected.length
  return true
}

const objectReader = (schema: z.ZodObject): Read => {
  requireStrict(schema)
  const members: readonly Member[] = Object.entries(schema.shape).map(([name, member]) => ({
    name,
    isOptional: member instanceof z.ZodOptional,
    first: `"${name}":`,
    further: `,"${name}":`,
    read: readerOf(member instanceof z.ZodOptional ? member.unwrap() : member),
  }))
  const conditions = refinements(schema.def.checks)
  return (cursor) => {
    const value: Record<string, unknown> = {}
    const isWhole = takes(cursor, '{') && readMembers(cursor, members, value) && takes(cursor, '}')
    return isWhole && holdAll(conditions, value) ? value : NOT_PLAIN
  }
}

type Member = {
  readonly name: string
  readonly isOptional: boolean
  /** What stands before its value where it is the first, and where it is not. */
  readonly first: string
  readonly further: string
  readonly read: Read
}

const readMembers = (
  cursor: Cursor,
  members: readonly Member[],
  into: Record<string, unknown>,
): boolean => {
  let isFirst = true
  for (const { name, isOptional, first, further, read } of members) {
    const isThere = takes(cursor, isFirst ? first : further)
    if (!isThere && !isOptional) return false
    if (!isThere) continue
    const value = read(cursor)
    if (value === NOT_PLAIN) return false
    into[name] = value
    isFirst = false
  }
  return true
}

/** Objects told apart by one literal member, which comes first. */
const kindReader = (schema: z.ZodDiscriminatedUnion): Read => {
  const { discriminator } = schema.def
  const opening = `{"${discriminator}":"`
  const byKind = new Map<string, Read>()
  for (const option of schema.options) {
    const kind = option instanceof z.ZodObject ? option.shape[discriminator] : undefined
    if (!(kind instanceof z.ZodLiteral)) throw new Error('a kind that is not a literal')
    for (const value of kind.values) byKind.set(String(value), readerOf(option))
  }
  requireNone(schema.def.checks)
  return (cursor) => {
    const { text, at } = cursor
    if (!text.startsWith(opening, at)) return NOT_PLAIN
    const from = at + opening.length
    const read = byKind.get(text.slice(from, text.indexOf('"', from)))
    return read === undefined ? NOT_PLAIN : read(cursor)
  }
}

const unionReader = (schema: z.ZodUnion): Read => {
  requireNone(schema.def.checks)
  const options = schema.options.map(readerOf)
  return (cursor) => {
    const { at } = cursor
    for (const read of options) {
      const value = read(cursor)
      if (value !== NOT_PLAIN) return value
      cursor.at = at
    }
    return NOT_PLAIN
  }
}

const arrayReader = (schema: z.ZodArray): Read => {
  const read = readerOf(schema.element)
  const { lengthMin, lengthMax, rest } = lengthsIn(schema.def.checks)
  const conditions = refinements(rest)
  return (cursor) => {
    const items = takes(cursor, '[') ? readItems(cursor, read, lengthMax) : undefined
    if (items === undefined || items.length < lengthMin) return NOT_PLAIN
    return holdAll(conditions, items) ? items : NOT_PLAIN
  }
}

/** The items up to the end of the array, so many at most. */
const readItems = (cursor: Cursor, read: Read, most: number): unknown[] | undefined => {
  const items: unknown[] = []
  if (takes(cursor, ']')) return items
  do {
    const item = items.length < most ? read(cursor) : NOT_PLAIN
    if (item === NOT_PLAIN) return undefined
    items.push(item)
  } while (takes(cursor, ','))
  return takes(cursor, ']') ? items : undefined
}

const stringReader = (schema: z.ZodString): Read => {
  const { find, isValid } = textJudgeOf(schema)
  return (cursor) => {
    const { text, at } = cursor
    if (text.charCodeAt(at) !== QUOTE) return NOT_PLAIN
    const end = text.indexOf('"', at + 1)
    if (end < 0) return NOT_PLAIN
    cursor.at = end + 1
    const found = text.slice(at + 1, end)
    if (find !== undefined) return find(found) ?? NOT_PLAIN
    if (!PRINTABLE.test(found) || !isValid(found)) return NOT_PLAIN
    return found.length > COPIED_LENGTH_MAX ? ownText(found) : found
  }
}

const integerReader = (schema: z.ZodNumberFormat): Read => {
  const { least, most } = boundsOf(schema)
  return (cursor) => {
    const { text, at: from } = cursor
    let value = 0
    let at = from
    for (; at - from <= DIGITS_MAX; at++) {
      const code = text.charCodeAt(at)
      if (!(code >= CODE_OF_0 && code <= CODE_OF_9)) break
      value = value * 10 + (code - CODE_OF_0)
    }
    const digits = at - from
    const isPlain = digits === 1 || (digits > 1 && text.charCodeAt(from) !== CODE_OF_0)
    cursor.at = at
    return isPlain && Number.isSafeInteger(value) && value >= least && value <= most
      ? value
      : NOT_PLAIN
  }
}

/** One of a few values, by their texts. */
const oneOf = (values: readonly z.core.util.Literal[]): Read => {
  const texts = values.map((value) => {
    if (typeof value !== 'string' && typeof value !== 'boolean') {
      throw new Error(`no reader of ${value}`)
    }
    return { value, text: JSON.stringify(value) }
  })
  return (cursor) => {
    for (const { value, text } of texts) if (takes(cursor, text)) return value
    return NOT_PLAIN
  }
}
