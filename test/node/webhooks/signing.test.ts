import { createHmac, createPublicKey, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { secretsOf, signedHeaders, type WebhookSecrets } from '#node/webhooks/signing.ts'

const MASTER = new Uint8Array(32).fill(7)
const MESSAGE = { id: 'evt_1-0', body: '{"type":"transaction.applied"}', timeMs: 1_781_978_400_999 }

/** As a receiver checks it that knows Standard Webhooks and nothing of us. */
const checks = (
  headers: Readonly<Record<string, string>>,
  body: string,
  { secret, publicKey }: Pick<WebhookSecrets, 'secret' | 'publicKey'>,
) => {
  const content = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
  const signatures = (headers['webhook-signature'] ?? '').split(' ').map((one) => one.split(','))
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const wanted = createHmac('sha256', key).update(content).digest('base64')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: publicKey.replace(/^whpk_/, '') }
  const ed25519 = createPublicKey({
    key: { ...jwk, x: Buffer.from(jwk.x, 'base64').toString('base64url') },
    format: 'jwk',
  })
  return {
    v1: signatures.some(([kind, value]) => kind === 'v1' && value === wanted),
    v1a: signatures.some(
      ([kind, value = '']) =>
        kind === 'v1a' && verify(null, Buffer.from(content), ed25519, Buffer.from(value, 'base64')),
    ),
  }
}

describe('a delivery', () => {
  test('is signed by HMAC and by Ed25519, as Standard Webhooks says', () => {
    const secrets = secretsOf(MASTER, { id: 'whe_1', generation: 1 })
    const headers = signedHeaders(MESSAGE, [secrets])
    expect(headers['webhook-timestamp']).toBe('1781978400')
    expect(secrets.secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
    expect(checks(headers, MESSAGE.body, secrets)).toEqual({ v1: true, v1a: true })
    expect(checks(headers, `${MESSAGE.body} `, secrets)).toEqual({ v1: false, v1a: false })
    const moved = { ...headers, 'webhook-timestamp': '1781978401' }
    expect(checks(moved, MESSAGE.body, secrets)).toEqual({ v1: false, v1a: false })
  })

  test('is signed by the former secrets too while they overlap', () => {
    const [former, present] = [1, 2].map((generation) =>
      secretsOf(MASTER, { id: 'whe_1', generation }),
    )
    if (former === undefined || present === undefined) throw new Error('no secrets')
    const headers = signedHeaders(MESSAGE, [present, former])
    for (const secrets of [former, present]) {
      expect(checks(headers, MESSAGE.body, secrets)).toEqual({ v1: true, v1a: true })
    }
    expect(checks(signedHeaders(MESSAGE, [present]), MESSAGE.body, former)).toEqual({
      v1: false,
      v1a: false,
    })
  })

  test('has secrets that no other endpoint, generation or node has', () => {
    const made = [
      secretsOf(MASTER, { id: 'whe_1', generation: 1 }),
      secretsOf(MASTER, { id: 'whe_1', generation: 2 }),
      secretsOf(MASTER, { id: 'whe_2', generation: 1 }),
      secretsOf(new Uint8Array(32).fill(8), { id: 'whe_1', generation: 1 }),
    ]
    expect(new Set(made.map(({ secret }) => secret))).toHaveLength(4)
    expect(new Set(made.map(({ publicKey }) => publicKey))).toHaveLength(4)
  })
})
