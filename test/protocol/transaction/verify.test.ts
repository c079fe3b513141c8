import { describe, expect, test } from 'vitest'
import type { VerifySignature } from '#protocol/signature.ts'
import { type ParsedTransaction, parseTransaction } from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { judgeSignatures, verifyAll, verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import {
  EXP,
  HOLDER,
  JTI,
  NETWORK,
  type Party,
  PLACE,
  SAMPLE_AGREEMENTS,
  SAMPLE_BODIES,
  TILL,
} from './samples.ts'

const by = ({ key, sign }: Party, signed: Party = { key, sign, seed: new Uint8Array() }) => ({
  networkId: NETWORK,
  signerKey: key,
  sign: signed.sign,
  exp: EXP,
  jti: JTI,
})

const sale = (signedBy: Party, consentSignedBy: Party): ParsedTransaction => {
  const consents = [
    signConsent({ ...by(PLACE), agree: SAMPLE_AGREEMENTS.sale }),
    signConsent({ ...by(HOLDER, consentSignedBy), agree: SAMPLE_AGREEMENTS.sale }),
  ]
  const text = signTransaction({ ...by(TILL, signedBy), body: SAMPLE_BODIES.sale, consents })
  const parsed = parseTransaction(text, NETWORK)
  if (!parsed.ok) throw new Error(parsed.detail)
  return parsed
}

const good = sale(TILL, HOLDER)
const forged = sale(PLACE, HOLDER)
const unagreed = sale(TILL, PLACE)
const allForged = sale(PLACE, PLACE)

describe('every signature counts', () => {
  test.each([
    ['all true', good, good.transaction],
    ['signed by another key than it names', forged, 'signature_invalid'],
    ['a consent signed by another key than it names', unagreed, 'consent_invalid'],
    ['both: its own signature comes first', allForged, 'signature_invalid'],
  ] as const)('%s', (_, parsed, answer) => {
    expect(verifyTransaction(parsed, verifySignature)).toBe(answer)
  })

  test('one forgery in a batch spoils nothing else', () => {
    expect(verifyAll([good, forged, unagreed, good], verifySignature)).toEqual([
      good.transaction,
      'signature_invalid',
      'consent_invalid',
      good.transaction,
    ])
  })

  test('the verifier is asked once for each signature, with bytes of the right length', () => {
    const asked: number[][] = []
    const verify: VerifySignature = (signature, message, key) => {
      asked.push([signature.length, key.length])
      return message.length > 0
    }
    expect(verifyTransaction(good, verify)).toBe(good.transaction)
    expect(asked).toEqual([
      [64, 32],
      [64, 32],
      [64, 32],
    ])
  })
})

describe('checks made elsewhere', () => {
  test.each([
    [[true, true, true], good.transaction],
    [[false, true, true], 'signature_invalid'],
    [[true, false, true], 'consent_invalid'],
    [[true, true, false], 'consent_invalid'],
    [[false, false, false], 'signature_invalid'],
  ] as const)('%j', (held, answer) => {
    expect(judgeSignatures(good, held)).toBe(answer)
  })

  test.each([[[]], [[true]], [[true, true, true, true]]])(
    '%j is no answer to three claims',
    (held) => {
      expect(() => judgeSignatures(good, held)).toThrow('3 claims')
    },
  )
})
