import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { decodeBase64urlText } from '#text-encoding'
import { forge, headerText, payloadText } from './forge.ts'
import { EXP, HOLDER, JTI, NETWORK, SAMPLE_AGREEMENTS, SAMPLE_BODIES, TILL } from './samples.ts'

const RUNS = 2_000
const signing = { networkId: NETWORK, exp: EXP, jti: JTI }
const consent = signConsent({
  ...signing,
  signerKey: HOLDER.key,
  sign: HOLDER.sign,
  agree: SAMPLE_AGREEMENTS.sale,
})
const valid = Object.values(SAMPLE_BODIES).flatMap((body) =>
  [[], [consent]].map((consents) =>
    signTransaction({ ...signing, signerKey: TILL.key, sign: TILL.sign, body, consents }),
  ),
)

/** One edit of a text: some characters at one place give way to others. */
const edit = (text: fc.Arbitrary<string>, unit: 'grapheme' | 'binary') =>
  fc
    .record({
      text,
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      cut: fc.nat(3),
      put: fc.oneof(
        fc.string({ unit, maxLength: 3 }),
        fc.constantFrom(
          '.',
          'A',
          '_',
          '"',
          '{}',
          ',',
          ':',
          '\\u0061',
          '0',
          '-',
          'null',
          '__proto__',
        ),
      ),
    })
    .map(({ text: whole, at, cut, put }) => {
      const start = Math.floor(at * whole.length)
      return whole.slice(0, start) + put + whole.slice(start + cut)
    })

describe('a decoder fed with nearly valid text', () => {
  test('only the text that was signed is authentic', () => {
    const known = new Set(valid)
    fc.assert(
      fc.property(edit(fc.constantFrom(...valid), 'grapheme'), (text) => {
        const parsed = parseTransaction(text, NETWORK)
        if (parsed.ok && typeof verifyTransaction(parsed, verifySignature) !== 'string') {
          expect(known).toContain(text)
        }
      }),
      { numRuns: RUNS },
    )
  })

  test('what decodes says exactly what its text says', () => {
    const payloads = Object.values(SAMPLE_BODIES).map((tx) => payloadText({ tx }))
    fc.assert(
      fc.property(edit(fc.constantFrom(...payloads), 'binary'), (payload) => {
        const text = forge(headerText(), payload)
        const parsed = parseTransaction(text, NETWORK)
        if (!parsed.ok) return
        const { jti, expMs, body, consents } = parsed.transaction
        const said = decodeBase64urlText(text.split('.')[1] ?? '')
        const members = { aud: NETWORK, exp: expMs / 1000, jti, tx: body }
        expect(consents).toEqual([])
        expect(JSON.parse(said ?? '')).toEqual(members)
        expect(said?.length).toBe(JSON.stringify(members).length)
      }),
      { numRuns: RUNS },
    )
  })

  test('any text at all gets an answer', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        expect(parseTransaction(text, NETWORK).ok).toBe(false)
      }),
      { numRuns: RUNS },
    )
  })

  test('any JSON in the place of the payload gets an answer', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(parseTransaction(forge(headerText(), json), NETWORK).ok).toBe(false)
      }),
      { numRuns: 500 },
    )
  })
})
