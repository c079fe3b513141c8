import { describe, expect, test } from 'vitest'
import type { Caller, OpenedRequest, Visitor } from '#api/ports/caller.ts'
import { Buckets } from '#api/rate.ts'
import { hashOfText } from '#protocol/hash.ts'
import type { GrantAction } from '#protocol/transaction/kinds/grant.ts'
import {
  CARD,
  caller,
  fakeHealth,
  fakeRequests,
  idOf,
  paymentId,
  TOKEN,
  WALLET,
} from './fake-ports.ts'
import { WEBHOOK_ID } from './fake-webhooks.ts'
import { AUTHORIZED, get, openServer, post } from './open-server.ts'

type Route = readonly ['GET' | 'POST' | 'DELETE', string, GrantAction | undefined]
const WITH_CREDENTIAL: readonly Route[] = [
  ['POST', '/v1/payments', 'sale'],
  ['POST', `/v1/payments/${paymentId()}/refunds`, 'refund'],
  ['POST', `/v1/payments/${paymentId()}/cancel`, 'payment.cancel'],
  ['GET', '/v1/payments?state=open', undefined],
  ['POST', '/v1/topups', 'issue'],
  ['POST', '/v1/cards', 'card.register'],
  ['GET', `/v1/cards/${CARD}`, 'read'],
  ['POST', `/v1/cards/${CARD}/activate`, 'card.activate'],
  ['POST', `/v1/cards/${CARD}/block`, 'card.block'],
  ['POST', `/v1/cards/${CARD}/unblock`, 'card.unblock'],
  ['POST', `/v1/cards/${CARD}/void`, 'card.void'],
  ['POST', `/v1/cards/${CARD}/replace`, 'card.replace'],
  ['POST', '/v1/card-batches', 'card.register'],
  ['POST', `/v1/cards/${CARD}/cashout`, 'cashout'],
  ['POST', '/v1/memberships', 'membership.set'],
  ['POST', '/v1/badges', 'badge'],
  ['POST', '/v1/payouts', 'redeem'],
  ['GET', '/v1/payouts', 'read'],
  ['POST', `/v1/payouts/${idOf('hld')}/settlements`, 'redeem'],
  ['GET', '/v1/clearing', 'read'],
  ['GET', '/v1/clearing/open', 'read'],
  ['POST', '/v1/clearing', undefined],
  ['POST', '/v1/clearing/proposals', undefined],
  ['POST', '/v1/clearing/consents', undefined],
  ['GET', '/v1/reserves', undefined],
  ['GET', '/v1/closings', 'read'],
  ['GET', '/v1/exports', 'read'],
  ['GET', `/v1/transactions/${paymentId()}`, undefined],
  ['GET', `/v1/transactions/${paymentId()}/receipt`, undefined],
  ['GET', `/v1/wallets/${WALLET}`, 'read'],
  ['GET', `/v1/wallets/${WALLET}/balances`, 'read'],
  ['GET', `/v1/wallets/${WALLET}/history`, 'read'],
  ['GET', `/v1/wallets/${WALLET}/proof?asset=${idOf('ast')}`, 'read'],
  ['GET', '/v1/assets', undefined],
  ['GET', `/v1/assets/${idOf('ast')}`, undefined],
  ['GET', '/v1/places', undefined],
  ['GET', `/v1/places/${idOf('plc')}`, undefined],
  ['GET', '/v1/federations', undefined],
  ['GET', `/v1/federations/${idOf('fed')}`, undefined],
  ['GET', '/v1/authorities', undefined],
  ['GET', '/v1/blocks', undefined],
  ['GET', '/v1/blocks/1', undefined],
  ['GET', '/v1/grants', 'grant.issue'],
  ['POST', '/v1/grants', 'grant.issue'],
  ['POST', `/v1/grants/${idOf('grt')}/revoke`, 'grant.issue'],
  ['GET', '/v1/api-keys', 'grant.issue'],
  ['POST', '/v1/api-keys', 'grant.issue'],
  ['POST', '/v1/api-keys/key-1/revoke', 'grant.issue'],
  ['POST', '/v1/holds', 'hold.open'],
  ['POST', `/v1/holds/${idOf('hld')}/captures`, 'hold.open'],
  ['POST', `/v1/holds/${idOf('hld')}/release`, 'hold.release'],
  ['GET', '/v1/holds', 'read'],
  ['GET', `/v1/holds/${idOf('hld')}`, 'read'],
  ['GET', '/v1/leases', 'read'],
  ['GET', '/v1/leases/captures', 'read'],
  ['GET', `/v1/wallets/${WALLET}/holds`, 'read'],
  ['GET', '/v1/events', undefined],
  ['POST', '/v1/webhooks', 'read'],
  ['GET', '/v1/webhooks', 'read'],
  ['GET', `/v1/webhooks/${WEBHOOK_ID}`, 'read'],
  ['DELETE', `/v1/webhooks/${WEBHOOK_ID}`, 'read'],
  ['POST', `/v1/webhooks/${WEBHOOK_ID}/enable`, 'read'],
  ['POST', `/v1/webhooks/${WEBHOOK_ID}/disable`, 'read'],
  ['POST', `/v1/webhooks/${WEBHOOK_ID}/rotate`, 'read'],
  ['POST', `/v1/webhooks/${WEBHOOK_ID}/replay`, 'read'],
  ['POST', `/v1/webhooks/${WEBHOOK_ID}/test`, 'read'],
  ['GET', `/v1/webhooks/${WEBHOOK_ID}/dead-letters`, 'read'],
  ['GET', '/metrics', 'read'],
]

const speaking = (change: Partial<Caller>) => ({
  credentials: { authenticate: () => ({ ok: true, caller: caller(change) }) as const },
})

describe('nothing is readable without a credential', () => {
  test.each(WITH_CREDENTIAL)('%s %s', async (method, url) => {
    const answer = await (await openServer()).inject({ method, url })
    expect(answer.statusCode).toBe(401)
    expect(answer.headers['www-authenticate']).toBe('Bearer realm="kermesse"')
    expect(answer.json()).toMatchObject({ code: 'credential_missing' })
  })

  test.each(['/livez', '/startupz', '/readyz', '/v1/network', '/openapi.json'])(
    'but %s, for everybody',
    async (url) => {
      const answer = await (await openServer()).inject({ method: 'GET', url })
      expect(answer.statusCode).toBe(200)
    },
  )

  test('but /docs, from this node alone', async () => {
    const app = await openServer()
    const answer = await app.inject({ method: 'GET', url: '/docs' })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-security-policy']).toContain("script-src 'self'")
    expect(answer.body).not.toMatch(/(?:src|href)="https?:/)
  })

  test('every documented route is in one of the two lists', async () => {
    const app = await openServer()
    const { paths } = (await app.inject({ method: 'GET', url: '/openapi.json' })).json()
    const count = Object.values<object>(paths).flatMap((path) => Object.keys(path)).length
    const publicOrSigned = 9
    expect(count).toBe(WITH_CREDENTIAL.length + publicOrSigned)
  })
})

describe('a credential', () => {
  test.each(WITH_CREDENTIAL.filter(([, , action]) => action !== undefined))(
    'does not pass %s %s without the action %s',
    async (method, url, action) => {
      const actions = caller().actions.filter((other) => other !== action)
      const app = await openServer(speaking({ actions }))
      const answer = await (method === 'POST'
        ? post(app, url, {})
        : app.inject({ method, url, headers: AUTHORIZED }))
      expect(answer.json()).toMatchObject({ status: 403, code: 'action_not_granted' })
    },
  )

  test('that may register but not activate does not activate by registering', async () => {
    const app = await openServer(speaking({ actions: ['card.register'] }))
    const body = { tag: '04A1B2C3', activate: true }
    expect((await post(app, '/v1/cards', body)).statusCode).toBe(403)
    expect((await post(app, '/v1/cards', { tag: '04A1B2C3' })).statusCode).toBe(201)
  })

  test.each([
    'credential_unknown',
    'credential_not_yet_valid',
    'credential_expired',
    'credential_revoked',
    'credential_elsewhere',
  ] as const)('refused with %s: 401', async (code) => {
    const authenticate = () => ({ ok: false, code }) as const
    const answer = await get(await openServer({ credentials: { authenticate } }), '/v1/assets')
    expect(answer.json()).toMatchObject({ status: 401, code })
  })

  test.each(['Basic abc', 'Bearer', 'Bearer a b', `Bearer ${'x'.repeat(257)}`])(
    'written as %s is none',
    async (authorization) => {
      const answer = await get(await openServer(), '/v1/assets', { authorization })
      expect(answer.json()).toMatchObject({ status: 401, code: 'credential_missing' })
    },
  )

  test('is not asked for while the node starts: 503', async () => {
    const app = await openServer({ health: fakeHealth({ started: () => false }) })
    expect((await get(app, '/v1/assets')).json()).toMatchObject({
      status: 503,
      code: 'node_starting',
    })
  })
})

const JWS = { authorization: 'JWS a.b.c' }
const HOLDER: Visitor = { keyId: 'key-2', owns: { wallet: WALLET } }

/** Every signed request is this one's, and none was used before. */
const signedBy = (visitor: OpenedRequest['visitor'], change: Partial<OpenedRequest> = {}) => ({
  requests: fakeRequests({
    open: () => ({
      ok: true,
      signer: idOf('key'),
      visitor,
      bodyHash: undefined,
      spend: () => 'spent',
      ...change,
    }),
  }),
})

/** What the node signs, and so does not do for a key that it does not have; captures it signs by its own. */
const isOrder = ([method, url, action]: Route): boolean =>
  method === 'POST' &&
  action !== undefined &&
  !/^\/v1\/(?:api-keys\/|webhooks|holds\/\w+\/captures)/.test(url)

describe('a signed request', () => {
  test.each(WITH_CREDENTIAL.filter(isOrder))(
    'of a till passes no %s %s, which the node would sign',
    async (method, url) => {
      const app = await openServer(signedBy(caller({ signs: 'itself' })))
      const answer = await app.inject({ method, url, headers: JWS, payload: {} })
      expect(answer.json()).toMatchObject({ status: 403, code: 'api_key_required' })
    },
  )

  test.each([
    [`/v1/wallets/${WALLET}`, 200],
    ['/v1/assets', 200],
    ['/v1/places', 200],
    ['/v1/payments?state=open', 403],
    [`/v1/transactions/${paymentId()}`, 403],
    ['/v1/events', 200],
    ['/v1/webhooks', 403],
    ['/metrics', 403],
  ])('of a holder at %s: %i', async (url, status) => {
    const app = await openServer(signedBy(HOLDER))
    expect((await app.inject({ method: 'GET', url, headers: JWS })).statusCode).toBe(status)
  })

  test.each([
    ['replayed', 'request_replayed'],
    ['full', 'node_overloaded'],
  ] as const)('that is %s is refused: %s', async (spent, code) => {
    const app = await openServer(signedBy(HOLDER, { spend: () => spent }))
    const answer = await app.inject({ method: 'GET', url: '/v1/assets', headers: JWS })
    expect(answer.json()).toMatchObject({ code })
  })

  test('has the body that was signed, whatever its media type', async () => {
    const bodyHash = hashOfText('abc')
    const app = await openServer(signedBy(caller({ signs: 'itself' }), { bodyHash }))
    const send = async (payload: string) => {
      const headers = { ...JWS, 'content-type': 'application/jose' }
      return app.inject({ method: 'POST', url: '/v1/transactions', headers, payload })
    }
    expect((await send('abc')).statusCode).toBe(201)
    expect((await send('abd')).json()).toMatchObject({ code: 'request_signature_invalid' })
    expect((await send('')).json()).toMatchObject({ code: 'request_signature_invalid' })
  })

  test('of unknown keys is counted with strangers, and starves no key', async () => {
    const slow = { perSecond: 1, burst: 2 }
    const app = await openServer(signedBy('credential_unknown'), { rates: { public: slow } })
    const ask = async (headers: Record<string, string>) =>
      (await app.inject({ method: 'GET', url: '/v1/assets', headers })).statusCode
    expect([await ask(JWS), await ask(JWS), await ask(JWS)]).toEqual([401, 401, 429])
    expect(await ask({ authorization: `Bearer ${TOKEN}` })).toBe(200)
  })
})

describe('rates', () => {
  const slow = { perSecond: 1, burst: 2 }
  const fast = { perSecond: 100, burst: 100 }

  test('are counted per credential, not per address', async () => {
    const authenticate = (keyId: string) => ({ ok: true, caller: caller({ keyId }) }) as const
    let nowMs = 0
    const app = await openServer(
      { credentials: { authenticate }, clock: () => nowMs },
      { rates: { credential: slow, public: fast, signed: fast } },
    )
    const ask = (key: string) => get(app, '/v1/assets', { authorization: `Bearer ${key}` })
    expect((await ask('a')).statusCode).toBe(200)
    expect((await ask('a')).statusCode).toBe(200)
    const third = await ask('a')
    expect(third.json()).toMatchObject({ status: 429, code: 'rate_limited', retryable: true })
    expect(third.headers).toMatchObject({
      'retry-after': '1',
      'ratelimit-limit': '2',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '1',
      ratelimit: '"key";r=0;t=1',
      'ratelimit-policy': '"key";q=2;w=2',
    })
    expect((await ask('b')).headers).toMatchObject({ 'ratelimit-remaining': '1' })
    nowMs += 1_000
    expect((await ask('a')).statusCode).toBe(200)
    expect((await ask('a')).statusCode).toBe(429)
  })

  test('bound strangers together, and leave probes and keys alone', async () => {
    const app = await openServer({}, { rates: { credential: fast, public: slow, signed: slow } })
    const ask = (url: string) => app.inject({ method: 'GET', url })
    await ask('/v1/network')
    await ask('/v1/assets')
    expect((await ask('/v1/network')).statusCode).toBe(429)
    expect((await ask('/v1/assets')).statusCode).toBe(429)
    expect((await ask('/livez')).statusCode).toBe(200)
    expect((await get(app, '/v1/assets')).statusCode).toBe(200)
  })

  test('bound transactions signed elsewhere', async () => {
    const app = await openServer({}, { rates: { credential: fast, public: fast, signed: slow } })
    const submit = (headers = {}) =>
      app.inject({
        method: 'POST',
        url: '/v1/transactions',
        payload: { transaction: 'a' },
        headers,
      })
    await submit()
    await submit()
    expect((await submit()).statusCode).toBe(429)
    expect((await submit({ authorization: `Bearer ${TOKEN}` })).statusCode).toBe(201)
  })

  test('of a credential unused for longest are forgotten when there are too many', () => {
    const buckets = new Buckets({ perSecond: 1, burst: 1 }, { max: 2, clock: () => 0 })
    expect(buckets.take('a').ok).toBe(true)
    expect(buckets.take('b').ok).toBe(true)
    expect(buckets.take('b').ok).toBe(false)
    buckets.take('c')
    expect(buckets.take('b').ok).toBe(false)
    expect(buckets.take('a').ok).toBe(true)
  })
})
