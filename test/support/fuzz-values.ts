import type { z } from 'zod'
import type { Chance } from './fuzz-chance.ts'

type Json = z.core.util.JSONType

/** Texts that trip over encodings, lengths, prototypes and parsers. */
export const STRANGE_TEXTS = [
  '',
  ' ',
  '\u0000',
  '\ud800',
  '🍺'.repeat(20),
  'e\u0301',
  '\u202Egnp',
  'A'.repeat(5_000),
  '__proto__',
  'constructor',
  '{{7*7}}',
  '{"a":1}',
  "'; DROP TABLE wallets; --",
  '04A1B2C3',
  'EUR',
  '9007199254740993',
  'NaN',
  '2026-06-21T18:04:05.123Z',
] as const

const NUMBERS = [
  0,
  -0,
  -1,
  1,
  0.5,
  1e21,
  1e308,
  -1e308,
  2 ** 53,
  2 ** 53 - 1,
  2 ** 31,
  65_536,
] as const
const DEEP = 200

/** The value with one of its parts changed, gone, or in strange company. */
export const nearJson = (value: Json, chance: Chance): Json => {
  if (Array.isArray(value)) return nearList(value, chance)
  if (typeof value === 'object' && value !== null) return nearObject(value, chance)
  return chance.once(2) ? strange(chance) : value
}

const nearObject = (value: Readonly<Record<string, Json>>, chance: Chance): Json => {
  const names = Object.keys(value)
  if (names.length === 0 || chance.once(6))
    return { ...value, [chance.oneOf(STRANGE_TEXTS)]: strange(chance) }
  const name = chance.oneOf(names)
  if (chance.once(5)) {
    return Object.fromEntries(Object.entries(value).filter(([each]) => each !== name))
  }
  return { ...value, [name]: nearJson(value[name] ?? null, chance) }
}

const nearList = (value: readonly Json[], chance: Chance): Json => {
  if (chance.once(3))
    return Array.from({ length: chance.oneOf([0, 2, 3, 17, 1_000]) }, () => value[0] ?? null)
  return value.map((item) => nearJson(item, chance))
}

const strange = (chance: Chance): Json => {
  const kind = chance.below(7)
  if (kind === 0) return null
  if (kind === 1) return chance.once(2)
  if (kind === 2) return [strange(chance)]
  if (kind === 3) return { [chance.oneOf(STRANGE_TEXTS)]: chance.oneOf(NUMBERS) }
  if (kind === 4) return chance.oneOf(NUMBERS)
  if (kind === 5) return deep(chance.below(DEEP))
  return chance.oneOf(STRANGE_TEXTS)
}

const deep = (depth: number): Json => {
  let value: Json = 1
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value }
  return value
}

/** Bytes that are no JSON, or JSON that says something twice or much too much. */
export const brokenBody = (example: Json, chance: Chance): Uint8Array => {
  const text = JSON.stringify(example)
  const deepText = '['.repeat(20_000)
  const chosen = chance.below(10)
  const texts = [
    text.slice(0, -1),
    `${text}${text}`,
    text.replace('{', '{"__proto__":{"amount":1},'),
    text.replace('{', '{"id":1,"id":2,'),
    deepText,
    `${deepText}${']'.repeat(20_000)}`,
    text.replaceAll(/\d+/g, '1e999'),
    `\ufeff${text}`,
    `"${'x'.repeat(100_000)}"`,
  ]
  const given = texts[chosen]
  if (given !== undefined) return Buffer.from(given)
  return Uint8Array.from({ length: chance.below(300) }, () => chance.below(256))
}
