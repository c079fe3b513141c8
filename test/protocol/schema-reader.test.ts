import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { NetworkId } from '#protocol/id.ts'
import { createSchemaReader } from '#protocol/schema-reader.ts'
import { ConsentPayload, TransactionPayload } from '#protocol/transaction/envelope.ts'
import { changed } from '#test/support/changed-json.ts'
import { EXP, JTI, NETWORK, SAMPLE_AGREEMENTS, SAMPLE_BODIES } from './transaction/samples.ts'

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
