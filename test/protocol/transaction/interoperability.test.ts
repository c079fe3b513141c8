import { createPrivateKey, createPublicKey } from 'node:crypto'
import { CompactSign, compactVerify } from 'jose'
import { describe, expect, test } from 'vitest'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { signConsent, signTransaction } from '#protocol/transaction/sign.ts'
import { verifyTransaction } from '#protocol/transaction/verify.ts'
import { verifySignature } from '#signature'
import { payloadText } from './forge.ts'
import { EXP, JTI, NETWORK, SAMPLE_AGREEMENTS, SAMPLE_BODIES, TILL } from './samples.ts'

/** An ed25519 seed as PKCS #8 (RFC 8410). */
const privateKey = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), TILL.seed]),
  format: 'der',
  type: 'pkcs8',
})
const publicKey = createPublicKey(privateKey)

const signing = {
  networkId: NETWORK,
  signerKey: TILL.key,
  sign: TILL.sign,
  exp: EXP,
  jti: JTI,
}

describe('any JOSE library speaks with the ledger', () => {
  test.each(['EdDSA', 'Ed25519'])(
    'a transaction signed by jose as %s is authentic',
    async (alg) => {
      const consent = await new CompactSign(
        new TextEncoder().encode(
          JSON.stringify({ aud: NETWORK, exp: EXP, jti: JTI, agree: SAMPLE_AGREEMENTS.sale }),
        ),
      )
        .setProtectedHeader({ alg, kid: TILL.key, typ: 'kermesse-consent+jwt' })
        .sign(privateKey)
      const text = await new CompactSign(
        new TextEncoder().encode(payloadText({ consents: [consent] })),
      )
        .setProtectedHeader({ alg, kid: TILL.key, typ: 'kermesse-tx+jwt' })
        .sign(privateKey)
      const parsed = parseTransaction(text, NETWORK)
      if (!parsed.ok) throw new Error(parsed.detail)
      expect(parsed.transaction.body).toEqual(SAMPLE_BODIES.sale)
      expect(verifyTransaction(parsed, verifySignature)).toBe(parsed.transaction)
    },
  )

  test('jose verifies a transaction of ours, and a consent', async () => {
    const transaction = signTransaction({ ...signing, body: SAMPLE_BODIES.sale })
    const consent = signConsent({ ...signing, agree: SAMPLE_AGREEMENTS.sale })
    const opened = await compactVerify(transaction, publicKey, { algorithms: ['EdDSA'] })
    expect(opened.protectedHeader).toEqual({
      alg: 'EdDSA',
      kid: TILL.key,
      typ: 'kermesse-tx+jwt',
    })
    expect(JSON.parse(new TextDecoder().decode(opened.payload))).toEqual({
      aud: NETWORK,
      exp: EXP,
      jti: JTI,
      tx: SAMPLE_BODIES.sale,
    })
    await expect(compactVerify(consent, publicKey)).resolves.toMatchObject({
      protectedHeader: { typ: 'kermesse-consent+jwt' },
    })
  })
})
