import { describe, expect, test } from 'vitest'
import { CARD, fakeHealth, HEIGHT, paymentId } from './fake-ports.ts'
import { AUTHORIZED, get, openServer } from './open-server.ts'

describe('a method that a resource does not have answers 405 with those it has', () => {
  test.each([
    ['DELETE', '/v1/payments', 'GET, HEAD, POST'],
    ['PUT', `/v1/payments/${paymentId()}/cancel`, 'POST'],
    ['GET', '/v1/topups', 'POST'],
    ['GET', `/v1/cards/${CARD}/block?a=b`, 'POST'],
    ['POST', `/v1/cards/${CARD}`, 'GET, HEAD'],
    ['PATCH', '/v1/transactions', 'POST'],
    ['OPTIONS', '/livez', 'GET, HEAD'],
    ['POST', '/openapi.json', 'GET, HEAD'],
    ['POST', '/docs/static/index.css', 'GET, HEAD'],
    ['HEAD', '/v1/topups', 'POST'],
    ['HEAD', '/v1/events', 'GET'],
    ['HEAD', '/v1/exports', 'GET'],
  ] as const)('%s %s', async (method, url, allow) => {
    const app = await openServer()
    const answer = await app.inject({ method, url, headers: AUTHORIZED })
    expect(answer.statusCode).toBe(405)
    expect(answer.headers['allow']).toBe(allow)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.headers['x-ledger-height']).toBe(String(HEIGHT))
    if (method !== 'HEAD') {
      expect(answer.json()).toMatchObject({ code: 'method_not_allowed', retryable: false })
    }
  })

  test.each(['/v1', '/v1/payments/', '/v1/payments/a/b/c', '/v1/cards//block', '/v2/payments'])(
    'and no resource at all 404: %s',
    async (url) => {
      const answer = await get(await openServer(), url)
      expect(answer.json()).toMatchObject({ status: 404, code: 'route_unknown' })
      expect(answer.headers['allow']).toBeUndefined()
    },
  )
})

describe('HEAD answers as GET does, without the body', () => {
  test.each(['/livez', '/readyz', '/v1/assets', `/v1/cards/${CARD}`, '/openapi.json'])(
    '%s',
    async (url) => {
      const app = await openServer()
      const whole = await get(app, url)
      const head = await app.inject({ method: 'HEAD', url, headers: AUTHORIZED })
      expect([whole.statusCode, head.statusCode]).toEqual([200, 200])
      expect(head.headers['content-type']).toBe(whole.headers['content-type'])
      expect(head.headers['content-length']).toBe(String(Buffer.byteLength(whole.body)))
      expect(head.body).toBe('')
    },
  )

  test('of a node that is not ready too', async () => {
    const app = await openServer({ health: fakeHealth({ started: () => false }) })
    expect((await app.inject({ method: 'HEAD', url: '/readyz' })).statusCode).toBe(503)
  })

  test('to nobody who may not read it', async () => {
    const app = await openServer()
    expect((await app.inject({ method: 'HEAD', url: '/v1/assets' })).statusCode).toBe(401)
  })
})
