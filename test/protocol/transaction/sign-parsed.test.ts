import { bytesToHex } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { CONSENTS_MAX, OPERATIONS_PER_BATCH_MAX } from '#protocol/limits.ts'
import {
  type ParsedTransaction,
  parseTransaction,
  type TransactionFault,
} from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { signParsed } from '#protocol/transaction/sign-parsed.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { EXP, HOLDER, JTI, NETWORK, SAMPLE_AGREEMENTS, SAMPLE_BODIES, TILL } from './samples.ts'

const base = { networkId: NETWORK, exp: EXP, jti: JTI }
const signing = { ...base, signerKey: TILL.key, sign: TILL.sign }
const agreeing = { ...base, signerKey: HOLDER.key, sign: HOLDER.sign }

/** Bytes are compared as such: a Buffer is another class. */
const plain = (parsed: ParsedTransaction | TransactionFault) =>
  parsed.ok
    ? {
        ...parsed,
        claims: parsed.claims.map(({ key, message, signature }) => [
          key,
          bytesToHex(message),
          bytesToHex(signature),
        ]),
      }
    : parsed

describe('what a process signs is what any reader of it reads', () => {
  test.each(Object.values(SAMPLE_BODIES))('$kind', (body) => {
    const made = signParsed({ ...signing, body, consents: [] })
    const text = signTransaction({ ...signing, body })
    expect(plain(made)).toEqual(plain(parseTransaction(text, NETWORK)))
  })

  test.each(Object.values(SAMPLE_AGREEMENTS))('with a consent to $kind', (agree) => {
    const body = SAMPLE_BODIES.sale
    const made = signParsed({ ...signing, body, consents: [{ ...agreeing, agree }] })
    const consents = [signConsent({ ...agreeing, agree })]
    const text = signTransaction({ ...signing, body, consents })
    expect(plain(made)).toEqual(plain(parseTransaction(text, NETWORK)))
    if (!made.ok) throw new Error(made.detail)
    expect(verifyTransaction(made, verifySignature)).toBe(made.transaction)
  })

  test('its body has its members in the order of the schema, whatever order it came in', () => {
    const { kind, ...rest } = SAMPLE_BODIES.sale
    const body = { ...Object.fromEntries(Object.entries(rest).toReversed()), ...rest, kind }
    const made = signParsed({ ...signing, body, consents: [] })
    if (!made.ok) throw new Error(made.detail)
    const read = parseTransaction(made.transaction.text, NETWORK)
    if (!read.ok) throw new Error(read.detail)
    expect(JSON.stringify(made.transaction.body)).toBe(JSON.stringify(read.transaction.body))
  })
})

describe('what no reader would take has the code that its reader gives', () => {
  test('a body that its schema refuses: malformed', () => {
    const body = { ...SAMPLE_BODIES.sale, unit: 'euro' }
    expect(signParsed({ ...signing, body, consents: [] })).toMatchObject({ code: 'malformed' })
  })

  const { batch, sale } = SAMPLE_BODIES
  const euro = { ...SAMPLE_AGREEMENTS.sale, unit: 'euro' }

  test.each([
    ['too many consents', CONSENTS_MAX + 1, batch, SAMPLE_AGREEMENTS.sale, 'malformed'],
    ['too long', CONSENTS_MAX, sale, SAMPLE_AGREEMENTS['place.register'], 'too_large'],
    ['a consent that its schema refuses', 1, sale, euro, 'malformed'],
  ])('%s', (_, many, body, agree, code) => {
    const consents = Array.from({ length: many }, () => ({ ...agreeing, agree }))
    expect(signParsed({ ...signing, body, consents })).toMatchObject({ code })
    const texts = consents.map(signConsent)
    const text = signTransaction({ ...signing, body, consents: texts })
    expect(parseTransaction(text, NETWORK)).toMatchObject({ code })
  })

  test('a batch has the room that parsing gives it', () => {
    const { operations } = SAMPLE_BODIES.batch
    const [first] = operations
    if (first === undefined) throw new Error('a batch without operations')
    const body = {
      ...SAMPLE_BODIES.batch,
      operations: Array.from({ length: OPERATIONS_PER_BATCH_MAX }, () => first),
    }
    const made = signParsed({ ...signing, body, consents: [] })
    if (!made.ok) throw new Error(made.detail)
    expect(plain(made)).toEqual(plain(parseTransaction(made.transaction.text, NETWORK)))
  })
})
