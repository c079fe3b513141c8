import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createTextReader } from '#protocol/text-reader.ts'
import { ConsentPayload, TransactionPayload } from '#protocol/transaction/envelope.ts'
import { changed } from '#test/support/changed-json.ts'
import { EXP, JTI, NETWORK, SAMPLE_AGREEMENTS, SAMPLE_BODIES } from './transaction/samples.ts'

const claims = { aud: NETWORK, exp: EXP, jti: JTI }
const payloads: readonly object[] = Object.values(SAMPLE_BODIES).flatMap((tx) => [
  { ...claims, tx },
  { ...claims, tx, consents: ['consent', 'a.b-c_'] },
])
const agreements: readonly object[] = Object.values(SAMPLE_AGREEMENTS).map((agree) => ({
  ...claims,
  agree,
}))

/** What the general way makes of a text: the value, or undefined where it is not the one text of one. */
const general = (schema: z.ZodType, text: string): unknown => {
  const value = parsed(text)
  return JSON.stringify(value) === text ? schema.safeParse(value).data : undefined
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A character less, more or other somewhere. */
const spoilt = (text: string): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.nat(text.length),
      fc.nat(2),
      fc.constantFrom(...['', '0', '1', '-', '.', 'e', '"', '\\', ',', ':', '{', '}', '[', ']']),
    )
    .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut))

describe.each([
  ['transactions', TransactionPayload, payloads],
  ['consents', ConsentPayload, agreements],
])('the text reader of %s', (_, schema, samples) => {
  const read = createTextReader(schema)

  test('reads every sample of ASCII as the schema does', () => {
    for (const text of samples.map((sample) => JSON.stringify(sample))) {
      const isAscii = Buffer.byteLength(text) === text.length
      expect(read(text)).toStrictEqual(isAscii ? general(schema, text) : undefined)
    }
  })

  test('gives what the general way gives, or leaves a text to it', () => {
    const texts = fc.constantFrom(...samples).chain((sample) =>
      fc.oneof(
        changed(sample).map((value) => JSON.stringify(value)),
        spoilt(JSON.stringify(sample)),
      ),
    )
    fc.assert(
      fc.property(texts, (text) => {
        const plain = read(text)
        if (plain !== undefined) expect(plain).toStrictEqual(general(schema, text))
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('the plain form', () => {
  const read = createTextReader(
    z.strictObject({
      list: z.array(z.int().min(0).max(Number.MAX_SAFE_INTEGER)).min(1).max(3),
      word: z.string().max(20).optional(),
      flag: z.boolean().optional(),
    }),
  )

  test.each([
    '{"list":[0,1,9007199254740991]}',
    '{"list":[7],"word":"","flag":true}',
    '{"list":[7],"word":"longer than twelve","flag":false}',
  ])('%s is read', (text) => {
    expect(read(text)).toStrictEqual(JSON.parse(text))
  })

  test.each([
    ...['{"list":[]}', '{"list":[1,2,3,4]}', '{"list":[01]}', '{"list":[-1]}', '{"list":[1.0]}'],
    ...['{"list":[9007199254740992]}', '{"list":[9007199254740993]}', '{"list":[1e3]}'],
    ...['{"list":[11111111111111111111]}', '{"list":[1] }', ' {"list":[1]}', '{"list":[1]}x'],
    ...['{"list":[1],"word":"é"}', '{"list":[1],"word":"\\n"}', '{"list":[1],"word":"\n"}'],
    ...['{"flag":true,"list":[1]}', '{"list":[1],"list":[1]}', '{"list":[1],"other":1}'],
    ...['{"list":[1],"word":"open', '{"list":[1', '{"list":[', '{"list":', '{', '', 'null'],
    ...[
      '{"list":[1],"word":"more than twenty letters"}',
      '{"list":[1],"flag":1}',
      '{"list":["1"]}',
    ],
  ])('%j is not', (text) => {
    expect(read(text)).toBeUndefined()
  })
})
