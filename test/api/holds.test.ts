import { describe, expect, test, vi } from 'vitest'
import type { DeskAnswer, TransactionState } from '#api/ports/outcome.ts'
import { HOLD_GRACE_MS_MAX } from '#protocol/limits.ts'
import { fakeHolds, holdAccount } from './fake-holds.ts'
import {
  ASSET,
  applied,
  CARD,
  caller,
  event,
  fakeDesk,
  fakeRequests,
  idOf,
  PLACE,
  paymentId,
  TIME,
  TIME_MS,
  WALLET,
} from './fake-ports.ts'
import { get, openServer, post } from './open-server.ts'

const HOLD = idOf('hld')
const HOLD_VIEW = {
  id: HOLD,
  purpose: 'lease',
  status: 'open',
  wallet: WALLET,
  card: CARD,
  asset: ASSET,
  cap: 3_000,
  captured: 500,
  onTheWay: 200,
  left: 2_300,
  here: true,
  expires: '2026-06-21T19:04:05.123Z',
  releases: '2026-06-21T21:04:05.123Z',
}
const LISTS = ['/v1/holds', '/v1/leases', '/v1/leases/captures'] as const

describe('holds', () => {
  test('say what is captured, on its way, and left, and until when', async () => {
    const app = await openServer()
    const list = await get(app, '/v1/holds')
    expect(list.json()).toMatchObject({ items: [HOLD_VIEW], time: TIME })
    const one = await get(app, `/v1/holds/${HOLD}`)
    expect(one.json()).toEqual({ ...HOLD_VIEW, height: 42, time: TIME })
    expect(one.headers['x-ledger-height']).toBe('42')
  })

  test('of another place, or of none, are unknown: 404', async () => {
    const one = vi.fn(fakeHolds().one)
    const app = await openServer({ holds: fakeHolds({ one }) })
    const answer = await get(app, `/v1/holds/${idOf('hld', 2)}`)
    expect(answer.json()).toMatchObject({ status: 404, code: 'record_unknown' })
    expect(one.mock.calls).toEqual([[PLACE, idOf('hld', 2)]])
  })

  test('are narrowed by each filter', async () => {
    const list = vi.fn(fakeHolds().list)
    const app = await openServer({ holds: fakeHolds({ list }) })
    const filters = `status=open&purpose=tab&wallet=${WALLET}&card=${CARD}`
    expect((await get(app, `/v1/holds?limit=2&${filters}`)).statusCode).toBe(200)
    const asked = { status: 'open', purpose: 'tab', wallet: WALLET, card: CARD }
    expect(list.mock.calls).toEqual([[{ place: PLACE, limit: 2, ...asked }]])
  })

  test.each(['status=over', 'purpose=payout', 'wallet=x', 'card=04A1B2C3', 'x=1'])(
    'with ?%s are refused: 400',
    async (filter) => {
      const answer = await get(await openServer(), `/v1/holds?${filter}`)
      expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    },
  )
})

describe('the offline state', () => {
  test('is mode, policy, sums by asset, the age of what is known, and the leases', async () => {
    expect((await get(await openServer(), '/v1/leases')).json()).toEqual({
      mode: 'leases_only',
      policy: { enabled: true, granted: true, closed: false, amount: 3_000, minutes: 360 },
      key: idOf('key'),
      stateTime: TIME,
      stateAgeSeconds: 61,
      totals: [{ asset: ASSET, leases: 2, cap: 6_000, captured: 500, onTheWay: 200, left: 5_300 }],
      items: [HOLD_VIEW],
      next: expect.any(String),
      height: 42,
      time: TIME,
    })
  })

  test('is reported capture by capture, without a word of who paid', async () => {
    const captures = vi.fn(fakeHolds().captures)
    const app = await openServer({ holds: fakeHolds({ captures }) })
    const answer = await get(app, '/v1/leases/captures?state=lost&till=bar-1')
    expect(answer.json()).toMatchObject({
      totals: [{ asset: ASSET, on_the_way: { captures: 1, amount: 200 }, lost: { amount: 650 } }],
      items: [{ state: 'lost', hold: HOLD, amount: 650, till: 'bar-1', code: 'hold_over' }],
    })
    expect(answer.body).not.toMatch(/wal1|crd1/)
    expect(captures.mock.calls).toEqual([
      [{ place: PLACE, limit: 50, state: 'lost', till: 'bar-1' }],
    ])
  })
})

describe.each(LISTS)('GET %s', (url) => {
  test('goes on above the last item', async () => {
    const app = await openServer()
    const first = await get(app, `${url}?limit=1`)
    expect(first.headers['link']).toBe(`<${url}?limit=1&after=${first.json().next}>; rel="next"`)
    expect((await get(app, `${url}?limit=1&after=${first.json().next}`)).statusCode).toBe(200)
    expect((await get(app, `${url}?after=-`)).json()).toMatchObject({ code: 'cursor_invalid' })
  })

  test('is for keys of a place that may read, and for no holder', async () => {
    const actions = caller().actions.filter((action) => action !== 'read')
    const authenticate = () => ({ ok: true, caller: caller({ actions }) }) as const
    const barred = await get(await openServer({ credentials: { authenticate } }), url)
    expect(barred.json()).toMatchObject({ status: 403, code: 'action_not_granted' })
    const app = await openServer({ requests: holderOf(WALLET) })
    const holder = await get(app, url, { authorization: 'JWS a.b.c' })
    expect(holder.json()).toMatchObject({ status: 403, code: 'action_not_granted' })
  })
})

const holderOf = (wallet: typeof WALLET) =>
  fakeRequests({
    open: () => ({
      ok: true,
      signer: idOf('key', 9),
      visitor: { keyId: 'holder', owns: { wallet } },
      bodyHash: undefined,
      spend: () => 'spent',
    }),
  })

describe('what a holder is exposed to', () => {
  test('is shown hold by hold, with whom it is for', async () => {
    const app = await openServer({ requests: holderOf(WALLET) })
    const answer = await get(app, `/v1/wallets/${WALLET}/holds`, { authorization: 'JWS a.b.c' })
    const { id, purpose, asset, cap, captured, expires } = HOLD_VIEW
    expect(answer.json()).toEqual({
      items: [{ id, purpose, place: PLACE, asset, cap, captured, expires }],
      height: 42,
      time: TIME,
    })
  })

  test('is nobody else’s business', async () => {
    const answer = await get(await openServer(), `/v1/wallets/${idOf('wal', 2)}/holds`)
    expect(answer.json()).toMatchObject({ status: 404, code: 'record_unknown' })
  })
})

test('a hold that never ends by itself says no time', async () => {
  const { releaseAtMs: _, ...account } = holdAccount()
  const { expiresAtMs: __, ...hold } = account.hold
  const one = async () => ({ height: 1, timeMs: TIME_MS, value: { ...account, hold } })
  const answer = await get(await openServer({ holds: fakeHolds({ one }) }), `/v1/holds/${HOLD}`)
  expect(answer.json()).not.toHaveProperty('expires')
  expect(answer.json()).not.toHaveProperty('releases')
})

describe('orders about holds', () => {
  const order = {
    id: paymentId(),
    payers: [{ tag: '04A1B2C3' }],
    amount: 3_000,
    expires: '2026-06-21T19:04:05Z',
  }
  const ORDERS = [
    ['/v1/holds', order],
    [`/v1/holds/${HOLD}/captures`, { id: paymentId(), amount: 650 }],
    [`/v1/holds/${HOLD}/release`, { id: paymentId() }],
  ] as const

  test('say what is kept apart, for what, and until when', async () => {
    const openHold = vi.fn(fakeDesk().openHold)
    const app = await openServer({ desk: fakeDesk({ openHold }) })
    expect((await post(app, '/v1/holds', order)).statusCode).toBe(201)
    const more = { purpose: 'tab', asset: ASSET, graceMs: 60_000 }
    expect((await post(app, '/v1/holds', { ...order, ...more })).statusCode).toBe(201)
    const asked = {
      id: paymentId(),
      payer: { tag: '04A1B2C3' },
      amount: 3_000,
      unit: 'EUR',
      scale: 2,
      purpose: 'preauthorisation',
      expiresAtMs: Date.UTC(2026, 5, 21, 19, 4, 5),
    }
    expect(openHold.mock.calls.map(([first]) => first)).toEqual([asked, { ...asked, ...more }])
  })

  test.each([
    ['two payers', { payers: [{ tag: '04A1B2C3' }, { card: CARD }] }],
    ['no payer', { payers: [] }],
    ['no end', { expires: undefined }],
    ['an end of some local time', { expires: '2026-06-21T19:04:05+02:00' }],
    ['a purpose that only a settlement ends', { purpose: 'payout' }],
    ['more grace than there may be', { graceMs: HOLD_GRACE_MS_MAX + 1 }],
  ])('with %s are refused: 400', async (_, change) => {
    const answer = await post(await openServer(), '/v1/holds', { ...order, ...change })
    expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
  })

  test.each(ORDERS)('POST %s needs an id, in its body or in Idempotency-Key', async (url, body) => {
    const app = await openServer()
    const { id, ...rest } = body
    expect((await post(app, url, rest)).json()).toMatchObject({ code: 'request_invalid' })
    expect((await post(app, url, rest, { 'idempotency-key': id })).statusCode).toBe(201)
    const other = await post(app, url, body, { 'idempotency-key': paymentId(2) })
    expect(other.json()).toMatchObject({ code: 'idempotency_key_mismatch' })
  })

  test.each<[string, DeskAnswer, number, string]>([
    ['applied', applied(), 201, 'applied'],
    ['again', applied({ replayed: true }), 200, 'applied'],
    ['kept', outcome({ status: 'pending', sinceMs: TIME_MS }), 202, 'pending'],
    ['cancelled', outcome({ status: 'cancelled', event: event() }), 410, 'cancelled'],
    ['expired', outcome({ status: 'expired', height: 1, timeMs: TIME_MS }), 410, 'expired'],
    ['reused', { kind: 'turned_away', code: 'id_reused' }, 409, 'id_reused'],
    [
      'not kept',
      { kind: 'unavailable', code: 'node_blocked', retryAfterSeconds: 7 },
      503,
      'node_blocked',
    ],
  ])('are answered like a payment: %s', async (_, answer, status, said) => {
    const told = async () => answer
    const desk = fakeDesk({ openHold: told, captureHold: told, releaseHold: told })
    const app = await openServer({ desk })
    for (const [url, body] of ORDERS) {
      const { statusCode, json } = await post(app, url, body)
      expect([statusCode, json().code ?? json().status]).toEqual([status, said])
    }
  })

  test.each([
    [...ORDERS[0], 'lease_not_allowed'],
    [...ORDERS[1], 'hold_cap_exceeded'],
    [...ORDERS[2], 'hold_purpose_not_allowed'],
  ] as const)('POST %s is refused: 422', async (url, body, code) => {
    const told = async () => outcome({ status: 'refused', code, facts: {} })
    const desk = fakeDesk({ openHold: told, captureHold: told, releaseHold: told })
    const answer = await post(await openServer({ desk }), url, body)
    expect(answer.json()).toMatchObject({ status: 422, code, paymentId: paymentId() })
  })

  test('a capture that is on the disk alone is paid: 201 captured', async () => {
    const from = { card: CARD, wallet: WALLET, asset: ASSET }
    const state = { status: 'captured', hold: HOLD, amount: 650, from, left: 5 } as const
    const captureHold = async () => outcome({ ...state, capturedMs: TIME_MS })
    const app = await openServer({ desk: fakeDesk({ captureHold }) })
    const answer = await post(app, `/v1/holds/${HOLD}/captures`, { id: paymentId(), amount: 650 })
    expect(answer.json()).toMatchObject({ status: 'captured', lease: HOLD, amount: 650, left: 5 })
    expect(answer.statusCode).toBe(201)
  })

  test('a release waits for what is on its way: 409 with Retry-After', async () => {
    const releaseHold = async () => ({ kind: 'unclear', code: 'captures_pending' }) as const
    const app = await openServer({ desk: fakeDesk({ releaseHold }) })
    const answer = await post(app, `/v1/holds/${HOLD}/release`, { id: paymentId() })
    expect(answer.json()).toMatchObject({ status: 409, code: 'captures_pending', retryable: true })
    expect(answer.headers['retry-after']).toBe('1')
  })

  test('a hold with another key is not captured here: 409', async () => {
    const captureHold = async () => ({ kind: 'unclear', code: 'hold_elsewhere' }) as const
    const app = await openServer({ desk: fakeDesk({ captureHold }) })
    const answer = await post(app, `/v1/holds/${HOLD}/captures`, { id: paymentId(), amount: 650 })
    expect(answer.json()).toMatchObject({ status: 409, code: 'hold_elsewhere', recorded: false })
  })

  test('a till with a key of its own captures too, by the key of the node', async () => {
    const authenticate = () => ({ ok: true, caller: caller({ signs: 'itself' }) }) as const
    const app = await openServer({ credentials: { authenticate } })
    const answers = ORDERS.map(([url, body]) => post(app, url, body))
    expect((await Promise.all(answers)).map(({ statusCode }) => statusCode)).toEqual([
      403, 201, 403,
    ])
  })
})

function outcome(state: TransactionState): DeskAnswer {
  return { kind: 'outcome', id: paymentId(), state, replayed: false }
}
