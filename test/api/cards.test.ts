import { describe, expect, test, vi } from 'vitest'
import type { CashoutOrder, TopUpOrder } from '#api/ports/desk.ts'
import type { CardAnswer } from '#api/ports/outcome.ts'
import {
  ASSET,
  applied,
  at,
  CARD,
  card,
  cardAccount,
  event,
  fakeDesk,
  fakeLedger,
  HEIGHT,
  paymentId,
  TIME,
  TIME_MS,
  WALLET,
} from './fake-ports.ts'
import { get, openServer, post } from './open-server.ts'

const SECRET = '000102030405060708090a0b0c0d0e0f'
const BYTES = new Uint8Array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15])

describe('POST /v1/cards', () => {
  const register = async (answer: CardAnswer, body: object) => {
    const registerCard = vi.fn(async () => answer)
    const app = await openServer({ desk: fakeDesk({ registerCard }) })
    return { answer: await post(app, '/v1/cards', body), registerCard }
  }

  test('registers and activates a weak card by its tag', async () => {
    const done = { status: 'applied', event: event({ kind: 'batch' }), id: paymentId() } as const
    const { answer, registerCard } = await register(
      { kind: 'card', card: card(), applied: done, replayed: false },
      { tag: '04a1b2c3', activate: true },
    )
    expect(answer.statusCode).toBe(201)
    expect(registerCard).toHaveBeenCalledWith(
      { card: { tag: '04A1B2C3' }, activate: true },
      expect.anything(),
    )
    expect(answer.json()).toMatchObject({
      card: { id: CARD, strength: 'weak', state: 'active', batch: 'spring' },
      transaction: { status: 'applied', kind: 'batch', height: HEIGHT, time: TIME },
    })
  })

  test('registers a secret card by its secret, with the id of the client', async () => {
    const { registerCard } = await register(
      { kind: 'card', card: card({ strength: 'secret' }), replayed: false },
      { id: paymentId(), secret: SECRET },
    )
    expect(registerCard).toHaveBeenCalledWith(
      { id: paymentId(), card: { secret: BYTES }, activate: false },
      expect.anything(),
    )
  })

  test('answers a card that already is as asked: 200, a replay', async () => {
    const same = { kind: 'card', card: card(), replayed: true } as const
    const { answer } = await register(same, { tag: '04A1B2C3' })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['idempotent-replayed']).toBe('true')
    expect(answer.json().transaction).toBeUndefined()
  })

  test('that is refused, kept or turned away answers as a payment does', async () => {
    const id = paymentId()
    const refused = { status: 'refused', code: 'card_exists', facts: {} } as const
    const one = await register(
      { kind: 'outcome', id, state: refused, replayed: false },
      { tag: '04A1B2C3' },
    )
    expect(one.answer.json()).toMatchObject({ status: 422, code: 'card_exists', paymentId: id })
    const pending = { status: 'pending', sinceMs: TIME_MS } as const
    const two = await register(
      { kind: 'outcome', id, state: pending, replayed: false },
      { tag: '04A1B2C3' },
    )
    expect(two.answer.statusCode).toBe(202)
    const three = await register({ kind: 'turned_away', code: 'id_reused' }, { tag: '04A1B2C3' })
    expect(three.answer.statusCode).toBe(409)
  })

  test.each([{}, { tag: '04A1B2C3', secret: SECRET }, { tag: '' }, { card: CARD }])(
    'needs exactly one of tag and secret: not %o',
    async (body) => {
      const answer = await post(await openServer(), '/v1/cards', body)
      expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    },
  )
})

describe('a card in an address', () => {
  test.each([
    ['04A1B2C3', { tag: '04A1B2C3' }],
    ['04:a1:b2:c3', { tag: '04A1B2C3' }],
    [CARD, { card: CARD }],
  ])('written %s', async (text, name) => {
    const find = vi.fn(async () => at(cardAccount()))
    const block = vi.fn(async () => ({ kind: 'card', card: card(), replayed: false }) as const)
    const app = await openServer({
      ledger: fakeLedger({ card: find }),
      desk: fakeDesk({ blockCard: block, activateCard: block }),
    })
    expect((await get(app, `/v1/cards/${text}`)).statusCode).toBe(200)
    expect(find).toHaveBeenCalledWith(name, { place: card().place })
    await post(app, `/v1/cards/${text}/block`, undefined)
    await post(app, `/v1/cards/${text}/activate`, { id: paymentId() })
    expect(block).toHaveBeenNthCalledWith(1, { card: name }, expect.anything())
    expect(block).toHaveBeenNthCalledWith(2, { card: name, id: paymentId() }, expect.anything())
  })

  test.each([
    [undefined, 404, 'record_unknown'],
    ['denied', 403, 'card_not_readable'],
    ['tags_not_supported', 400, 'tags_not_supported'],
  ] as const)('found to be %s: %i', async (value, status, code) => {
    const app = await openServer({ ledger: fakeLedger({ card: async () => at(value) }) })
    const answer = await get(app, '/v1/cards/04A1B2C3')
    expect(answer.json()).toMatchObject({ status, code })
  })

  test.each(['xyz', SECRET, 'crd1qqq'])('is never %s', async (text) => {
    const answer = await get(await openServer(), `/v1/cards/${text}`)
    expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
  })

  test('answers the card with its balances and the height', async () => {
    const answer = await get(await openServer(), '/v1/cards/04A1B2C3')
    expect(answer.json()).toMatchObject({
      card: { id: CARD },
      balances: [{ asset: ASSET, code: 'BAR', unit: 'EUR', scale: 2, available: 1_350, held: 0 }],
      height: HEIGHT,
      time: TIME,
    })
  })
})

describe('money in and out', () => {
  test.each([
    [{ tag: '04A1B2C3' }, { tag: '04A1B2C3' }],
    [{ secret: SECRET }, { secret: BYTES }],
    [{ card: CARD }, { card: CARD }],
    [{ wallet: WALLET }, { wallet: WALLET }],
  ])('POST /v1/topups to %o', async (named, to) => {
    const orders: TopUpOrder[] = []
    const topUp = async (order: TopUpOrder) => {
      orders.push(order)
      return applied()
    }
    const app = await openServer({ desk: fakeDesk({ topUp }) })
    const body = { id: paymentId(), ...named, amount: 2_000 }
    expect((await post(app, '/v1/topups', body)).statusCode).toBe(201)
    expect((await post(app, '/v1/topups', { ...body, asset: ASSET })).statusCode).toBe(201)
    expect(orders).toEqual([
      { id: paymentId(), to, amount: 2_000 },
      { id: paymentId(), to, amount: 2_000, asset: ASSET },
    ])
  })

  test('POST /v1/topups to nobody, or to two: 400', async () => {
    const app = await openServer()
    const body = { id: paymentId(), amount: 2_000 }
    expect((await post(app, '/v1/topups', body)).statusCode).toBe(400)
    const two = { ...body, tag: '04A1B2C3', card: CARD }
    expect((await post(app, '/v1/topups', two)).statusCode).toBe(400)
  })

  test('POST /v1/cards/:tag/cashout carries the secret that consents', async () => {
    const orders: CashoutOrder[] = []
    const cashOut = async (order: CashoutOrder) => {
      orders.push(order)
      return applied()
    }
    const app = await openServer({ desk: fakeDesk({ cashOut }) })
    const body = { id: paymentId(), amount: 100, secret: SECRET }
    expect((await post(app, `/v1/cards/${CARD}/cashout`, body)).statusCode).toBe(201)
    expect(orders).toEqual([{ id: paymentId(), payer: { card: CARD }, amount: 100, secret: BYTES }])
  })

  test('POST /v1/payments/:id/refunds gives back all, or a part', async () => {
    const refund = vi.fn(async () => applied())
    const app = await openServer({ desk: fakeDesk({ refund }) })
    const url = `/v1/payments/${paymentId(2)}/refunds`
    await post(app, url, { id: paymentId() })
    await post(app, url, { id: paymentId(), amount: 100 })
    expect(refund).toHaveBeenNthCalledWith(
      1,
      { id: paymentId(), sale: paymentId(2) },
      expect.anything(),
    )
    expect(refund).toHaveBeenNthCalledWith(
      2,
      { id: paymentId(), sale: paymentId(2), amount: 100 },
      expect.anything(),
    )
  })
})
