import { once } from 'node:events'
import { connect } from 'node:net'
import { pino } from 'pino'
import { describe, expect, test, vi } from 'vitest'
import type { Errand, PaymentOrder } from '#api/ports/desk.ts'
import { applied, fakeDesk, fakeLedger, HEIGHT, idOf, paymentId, TIME_MS } from './fake-ports.ts'
import { AUTHORIZED, get, openServer, post } from './open-server.ts'

const PAYMENT = { id: paymentId(), payers: [{ tag: '04A1B2C3' }], amount: 650 }

/** A server whose desk notes what it is asked. */
const openNoting = async () => {
  const asked: { order: PaymentOrder; errand: Errand }[] = []
  const pay = async (order: PaymentOrder, errand: Errand) => {
    asked.push({ order, errand })
    return applied()
  }
  return { app: await openServer({ desk: fakeDesk({ pay }) }), asked }
}

describe('the line of the README', () => {
  test('is a payment of a weak card in euro cents', async () => {
    const { app, asked } = await openNoting()
    const answer = await post(app, '/v1/payments', PAYMENT)
    expect(answer.statusCode).toBe(201)
    expect(asked[0]?.order).toEqual({ ...PAYMENT, unit: 'EUR', scale: 2 })
    expect(asked[0]?.errand).toMatchObject({ caller: { keyId: 'till-1' }, waitMs: 5_000 })
  })

  test.each([
    ['04:a1:b2:c3', '04A1B2C3'],
    ['04 A1 B2 C3', '04A1B2C3'],
    ['04a1b2c3d4e5f6', '04A1B2C3D4E5F6'],
    ['04-A1-B2-C3-D4-E5-F6-07-08-09', '04A1B2C3D4E5F6070809'],
  ])('a tag read as %s is %s', async (written, tag) => {
    const { app, asked } = await openNoting()
    await post(app, '/v1/payments', { ...PAYMENT, payers: [{ tag: written }] })
    expect(asked[0]?.order.payers).toEqual([{ tag }])
  })

  test.each([
    ['hex', '000102030405060708090a0b0c0d0e0f'],
    ['base64url', 'AAECAwQFBgcICQoLDA0ODw'],
  ])('a secret in %s becomes its 16 bytes', async (_form, secret) => {
    const { app, asked } = await openNoting()
    await post(app, '/v1/payments', { ...PAYMENT, payers: [{ secret }] })
    const bytes = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])
    expect(asked[0]?.order.payers).toEqual([{ secret: bytes }])
  })
})

describe('a request that is not valid answers 400 with a pointer to each fault', () => {
  test.each([
    ['a missing amount', { amount: undefined }, '#/amount'],
    ['an amount of nothing', { amount: 0 }, '#/amount'],
    ['an amount in euros', { amount: 6.5 }, '#/amount'],
    ['an amount as text', { amount: '650' }, '#/amount'],
    ['an amount beyond exact integers', { amount: 2 ** 53 }, '#/amount'],
    ['no payer', { payers: [] }, '#/payers'],
    ['three payers', { payers: Array(3).fill({ tag: '04A1B2C3' }) }, '#/payers'],
    ['a tag of five bytes', { payers: [{ tag: '04A1B2C3D4' }] }, '#/payers/0/tag'],
    ['a tag and a secret', { payers: [{ tag: '04A1B2C3', secret: 'a' }] }, '#/payers/0'],
    [
      'a secret with stray bits',
      { payers: [{ secret: `${'A'.repeat(21)}B` }] },
      '#/payers/0/secret',
    ],
    ['an id of another version', { id: '0199e6a0-2b7c-4c4e-9d15-5f0c8a1b2c3d' }, '#/id'],
    ['an unknown member', { 'tip/extra~': 1 }, '#/tip~1extra~0'],
  ])('%s', async (_what, change, pointer) => {
    const answer = await post(await openServer(), '/v1/payments', { ...PAYMENT, ...change })
    expect(answer.statusCode).toBe(400)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    const { code, errors } = answer.json()
    expect(code).toBe('request_invalid')
    expect(errors).toContainEqual({ in: 'body', pointer, detail: expect.any(String) })
  })

  test('an identifier with a typing error', async () => {
    const answer = await get(await openServer(), `/v1/wallets/wal1${'q'.repeat(58)}`)
    expect(answer.json()).toMatchObject({ code: 'request_invalid', errors: [{ in: 'params' }] })
  })

  test.each([
    ['/v1/blocks?limit=0', 'request_invalid'],
    ['/v1/blocks?limit=1.5', 'request_invalid'],
    ['/v1/blocks?colour=red', 'request_invalid'],
    ['/v1/blocks?after=yesterday', 'cursor_invalid'],
    ['/v1/blocks?after=0x-1', 'cursor_invalid'],
    ['/v1/blocks?minHeight=-1', 'request_invalid'],
    ['/v1/payments', 'request_invalid'],
    ['/v1/payments?state=closed', 'request_invalid'],
  ])('%s', async (url, code) => {
    const answer = await get(await openServer(), url)
    expect([answer.statusCode, answer.json().code]).toEqual([400, code])
  })

  test('a member whose name is half of a character: 400 that names it as far as it can', async () => {
    const app = await openServer()
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' }
    const payload = '{"id":"x","\\ud800":1}'
    const answer = await app.inject({ method: 'POST', url: '/v1/payments', headers, payload })
    expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    expect(answer.json().errors).toContainEqual(
      expect.objectContaining({ pointer: '#/%EF%BF%BD', detail: 'not a known member' }),
    )
  })

  test('an `after` where there is no cursor is one unknown member among others', async () => {
    const app = await openServer()
    const read = await get(app, `/v1/wallets/${idOf('wal')}?after=x`)
    expect(read.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' }
    const order = { method: 'POST', url: '/v1/payments', headers, payload: '{"after":1}' } as const
    expect((await app.inject(order)).json()).toMatchObject({ code: 'request_invalid' })
  })

  test('a body that is not JSON', async () => {
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' }
    const app = await openServer()
    const request = { method: 'POST', url: '/v1/payments', headers } as const
    expect((await app.inject({ ...request, payload: '{"id":' })).json()).toMatchObject({
      status: 400,
      code: 'body_unreadable',
    })
    expect((await app.inject({ ...request, payload: '' })).json()).toMatchObject({
      status: 400,
      code: 'request_invalid',
    })
  })

  test.each([
    ['text/xml', '/v1/payments', '<a/>'],
    ['text/plain', '/v1/payments', '{}'],
    ['text/plain', '/v1/transactions', 'a.b.c'],
  ])('a body of another type, %s to %s: 415', async (type, url, payload) => {
    const headers = { ...AUTHORIZED, 'content-type': type }
    const app = await openServer()
    const answer = await app.inject({ method: 'POST', url, headers, payload })
    expect(answer.json()).toMatchObject({ status: 415, code: 'media_type_unsupported' })
  })

  test('a body beyond its bound: 413', async () => {
    const body = { ...PAYMENT, consents: 'x'.repeat(70_000) }
    const answer = await post(await openServer(), '/v1/payments', body)
    expect(answer.json()).toMatchObject({ status: 413, code: 'too_large' })
  })

  test.each(['/v1/nothing', '/v2/payments', '/v1/payments/%ff', `/v1/wallets/${'a'.repeat(300)}`])(
    'no such resource %s: 404',
    async (url) => {
      const answer = await get(await openServer(), url)
      expect(answer.json()).toMatchObject({ status: 404, code: 'route_unknown' })
      expect(answer.headers['x-ledger-height']).toBe(String(HEIGHT))
    },
  )
})

describe('idempotency', () => {
  test('Idempotency-Key stands for the id', async () => {
    const { app, asked } = await openNoting()
    const { id, ...rest } = PAYMENT
    const answer = await post(app, '/v1/payments', rest, { 'idempotency-key': id })
    expect(answer.statusCode).toBe(201)
    expect(asked[0]?.order.id).toBe(id)
  })

  test('Idempotency-Key equal to the id is fine', async () => {
    const { app } = await openNoting()
    const answer = await post(app, '/v1/payments', PAYMENT, { 'idempotency-key': PAYMENT.id })
    expect(answer.statusCode).toBe(201)
  })

  test.each([
    ['another id', paymentId(2), 'idempotency_key_mismatch'],
    ['no UUIDv7', 'abc', 'request_invalid'],
  ])('Idempotency-Key with %s: 400 before anything is asked of the desk', async (_w, key, code) => {
    const { app, asked } = await openNoting()
    const answer = await post(app, '/v1/payments', PAYMENT, { 'idempotency-key': key })
    expect(answer.json()).toMatchObject({ status: 400, code })
    expect(asked).toEqual([])
  })

  const jws = (payload: object) =>
    `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`

  test.each([
    ['a cancellation', `/v1/payments/${paymentId()}/cancel`, {}],
    ['a signed transaction', '/v1/transactions', { transaction: jws({ jti: paymentId() }) }],
  ])('Idempotency-Key of %s must be its payment id', async (_what, url, body) => {
    const app = await openServer()
    const keyed = (key: string) => post(app, url, body, { 'idempotency-key': key })
    expect((await keyed(paymentId())).statusCode).toBeLessThan(300)
    const other = await keyed(paymentId(2))
    expect(other.json()).toMatchObject({ status: 400, code: 'idempotency_key_mismatch' })
    expect((await keyed('abc')).json()).toMatchObject({ status: 400, code: 'request_invalid' })
  })

  test.each(['a.b.c', 'no jws', jws({}), jws([])])(
    'what names no payment id is judged as a transaction: %s',
    async (transaction) => {
      const submit = async () => ({ kind: 'turned_away', code: 'malformed' }) as const
      const app = await openServer({ submissions: { submit, open: async () => [] } })
      const key = { 'idempotency-key': paymentId() }
      const answer = await post(app, '/v1/transactions', { transaction }, key)
      expect(answer.json()).toMatchObject({ status: 400, code: 'malformed' })
    },
  )

  test('no id at all: 400', async () => {
    const { id: _, ...rest } = PAYMENT
    const answer = await post(await openServer(), '/v1/payments', rest)
    expect(answer.json()).toMatchObject({ code: 'request_invalid', errors: [{ pointer: '#/id' }] })
  })
})

describe('waiting', () => {
  test.each([
    ['wait=2', 2_000],
    ['respond-async, wait=3', 3_000],
    ['respond-async', 0],
    ['wait=600', 30_000],
    ['return=minimal', 5_000],
    ['nowait=4', 5_000],
  ])('Prefer: %s waits %i ms', async (prefer, waitMs) => {
    const { app, asked } = await openNoting()
    await post(app, '/v1/payments', PAYMENT, { prefer })
    expect(asked[0]?.errand.waitMs).toBe(waitMs)
  })

  test.each([
    ['nothing', {}, 7_000],
    ['return=minimal', { prefer: 'return=minimal' }, 7_000],
    ['wait=2', { prefer: 'wait=2' }, 2_000],
    ['wait=20', { prefer: 'wait=20' }, 20_000],
    ['respond-async', { prefer: 'respond-async' }, 0],
  ])('Prefer: %s at a node that is set to 7 s', async (_said, headers, waitMs) => {
    const pay = vi.fn(async (_order: PaymentOrder, _errand: Errand) => applied())
    const submit = vi.fn(async (_text: string, _waiting: { readonly waitMs: number }) => applied())
    const submissions = { submit, open: async () => [] }
    const ports = { desk: fakeDesk({ pay }), submissions }
    const app = await openServer(ports, { submissionWaitMs: 7_000 })
    await post(app, '/v1/payments', PAYMENT, headers)
    await post(app, '/v1/transactions', { transaction: 'a.b.c' }, headers)
    expect(pay.mock.calls[0]?.[1]).toMatchObject({ waitMs })
    expect(submit.mock.calls[0]?.[1]).toMatchObject({ waitMs })
  })

  test('minHeight waits for that height', async () => {
    const reach = vi.fn(async () => undefined)
    const app = await openServer({ ledger: fakeLedger({ reach }) })
    expect((await get(app, `/v1/network?minHeight=${HEIGHT + 1}`)).statusCode).toBe(200)
    expect(reach).toHaveBeenCalledWith(HEIGHT + 1, expect.any(AbortSignal))
    expect((await get(app, `/v1/network?minHeight=${HEIGHT}`)).statusCode).toBe(200)
    expect(reach).toHaveBeenCalledTimes(1)
  })

  test('minHeight that is not reached: 503', async () => {
    const reach = () => Promise.reject(new Error('stopping'))
    const app = await openServer({ ledger: fakeLedger({ reach }) })
    const answer = await get(app, `/v1/network?minHeight=${HEIGHT + 1}`)
    expect(answer.json()).toMatchObject({
      status: 503,
      code: 'height_not_reached',
      retryable: true,
    })
  })

  test('a desk that does not come back: 503 after its time, the outcome being unknown', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      const pay = () => new Promise<never>(() => undefined)
      const app = await openServer({ desk: fakeDesk({ pay }) })
      await app.ready()
      const answer = post(app, '/v1/payments', PAYMENT, { prefer: 'wait=1' }).then((r) => r)
      await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))
      await vi.advanceTimersByTimeAsync(6_000)
      expect((await answer).json()).toMatchObject({ status: 503, code: 'deadline_exceeded' })
      expect((await answer).headers['retry-after']).toBe('1')
    } finally {
      vi.useRealTimers()
    }
  })
})

test('a read that does not come back: 503 after its time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    const assets = () => new Promise<never>(() => undefined)
    const app = await openServer({ ledger: fakeLedger({ assets }) })
    await app.ready()
    const answer = get(app, '/v1/assets').then((r) => r)
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0))
    await vi.advanceTimersByTimeAsync(20_000)
    expect((await answer).json()).toMatchObject({ status: 503, code: 'deadline_exceeded' })
  } finally {
    vi.useRealTimers()
  }
})

describe('every answer', () => {
  test('names the height it was read at, and its request', async () => {
    const stale = { height: 40, timeMs: TIME_MS, value: [] }
    const app = await openServer({ ledger: fakeLedger({ assets: async () => stale }) })
    const answer = await get(app, '/v1/assets')
    expect(answer.headers['x-ledger-height']).toBe('40')
    expect(answer.json()).toMatchObject({ height: 40, items: [] })
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/)
    expect(answer.headers['cache-control']).toBe('no-store')
  })

  test('that holds more than its schema is not sent', async () => {
    const leaking = { ...applied(), state: { ...applied().state, secret: 'x' } }
    const app = await openServer({ desk: fakeDesk({ pay: async () => leaking }) })
    expect((await post(app, '/v1/payments', PAYMENT)).body).not.toContain('secret')
  })
})

describe('what is the caller’s mistake is no fault of this node: nothing is logged', () => {
  test.each([
    ['a method without its content type', 'QUERY', '/v1/assets', 405, 'method_not_allowed'],
    ['a method without its content type, nowhere', 'QUERY', '/v1', 404, 'route_unknown'],
    [
      'a way out of the documentation',
      'GET',
      '/docs/static/%2e%2e/package.json',
      404,
      'route_unknown',
    ],
  ])('%s', async (_what, method, path, status, code) => {
    const { port, lines } = await openLogging()
    const text = await knock(
      port,
      `${method} ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`,
    )
    expect(text).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(text).toContain('content-type: application/problem+json')
    expect(text).toContain(`"code":"${code}"`)
    expect(lines).toEqual([])
  })

  test('a body that breaks off', async () => {
    const answered = Promise.withResolvers<number>()
    const { port, lines } = await openLogging((status) => answered.resolve(status))
    const socket = connect(port, '127.0.0.1')
    socket.write('POST /v1/transactions HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n')
    socket.write('content-type: application/jose\r\ncontent-length: 5\r\n\r\n')
    // Once it is asked to go on, the server is waiting for the body.
    await once(socket, 'data')
    socket.end('a').destroySoon()
    expect(await answered.promise).toBe(408)
    expect(lines).toEqual([])
  })
})

/** A listening server and the lines it logs above `info`. */
const openLogging = async (onAnswer: (status: number) => void = () => undefined) => {
  const lines: string[] = []
  const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
  const app = await openServer({}, { logger })
  app.addHook('onSend', async (_request, { statusCode }) => onAnswer(statusCode))
  const url = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  return { port: Number(url.port), lines }
}

/** Everything that is answered to these bytes. */
const knock = async (port: number, request: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  socket.write(request)
  let text = ''
  for await (const part of socket) text += part
  return text
}
