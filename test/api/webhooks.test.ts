import { describe, expect, test, vi } from 'vitest'
import type { WebhookRefusal, Webhooks } from '#api/ports/webhooks.ts'
import { ASSET, caller, idOf, PLACE, TIME, TIME_MS } from './fake-ports.ts'
import { fakeWebhooks, WEBHOOK_ID, webhook } from './fake-webhooks.ts'
import { AUTHORIZED, get, openServer, post } from './open-server.ts'

const URL = 'https://books.example.org/hook'
const OTHER = `whe_${'0b'.repeat(16)}`
const OWNER = { place: PLACE, grant: idOf('grt'), seesAll: true, apiKey: 'till-1' }

describe('POST /v1/webhooks', () => {
  test('makes an endpoint and tells its secret', async () => {
    const create = vi.fn<Webhooks['create']>(async () => ({
      webhook: webhook(),
      secret: 'whsec_BBBB',
    }))
    const app = await openServer({ webhooks: fakeWebhooks({ create }) })
    const filter = { kinds: ['sale'], asset: ASSET, till: 'bar-1', blocks: true }
    const answer = await post(app, '/v1/webhooks', { url: URL, filter, after: '1-0' })
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['location']).toBe(`/v1/webhooks/${WEBHOOK_ID}`)
    expect(answer.headers['cache-control']).toBe('no-store')
    expect(answer.json()).toMatchObject({ secret: 'whsec_BBBB', webhook: { state: 'enabled' } })
    const order = { url: URL, filter, after: { height: 1, index: 0 } }
    expect(create).toHaveBeenCalledWith(order, OWNER)
  })

  test.each<[WebhookRefusal, number]>([
    ['webhook_url_invalid', 400],
    ['webhook_https_required', 400],
    ['webhook_address_forbidden', 400],
    ['webhook_url_taken', 409],
    ['webhooks_exhausted', 409],
  ])('answers %s', async (code, status) => {
    const app = await openServer({ webhooks: fakeWebhooks({ create: async () => code }) })
    expect((await post(app, '/v1/webhooks', { url: URL })).json()).toMatchObject({ status, code })
  })

  test.each<[string, object]>([
    ['no URL', {}],
    ['a URL that is too long', { url: `https://a.example/${'a'.repeat(2_048)}` }],
    ['an unknown kind', { url: URL, filter: { kinds: ['sales'] } }],
    ['an unknown filter', { url: URL, filter: { place: PLACE } }],
    ['a secret of one’s own', { url: URL, secret: 'whsec_mine' }],
  ])('refuses %s', async (_, body) => {
    const app = await openServer()
    expect((await post(app, '/v1/webhooks', body)).json()).toMatchObject({
      status: 400,
      code: 'request_invalid',
    })
  })

  test('refuses a cursor that is none', async () => {
    const answer = await post(await openServer(), '/v1/webhooks', { url: URL, after: 'yesterday' })
    expect(answer.json()).toMatchObject({ status: 400, code: 'cursor_invalid' })
  })

  test('is for keys that may read, and asks for the endpoints of their grant alone', async () => {
    const list = vi.fn<Webhooks['list']>(() => [])
    const speaking = (actions: readonly ('read' | 'sale')[]) => ({
      authenticate: () => ({ ok: true, caller: caller({ actions }) }) as const,
    })
    const reading = await openServer({
      webhooks: fakeWebhooks({ list }),
      credentials: speaking(['read']),
    })
    expect((await get(reading, '/v1/webhooks')).json()).toEqual({ items: [] })
    expect(list).toHaveBeenCalledWith({ ...OWNER, seesAll: false })
    const selling = await openServer({ credentials: speaking(['sale']) })
    expect((await post(selling, '/v1/webhooks', { url: URL })).json()).toMatchObject({
      status: 403,
      code: 'action_not_granted',
    })
  })
})

describe('an endpoint', () => {
  test('says how it does', async () => {
    const failing = webhook({
      state: { kind: 'paused', by: 'unreachable' },
      failingSinceMs: TIME_MS,
      deliveredMs: TIME_MS,
      deadLetters: 2,
      formerSecretUntilMs: TIME_MS,
      pending: {
        event: 'evt_16-3',
        timeMs: TIME_MS,
        attempts: 4,
        last: { failure: 'timed_out' },
        nextAttemptMs: TIME_MS,
      },
    })
    const app = await openServer({ webhooks: fakeWebhooks({ get: () => failing }) })
    const answer = await get(app, `/v1/webhooks/${WEBHOOK_ID}`)
    expect(answer.json()).toEqual({
      id: WEBHOOK_ID,
      grant: idOf('grt'),
      url: URL,
      filter: {},
      state: 'paused',
      pausedBy: 'unreachable',
      created: TIME,
      publicKey: 'whpk_AAAA',
      cursor: '16-2',
      delivered: TIME,
      failingSince: TIME,
      pending: {
        event: 'evt_16-3',
        time: TIME,
        attempts: 4,
        lastFailure: 'timed_out',
        nextAttempt: TIME,
      },
      deadLetters: 2,
      formerSecretUntil: TIME,
    })
  })

  test.each<['GET' | 'POST' | 'DELETE', string, object | undefined, number]>([
    ['GET', '', undefined, 200],
    ['DELETE', '', undefined, 204],
    ['POST', '/enable', undefined, 200],
    ['POST', '/disable', {}, 200],
    ['POST', '/rotate', undefined, 200],
    ['POST', '/replay', { after: '0-0' }, 200],
    ['POST', '/test', undefined, 200],
    ['GET', '/dead-letters', undefined, 200],
  ])('%s %s: and 404 for one of somebody else', async (method, path, payload, status) => {
    const app = await openServer()
    const ask = (id: string) =>
      app.inject({
        method,
        url: `/v1/webhooks/${id}${path}`,
        headers: AUTHORIZED,
        ...(payload && { payload }),
      })
    expect((await ask(WEBHOOK_ID)).statusCode).toBe(status)
    expect((await ask(OTHER)).json()).toMatchObject({ status: 404, code: 'record_unknown' })
    expect((await ask('whe_1')).json()).toMatchObject({ status: 400, code: 'request_invalid' })
  })

  test('is tested once at a time, and the answer says what came of it', async () => {
    const app = await openServer()
    expect((await post(app, `/v1/webhooks/${WEBHOOK_ID}/test`, undefined)).json()).toEqual({
      id: 'test_1',
      taken: true,
      status: 204,
    })
    const lost = fakeWebhooks({
      test: async () => ({ id: 'test_2', answer: { failure: 'address_forbidden' } }),
    })
    const failing = await openServer({ webhooks: lost })
    expect((await post(failing, `/v1/webhooks/${WEBHOOK_ID}/test`, undefined)).json()).toEqual({
      id: 'test_2',
      taken: false,
      failure: 'address_forbidden',
    })
    const busy = await openServer({ webhooks: fakeWebhooks({ test: async () => 'busy' }) })
    expect((await post(busy, `/v1/webhooks/${WEBHOOK_ID}/test`, undefined)).json()).toMatchObject({
      status: 409,
      code: 'webhook_test_running',
      retryable: true,
    })
  })

  test('lists its dead letters a page at a time', async () => {
    const letters = [1, 2].map((height) => ({
      event: `evt_${height}-0`,
      position: { height, index: 0 },
      attempts: 12,
      last: { status: 500 },
      setAsideMs: TIME_MS,
    }))
    const deadLetters = vi.fn<Webhooks['deadLetters']>(() => letters)
    const app = await openServer({ webhooks: fakeWebhooks({ deadLetters }) })
    const url = `/v1/webhooks/${WEBHOOK_ID}/dead-letters?limit=2`
    const answer = await get(app, url)
    expect(answer.json()).toEqual({
      items: ['1-0', '2-0'].map((cursor) => ({
        event: `evt_${cursor}`,
        cursor,
        attempts: 12,
        lastStatus: 500,
        setAside: TIME,
      })),
      next: '2-0',
    })
    expect(answer.headers['link']).toContain('after=2-0')
  })
})
