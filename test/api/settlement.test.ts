import { describe, expect, test, vi } from 'vitest'
import type { Caller } from '#api/ports/caller.ts'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import { fakeBooks } from './fake-books.ts'
import {
  ASSET,
  caller,
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

const OTHER = idOf('plc', 2)
const PART = { asset: ASSET, amount: 100 }

describe('payouts', () => {
  test('that wait are listed with who pays them, their age and whether it is too high', async () => {
    const answer = await get(await openServer({ books: fakeBooks() }), '/v1/payouts')
    expect(answer.json().items).toMatchObject([
      { id: idOf('hld'), status: 'open', payer: 'gateway', amount: 500, ageSeconds: 60 },
      { id: idOf('hld', 3), status: 'overdue', payer: 'place' },
    ])
    expect(answer.json().items[1].since).toBeUndefined()
  })

  test('are gone through above the last one that was shown', async () => {
    const openPayouts = vi.fn(fakeBooks().openPayouts)
    const app = await openServer({ books: fakeBooks({ openPayouts }) })
    const first = await get(app, '/v1/payouts?limit=2')
    expect(first.headers['link']).toContain(`after=${first.json().next}`)
    await get(app, `/v1/payouts?limit=2&after=${first.json().next}`)
    const after = { height: TIME_MS, index: 7 }
    expect(openPayouts.mock.calls).toEqual([
      [PLACE, { limit: 2 }],
      [PLACE, { limit: 2, after }],
    ])
  })

  test('are settled by what the bank calls them, of which the hash alone goes on', async () => {
    const endPayout = vi.fn(fakeDesk().endPayout)
    const app = await openServer({ desk: fakeDesk({ endPayout }) })
    const url = `/v1/payouts/${idOf('hld')}/settlements`
    const body = { id: paymentId(), paid: true, reference: 'SEPA 2026-11-30/17' }
    expect((await post(app, url, body)).statusCode).toBe(201)
    expect(endPayout.mock.calls[0]?.[0]).toEqual({
      id: paymentId(),
      hold: idOf('hld'),
      paid: true,
      reference: hashOf(utf8('SEPA 2026-11-30/17')),
    })
    expect((await post(app, url, { ...body, reference: '' })).statusCode).toBe(400)
  })

  test.each([
    ['grant_bounded', 403],
    ['place_key_missing', 409],
  ] as const)('of a place whose key does not sign: %s', async (code, status) => {
    const endPayout = async () => ({ kind: 'unclear', code }) as const
    const app = await openServer({ desk: fakeDesk({ endPayout }) })
    const body = { id: paymentId(), paid: false, reference: 'x' }
    const answer = await post(app, `/v1/payouts/${idOf('hld')}/settlements`, body)
    expect(answer.json()).toMatchObject({ status, code, recorded: false })
  })
})

describe('clearing', () => {
  const open = { kind: 'clearing.open', other: OTHER, gives: [PART], takes: [] }

  test('shows what is owed either way, and in a list of its own what was opened', async () => {
    const app = await openServer({ books: fakeBooks() })
    const owed = await get(app, '/v1/clearing')
    expect(owed.json()).toMatchObject({
      items: [{ place: OTHER, owed: [{ available: 300, held: 100 }], owing: [] }],
      next: '0-1',
    })
    expect((await get(app, '/v1/clearing/open')).json()).toMatchObject({
      items: [{ id: paymentId(5), opener: PLACE, other: OTHER, status: 'open', ageSeconds: 60 }],
    })
  })

  test('goes from a proposal over a consent to a transaction', async () => {
    const clear = vi.fn(fakeDesk().clear)
    const app = await openServer({ desk: fakeDesk({ clear }) })
    const proposed = await post(app, '/v1/clearing/proposals', { id: paymentId(), ...open })
    expect(proposed.json()).toMatchObject({
      proposal: { id: paymentId(), body: { ...open, place: PLACE }, expires: TIME },
    })
    const { proposal } = proposed.json()
    const agreed = await post(app, '/v1/clearing/consents', { proposal })
    const { consent } = agreed.json()
    expect((await post(app, '/v1/clearing', { proposal, consent })).statusCode).toBe(201)
    expect(clear.mock.calls[0]?.[0].proposal.body).toEqual(proposal.body)
  })

  test.each(['/v1/clearing/proposals', '/v1/clearing/consents', '/v1/clearing'])(
    'POST %s wants the action of the kind',
    async (url) => {
      const actions = caller().actions.filter((action) => action !== 'clearing.open')
      const authenticate = () => ({ ok: true, caller: caller({ actions }) }) as const
      const app = await openServer({ credentials: { authenticate } })
      const proposal = { id: paymentId(), body: { ...open, place: PLACE }, expires: TIME }
      const body = url.endsWith('proposals')
        ? { id: paymentId(), ...open }
        : { proposal, ...(url === '/v1/clearing' && { consent: 'a.b.c' }) }
      expect((await post(app, url, body)).json()).toMatchObject({ code: 'action_not_granted' })
    },
  )
})

describe('GET /v1/reserves', () => {
  test('tells where all of an asset is, page by page', async () => {
    const app = await openServer({ books: fakeBooks() })
    const first = await get(app, '/v1/reserves?limit=1')
    expect(first.json().items[0]).toMatchObject({
      supply: 2_000,
      inWallets: 1_350,
      atPlaces: 650,
      deficit: 50,
      backed: 1_950,
    })
    expect(first.headers['link']).toContain('rel="next"')
    const second = await get(app, `/v1/reserves?limit=1&after=${first.json().next}`)
    expect(second.json().items[0].asset).toBe(idOf('ast', 2))
  })
})

describe('where each place has how much', () => {
  const { actions } = caller()
  const reading = async (visitor: Partial<Caller>) => {
    const reserves = vi.fn(fakeBooks().reserves)
    const authenticate = () => ({ ok: true, caller: caller(visitor) }) as const
    const app = await openServer({
      books: fakeBooks({ reserves }),
      credentials: { authenticate },
    })
    expect((await get(app, '/v1/reserves')).statusCode).toBe(200)
    return reserves.mock.calls[0]?.[0].reader
  }

  test('is read in the eyes of a place whose key may read', async () => {
    expect(await reading({})).toBe(PLACE)
  })

  test('is not for a key that may not, nor for a holder', async () => {
    const sale = actions.filter((action) => action === 'sale')
    expect(await reading({ actions: sale })).toBeUndefined()
    const reserves = vi.fn(fakeBooks().reserves)
    const requests = fakeRequests({
      open: () => ({
        ok: true,
        signer: idOf('key', 9),
        visitor: { keyId: 'holder', owns: { wallet: WALLET } },
        bodyHash: undefined,
        spend: () => 'spent',
      }),
    })
    const app = await openServer({ books: fakeBooks({ reserves }), requests })
    const headers = { authorization: 'JWS a.b.c' }
    expect((await get(app, '/v1/reserves', headers)).statusCode).toBe(200)
    expect(reserves.mock.calls[0]?.[0]).toEqual({ from: 0, limit: 50 })
  })
})

describe('services', () => {
  test.each([
    ['/v1/memberships', { tag: '04A1B2C3', amount: 1_000 }],
    ['/v1/badges', { wallet: idOf('wal'), direction: 'in' }],
  ])('POST %s', async (url, body) => {
    const app = await openServer()
    expect((await post(app, url, { id: paymentId(), ...body })).statusCode).toBe(201)
    const two = { id: paymentId(), ...body, card: idOf('crd'), asset: ASSET }
    expect((await post(app, url, two)).statusCode).toBe(400)
    expect((await post(app, url, body)).statusCode).toBe(400)
  })
})
