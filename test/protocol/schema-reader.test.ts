import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { NetworkId } from '#protocol/id.ts'
import { createSchemaReader } from '#protocol/schema-reader.ts'
import { ConsentPayload, TransactionPayload } from '#protocol/transaction/envelope.ts'
import {
  EXP,
  JTI,
  NETWORK,
  OTHER_NETWORK,
  SAMPLE_AGREEMENTS,
  SAMPLE_BODIES,
} from './transaction/samples.ts'

const claims = { aud: NETWORK, exp: EXP, jti: JTI }
const consents = ['consent']
const payloads: readonly object[] = Object.values(SAMPLE_BODIES).flatMap((tx) => [
  { ...claims, tx },
  { ...claims, tx, consents },
])
const agreements: readonly object[] = Object.values(SAMPLE_AGREEMENTS).map((agree) => ({
  ...claims,
  agree,
}))

/** What comes of any value when somebody changes it somewhere, and perhaps once more. */
const changed = (value: unknown): fc.Arbitrary<unknown> =>
  change(value).chain((once) => fc.oneof(fc.constant(once), change(once)))

const change = (value: unknown): fc.Arbitrary<unknown> => {
  if (Array.isArray(value)) return fc.oneof(changedList(value), leaf)
  if (typeof value === 'object' && value !== null) return changedMembers(Object.entries(value))
  return typeof value === 'string' ? fc.oneof(changedText(value), leaf) : leaf
}

const leaf = fc.constantFrom(
  ...[null, true, '', 'EUR', 'sale', 'issue', 'a1', JTI, OTHER_NETWORK],
  ...[0, 1, -1, 7, 0.5, 1e15, 2 ** 53 - 1, 2 ** 53, 1e300],
  ...[[], {}, [[]], { card: 1 }, [1, 2]],
)

/** One character less, more or other; also of a kind that only a checksum or a list refuses. */
const changedText = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.nat(text.length), fc.nat(1), fc.constantFrom('', 'q', '0', 'A', ' ', '\u200b', 'é'))
    .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))

const changedList = (items: readonly unknown[]): fc.Arbitrary<unknown> =>
  fc.nat(items.length).chain((at) => {
    const [before, item, after] = [items.slice(0, at), items[at], items.slice(at + 1)]
    return fc.oneof(
      fc.constant([...before, ...after]),
      fc.constant([...items, item ?? items[0]]),
      change(item).map((other) => [...before, other, ...after]),
      fc.constant(Array.from({ length: 40 }, () => items).flat()),
    )
  })

const changedMembers = (members: readonly (readonly [string, unknown])[]): fc.Arbitrary<unknown> =>
  fc
    .nat(members.length)
    .chain((at) => {
      const [before, after] = [members.slice(0, at), members.slice(at + 1)]
      const [name, value] = members[at] ?? ['more', 1]
      return fc.oneof(
        { arbitrary: fc.constant([...before, ...after]), weight: 1 },
        { arbitrary: fc.constant([...after, [name, value] as const, ...before]), weight: 1 },
        { arbitrary: fc.constant([...before, ['more', 1] as const, ...after]), weight: 1 },
        {
          arbitrary: change(value).map((other) => [...before, [name, other] as const, ...after]),
          weight: 5,
        },
      )
    })
    .map((list) => Object.fromEntries(list))

describe.each([
  ['transactions', TransactionPayload, payloads],
  ['consents', ConsentPayload, agreements],
] as const)('payloads of %s', (_, schema, samples) => {
  const read = createSchemaReader(schema)

  test.each(samples.map((sample) => [JSON.stringify(sample), sample]))(
    '%s is plain',
    (_text, sample) => {
      const copy: unknown = JSON.parse(JSON.stringify(sample))
      expect(read(copy).data).toBe(copy)
    },
  )

  test('whatever is changed in one, the answer is that of the schema, in every word', () => {
    const seen = { plain: 0, valid: 0, refused: 0 }
    fc.assert(
      fc.property(fc.constantFrom(...samples).chain(changed), (value) => {
        const ours = read(value)
        const theirs = schema.safeParse(value)
        expect(ours.success).toBe(theirs.success)
        expect(ours.error?.issues).toEqual(theirs.error?.issues)
        expect(JSON.stringify(ours.data)).toBe(JSON.stringify(theirs.data))
        if (!ours.success) seen.refused += 1
        else if (ours.data === value) seen.plain += 1
        else seen.valid += 1
      }),
      { numRuns: 5_000 },
    )
    expect(Math.min(seen.plain, seen.valid, seen.refused)).toBeGreaterThan(100)
  })
})

test('a check added to an identifier is not passed over', () => {
  const [sample] = payloads
  const aud = JSON.parse(JSON.stringify(sample)).aud
  const isOther = (text: string): boolean => text !== aud
  const read = createSchemaReader(z.strictObject({ id: NetworkId.refine(isOther) }))
  expect(createSchemaReader(NetworkId)(aud).success).toBe(true)
  expect(read({ id: aud }).success).toBe(false)
})

describe('a schema that does more than the recogniser knows has none', () => {
  test.each([
    ['members beyond its own', z.object({ a: z.string() })],
    ['a transformation', z.strictObject({ a: z.string().trim() })],
    ['a change of case', z.string().toLowerCase()],
    ['a default', z.strictObject({ a: z.string().default('') })],
    ['coercion to another type', z.strictObject({ a: z.string().transform(Number) })],
    ['a format', z.strictObject({ a: z.email() })],
    ['a number that is no integer', z.array(z.number())],
    ['an exclusive bound', z.int().gt(3)],
    ['a multiple', z.int().multipleOf(3)],
    ['an integer of 32 bits', z.int32()],
    ['null', z.strictObject({ a: z.string().nullable() })],
    ['a check of several members at once', z.array(z.string()).superRefine(() => undefined)],
  ])('%s', (_, schema) => {
    expect(() => createSchemaReader(schema)).toThrow(/no recogniser|not a strict object/)
  })
})
