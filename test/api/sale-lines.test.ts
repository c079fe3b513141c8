import { describe, expect, test, vi } from 'vitest'
import type { PaymentOrder, TopUpOrder } from '#api/ports/desk.ts'
import { ASSET, applied, fakeDesk, idOf, paymentId } from './fake-ports.ts'
import { openServer, post } from './open-server.ts'

const TIP = { line: 'tip', wallet: idOf('wal', 3), amount: 50 } as const
const body = (change: object) => ({
  id: paymentId(),
  payers: [{ tag: '04A1B2C3' }],
  amount: 650,
  ...change,
})

describe('POST /v1/payments', () => {
  const taken = async (change: object) => {
    const orders: PaymentOrder[] = []
    const pay = async (order: PaymentOrder) => {
      orders.push(order)
      return applied()
    }
    const app = await openServer({ desk: fakeDesk({ pay }) })
    return { answer: await post(app, '/v1/payments', body(change)), orders }
  }

  test.each([
    [[TIP]],
    [[{ line: 'deposit', amount: 100 }, TIP]],
    [[{ line: 'membership', asset: idOf('ast', 4), amount: 650 }]],
    [[{ line: 'topup', asset: ASSET, amount: 700, price: 650 }]],
  ])('passes the lines %j on', async (lines) => {
    const { answer, orders } = await taken({ lines })
    expect(answer.statusCode).toBe(201)
    expect(orders[0]?.lines).toEqual(lines)
  })

  test.each([
    ['more than the amount', { lines: [{ line: 'deposit', amount: 651 }] }],
    [
      'two memberships',
      {
        lines: [4, 5].map((n) => ({ line: 'membership', asset: idOf('ast', n), amount: 1 })),
      },
    ],
    ['no line at all', { lines: [] }],
    [
      'an asset paid with and bought',
      {
        assets: [ASSET],
        lines: [{ line: 'topup', asset: ASSET, amount: 1 }],
      },
    ],
    ['a line of no known sort', { lines: [{ line: 'goods', amount: 1 }] }],
  ])('refuses %s before the desk sees it', async (_, change) => {
    const { answer, orders } = await taken(change)
    expect(answer.json()).toMatchObject({ status: 400, code: 'request_invalid' })
    expect(orders).toEqual([])
  })

  test('passes on what an attester and a second minter signed', async () => {
    const { orders } = await taken({
      payers: [{ tag: '04A1B2C3', tap: 'a.b.c' }],
      consents: ['d.e.f'],
    })
    expect(orders[0]).toMatchObject({ payers: [{ tap: 'a.b.c' }], consents: ['d.e.f'] })
  })
})

describe('POST /v1/topups', () => {
  test.each([
    ['cash', undefined],
    ['terminal', undefined],
    ['gift', 'gift'],
  ])('by %s issues money of the category %s', async (means, category) => {
    const topUp = vi.fn(async (_order: TopUpOrder) => applied())
    const app = await openServer({ desk: fakeDesk({ topUp }) })
    await post(app, '/v1/topups', { id: paymentId(), tag: '04A1B2C3', amount: 100, means })
    expect(topUp.mock.calls[0]?.[0].category).toBe(category)
  })
})
