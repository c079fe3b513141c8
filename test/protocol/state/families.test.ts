import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { encodeId } from '#protocol/id.ts'
import { FAMILIES } from '#protocol/state/families.ts'
import { Outcome } from '#protocol/transaction/outcome.ts'

const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 })
const wallet = bytes.map((of) => encodeId('wal', of))
const asset = bytes.map((of) => encodeId('ast', of))
const place = bytes.map((of) => encodeId('plc', of))
const card = bytes.map((of) => encodeId('crd', of))
const key = bytes.map((of) => encodeId('key', of))
const units = fc.maxSafeNat()
const amount = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })
const timeMs = fc.nat(4_000_000_000_000)
const id = fc.uuid({ version: 7 })
const hash = bytes.map((of) => Buffer.from(of).toString('hex'))
/** What JSON writes differently from how it is. */
const ESCAPED = ['"', '\\', '\n', '\u0000', '\ud800']
const name = fc.stringMatching(/^[a-z0-9/]+$/)
const kind = fc.stringMatching(/^[a-z.]+$/)
const leg = fc.record(
  { card, wallet, asset, amount },
  { requiredKeys: ['wallet', 'asset', 'amount'] },
)

/** That the encoder gives what JSON gives of a record as its schema reads it. */
const followsSchema = <S extends z.ZodObject>(
  { schema, encode }: { readonly schema: S; readonly encode: (record: z.infer<S>) => string },
  contents: fc.Arbitrary<unknown>,
): void => {
  fc.assert(
    fc.property(contents, (content) => {
      const record = schema.parse(content)
      expect(encode(record)).toBe(JSON.stringify(record))
    }),
  )
}

describe('the text of a record has the members of its schema, in order', () => {
  test('balance', () => {
    const contents = { totalOut: units, totalIn: units, held: units, available: units }
    followsSchema(FAMILIES.balance, fc.record({ ...contents, asset, wallet }))
  })

  test('counter', () => {
    followsSchema(FAMILIES.counter, fc.record({ untilMs: timeMs, value: units, name }))
  })

  test('sale', () => {
    const legs = fc.array(leg, { maxLength: 4 })
    followsSchema(FAMILIES.sale, fc.record({ timeMs, refunded: units, legs, place, id }))
  })

  test('payment', () => {
    const scope = fc.oneof(place, wallet, key)
    const outcome = fc.constantFrom(...Outcome.options)
    const point = { untilMs: timeMs, index: units, height: units }
    followsSchema(FAMILIES.payment, fc.record({ ...point, outcome, hash, kind, id, scope }))
  })

  test('no counter and no kind holds a character that JSON escapes', () => {
    for (const character of ESCAPED) {
      const { name: names } = FAMILIES.counter.schema.shape
      const { kind: kinds } = FAMILIES.payment.schema.shape
      expect(names.safeParse(`spend/${character}`).success).toBe(false)
      expect(kinds.safeParse(`sale${character}`).success).toBe(false)
    }
  })

  test('reference, by the encoder of all other families', () => {
    followsSchema(FAMILIES.reference, fc.record({ id, reference: hash, asset }))
  })
})
