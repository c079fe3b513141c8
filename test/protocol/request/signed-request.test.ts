import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { hexToBytes } from '@noble/hashes/utils.js'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { signerOfSeed } from '#node/keys/key-of-seed.ts'
import { hashOfText } from '#protocol/hash.ts'
import { idBytes } from '#protocol/id.ts'
import { openSignedRequest, RequestPayload, signRequest } from '#protocol/request/signed-request.ts'
import { verifySignature } from '#signature'

const Vectors = z.strictObject({
  description: z.string(),
  seed: z.string(),
  vectors: z
    .array(
      z.strictObject({
        name: z.string(),
        body: z.string().optional(),
        claims: RequestPayload.omit({ body: true }),
        jws: z.string(),
      }),
    )
    .min(2),
})
const file = join(import.meta.dirname, '../../vectors/signed-request.json')
const { seed, vectors } = Vectors.parse(JSON.parse(readFileSync(file, 'utf8')))
const signer = signerOfSeed(hexToBytes(seed))

describe('a signed request', () => {
  test.each(vectors)('$name: is signed as this, and read back', ({ body, claims, jws }) => {
    expect(signRequest({ ...signer, ...claims, ...(body && { body }) })).toBe(jws)
    const { signer: key, claim, ...payload } = openSignedRequest(jws) ?? { signer: 'none' }
    expect(key).toBe(signer.signerKey)
    expect(payload).toEqual({ ...claims, ...(body && { body: hashOfText(body) }) })
    if (claim === undefined) throw new Error('not read')
    expect(verifySignature(claim.signature, claim.message, idBytes(claim.key))).toBe(true)
  })

  test.each(vectors)('$name: has no second text', ({ jws }) => {
    const [header = '', payload = '', signature = ''] = jws.split('.')
    const spaced = Buffer.from(` ${Buffer.from(payload, 'base64url')}`).toString('base64url')
    for (const other of [
      `${header}.${payload}`,
      `${jws}.`,
      `${jws}=`,
      `${header}.${spaced}.${signature}`,
      `${header}.${payload}.${signature.slice(1)}`,
    ]) {
      expect(openSignedRequest(other)).toBeUndefined()
    }
  })
})
