import { hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { encodeId, NetworkId } from '#protocol/id.ts'
import { ConsentPayload } from '#protocol/transaction/envelope.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { keyPairOf, publicKeyOf, verifySignature } from '#signature'
import { decodeBase64urlText } from '#text-encoding'
import agreed from '../../vectors/transaction-consents.json' with { type: 'json' }
import vectors from '../../vectors/transaction-kinds.json' with { type: 'json' }
import { SAMPLE_AGREEMENTS, SAMPLE_BODIES } from './samples.ts'

const networkId = NetworkId.parse(vectors.networkId)

const signerOf = (seedHex: string) => {
  const seed = hexToBytes(seedHex)
  return { signerKey: encodeId('key', publicKeyOf(seed)), sign: keyPairOf(seed).sign }
}

/** The vectors were made by another program, in another language. */
describe('golden transactions', () => {
  test('there is one of every kind, and one consent of every kind', () => {
    const kinds = new Set(vectors.transactions.map(({ kind }) => kind))
    expect([...kinds].sort()).toEqual(Object.keys(SAMPLE_BODIES).sort())
    expect(agreed.consents.map(({ kind }) => kind)).toEqual(Object.keys(SAMPLE_AGREEMENTS))
  })

  test.each(vectors.transactions)('$kind: read, and signed again to the same bytes', (vector) => {
    const parsed = parseTransaction(vector.text, networkId)
    if (!parsed.ok) throw new Error(`${parsed.detail} ${parsed.pointer}`)
    expect(verifyTransaction(parsed, verifySignature)).toBe(parsed.transaction)
    const { hash, signer, jti, expMs, body } = parsed.transaction
    expect(hash).toBe(vector.hash)
    expect(signer).toBe(signerOf(vector.seed).signerKey)
    expect(decodeBase64urlText(vector.text.split('.')[1] ?? '')).toBe(vector.payload)
    expect(body).toEqual(JSON.parse(vector.payload).tx)
    const signing = { networkId, ...signerOf(vector.seed), exp: expMs / 1000, jti }
    const { tx, consents } = JSON.parse(vector.payload)
    expect(signTransaction({ ...signing, body: tx, consents })).toBe(vector.text)
  })

  test.each(agreed.consents)('consent to $kind: signed again to the same bytes', (vector) => {
    const { exp, jti, agree } = ConsentPayload.parse(JSON.parse(vector.payload))
    expect(signConsent({ networkId, ...signerOf(vector.seed), exp, jti, agree })).toBe(vector.text)
  })
})
