import { describe, expect, test, vi } from 'vitest'
import type { BatchAnswer, BatchOrder } from '#api/ports/card-desk.ts'
import { CARD, fakeDesk, idOf, paymentId, TIME_MS } from './fake-ports.ts'
import { openServer, post } from './open-server.ts'

const SECRET = '000102030405060708090a0b0c0d0e0f'
const tags = (count: number) =>
  Array.from({ length: count }, (_, n) => ({ tag: (0x04000000 + n).toString(16).padStart(8, '0') }))
const body = (change: object = {}) => ({
  id: paymentId(),
  batch: 'summer',
  strength: 'weak',
  cards: tags(2),
  ...change,
})

describe('POST /v1/card-batches', () => {
  test('tells the claim codes of new cards, in their order', async () => {
    const answer = await post(await openServer(), '/v1/card-batches', body({ claims: true }))
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toMatchObject({
      transaction: { status: 'applied' },
      cards: [
        { card: idOf('crd', 1), claim: '01'.repeat(16) },
        { card: idOf('crd', 2), claim: '02'.repeat(16) },
      ],
    })
  })

  test('tells them also when the outcome is not known yet, since nobody keeps them', async () => {
    const registerBatch = async (): Promise<BatchAnswer> => ({
      kind: 'batch',
      settlement: {
        kind: 'outcome',
        id: paymentId(),
        state: { status: 'pending', sinceMs: TIME_MS },
        replayed: false,
      },
      cards: [{ card: CARD, claim: new Uint8Array(16).fill(7) }],
    })
    const app = await openServer({ desk: fakeDesk({ registerBatch }) })
    const answer = await post(app, '/v1/card-batches', body({ claims: true }))
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe(`/v1/transactions/${paymentId()}`)
    expect(answer.json()).toMatchObject({
      transaction: { status: 'pending' },
      cards: [{ claim: '07'.repeat(16) }],
    })
  })

  test('hands on what was asked', async () => {
    const registerBatch = vi.fn(fakeDesk().registerBatch)
    const app = await openServer({ desk: fakeDesk({ registerBatch }) })
    const mandate = { caps: { charge: 500, day: 1_000 } }
    await post(app, '/v1/card-batches', body({ mandate, activate: true, claims: true }))
    const order: BatchOrder | undefined = registerBatch.mock.calls[0]?.[0]
    expect(order).toMatchObject({ batch: 'summer', mandate, activate: true, claims: true })
    expect(order?.cards).toEqual(tags(2).map(({ tag }) => ({ tag: tag.toUpperCase() })))
  })

  test.each([
    ['500 of them', { cards: tags(500) }, 201],
    ['501', { cards: tags(501) }, 400],
    ['none', { cards: [] }, 400],
    ['360 with claims', { cards: tags(360), claims: true }, 201],
    ['361 with claims', { cards: tags(361), claims: true }, 400],
    ['99 to activate', { cards: tags(99), activate: true }, 201],
    ['100 to activate', { cards: tags(100), activate: true }, 400],
    ['a secret among weak ones', { cards: [...tags(1), { secret: SECRET }] }, 400],
    ['a tag among secret ones', { strength: 'secret', cards: tags(1) }, 400],
  ])('%s: %j', async (_, change, status) => {
    const answer = await post(await openServer(), '/v1/card-batches', body(change))
    expect(answer.statusCode).toBe(status)
  })
})

describe('POST /v1/cards/:tag/…', () => {
  test('replace names the card that takes over, and the claim code', async () => {
    const replaceCard = vi.fn(fakeDesk().replaceCard)
    const app = await openServer({ desk: fakeDesk({ replaceCard }) })
    const url = `/v1/cards/${CARD}/replace`
    const answer = await post(app, url, {
      id: paymentId(),
      with: { tag: '04A1B2C3' },
      claim: SECRET,
    })
    expect(answer.json()).toMatchObject({ card: { state: 'replaced' } })
    expect(replaceCard.mock.calls[0]?.[0]).toMatchObject({
      card: { card: CARD },
      with: { tag: '04A1B2C3' },
      claim: expect.any(Uint8Array),
    })
    expect((await post(app, url, { id: paymentId() })).statusCode).toBe(400)
  })

  test('link under another id than the transaction’s: 400', async () => {
    const app = await openServer()
    const payload = {
      transaction: `a.${Buffer.from(JSON.stringify({ jti: paymentId(1) })).toString('base64url')}.c`,
    }
    const send = (id: string) =>
      app.inject({
        method: 'POST',
        url: `/v1/cards/${CARD}/link`,
        headers: { 'idempotency-key': id },
        payload,
      })
    expect((await send(paymentId(2))).json()).toMatchObject({ code: 'idempotency_key_mismatch' })
    expect((await send(paymentId(1))).statusCode).toBe(201)
  })

  test('link needs no key, and only what links this card', async () => {
    const url = `/v1/cards/${CARD}/link`
    const app = await openServer()
    const send = (open: typeof app) =>
      open.inject({ method: 'POST', url, payload: { transaction: 'a.b.c' } })
    expect((await send(app)).statusCode).toBe(201)
    const linkCard = async () => ({ kind: 'unclear', code: 'order_mismatch' }) as const
    const other = await openServer({ desk: fakeDesk({ linkCard }) })
    expect((await send(other)).json()).toMatchObject({ status: 400, code: 'order_mismatch' })
  })

  test('link tells nobody whether a tag is of the card: it takes no tag', async () => {
    const linkCard = vi.fn(async () => ({ kind: 'unclear', code: 'order_mismatch' }) as const)
    const app = await openServer({ desk: fakeDesk({ linkCard }) })
    const payload = { transaction: 'a.b.c' }
    const answer = await app.inject({ method: 'POST', url: '/v1/cards/04A1B2C3/link', payload })
    expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    expect(linkCard).not.toHaveBeenCalled()
  })

  test.each(['unblock', 'void'])('%s answers the card', async (path) => {
    const answer = await post(await openServer(), `/v1/cards/${CARD}/${path}`, {})
    expect(answer.json()).toMatchObject({ card: { id: CARD } })
  })
})
