import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CARD, idOf, paymentId, WALLET } from './fake-ports.ts'
import { AUTHORIZED, openServer } from './open-server.ts'

const RUNS = 150
const HOLD = idOf('hld')

const POSTS = [
  '/v1/payments',
  `/v1/payments/${paymentId()}/refunds`,
  `/v1/payments/${paymentId()}/cancel`,
  '/v1/topups',
  '/v1/cards',
  `/v1/cards/${CARD}/activate`,
  `/v1/cards/${CARD}/block`,
  `/v1/cards/${CARD}/cashout`,
  `/v1/cards/${CARD}/replace`,
  `/v1/cards/${CARD}/link`,
  '/v1/card-batches',
  '/v1/memberships',
  '/v1/badges',
  '/v1/payouts',
  '/v1/holds',
  `/v1/holds/${HOLD}/captures`,
  `/v1/holds/${HOLD}/release`,
  '/v1/clearing',
  '/v1/clearing/open',
  '/v1/clearing/proposals',
  '/v1/clearing/consents',
  '/v1/transactions',
]
const GETS = [
  '/v1/payments',
  '/v1/cards/',
  '/v1/transactions/',
  '/v1/wallets/',
  `/v1/wallets/${WALLET}/history`,
  '/v1/payouts',
  '/v1/holds',
  '/v1/holds/',
  '/v1/leases',
  '/v1/leases/captures',
  `/v1/wallets/${WALLET}/holds`,
  '/v1/clearing',
  '/v1/reserves',
  '/v1/closings',
  '/v1/exports',
  '/v1/assets',
  '/v1/places/',
  '/v1/blocks',
  '/v1/blocks/',
]

const VALID = {
  id: paymentId(),
  payers: [{ tag: '04A1B2C3' }],
  amount: 650,
  unit: 'EUR',
  tag: '04A1B2C3',
  transaction: 'a.b.c',
}

/** A body that is nearly one: members of real ones, some changed, some strange. */
const nearBody = fc
  .tuple(
    fc.subarray(Object.entries(VALID)),
    fc.dictionary(
      fc.constantFrom(...Object.keys(VALID), 'secret', '__proto__', 'x'),
      fc.jsonValue(),
    ),
  )
  .map(([kept, strange]) => JSON.stringify({ ...Object.fromEntries(kept), ...strange }))

const bytes = fc.oneof(
  nearBody,
  fc.json(),
  fc.string(),
  fc.uint8Array({ maxLength: 200 }).map((data) => Buffer.from(data).toString('latin1')),
)

const isWellFormed = (status: number, type: unknown): boolean =>
  status < 500 && (status < 400 || String(type).startsWith('application/problem+json'))

describe('whatever is sent, no route fails', () => {
  test('with any body', async () => {
    const app = await openServer()
    const type = fc.constantFrom('application/json', 'application/jose', 'text/plain', 'a/b; c=')
    const property = fc.asyncProperty(
      fc.constantFrom(...POSTS),
      bytes,
      type,
      async (url, payload, contentType) => {
        const headers = { ...AUTHORIZED, 'content-type': contentType }
        const answer = await app.inject({ method: 'POST', url, headers, payload })
        expect(isWellFormed(answer.statusCode, answer.headers['content-type'])).toBe(true)
      },
    )
    await fc.assert(property, { numRuns: RUNS })
  })

  test('with any path and query', async () => {
    const app = await openServer()
    const query = fc.dictionary(
      fc.constantFrom('limit', 'after', 'minHeight', 'state', 'till', 'asset', 'x'),
      fc.oneof(fc.string(), fc.integer().map(String), fc.constant('open')),
    )
    const property = fc.asyncProperty(
      fc.constantFrom(...GETS),
      fc.oneof(fc.constant(''), fc.webSegment(), fc.constant(WALLET)),
      query,
      async (path, segment, parameters) => {
        const url = `${path}${path.endsWith('/') ? segment : ''}?${new URLSearchParams(parameters)}`
        const answer = await app.inject({ method: 'GET', url, headers: AUTHORIZED })
        expect(isWellFormed(answer.statusCode, answer.headers['content-type'])).toBe(true)
      },
    )
    await fc.assert(property, { numRuns: RUNS })
  })

  test('with any of the headers it reads', async () => {
    const app = await openServer()
    const value = fc.stringMatching(/^[ -~]{0,60}$/)
    const headers = fc.record(
      {
        authorization: fc.oneof(value, fc.constant(AUTHORIZED.authorization)),
        prefer: value,
        'idempotency-key': value,
      },
      { requiredKeys: [] },
    )
    const payload = { id: paymentId(), payers: [{ tag: '04A1B2C3' }], amount: 1 }
    const property = fc.asyncProperty(headers, async (given) => {
      const answer = await app.inject({
        method: 'POST',
        url: '/v1/payments',
        headers: given,
        payload,
      })
      expect(isWellFormed(answer.statusCode, answer.headers['content-type'])).toBe(true)
    })
    await fc.assert(property, { numRuns: RUNS })
  })
})
