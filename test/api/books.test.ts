import { describe, expect, test, vi } from 'vitest'
import { HEIGHT_WAIT_MS, READ_DEADLINE_MS } from '#api/limits.ts'
import type { Page } from '#api/ports/ledger.ts'
import {
  type BookLine,
  type Closing,
  LINES_PER_TRANSACTION,
  type PlaceBooks,
} from '#api/ports/ledger-books.ts'
import { cursorOf } from '#api/schemas/list.ts'
import { ASSET, asset, at, HEIGHT, PLACE, paymentId, TIME, TIME_MS, WALLET } from './fake-ports.ts'
import { AUTHORIZED, get, openServer } from './open-server.ts'

const line = (change: Partial<BookLine> = {}): BookLine => ({
  height: 7,
  index: 2,
  line: 1,
  timeMs: TIME_MS,
  id: paymentId(),
  kind: 'sale',
  till: 'bar-1',
  account: 'place',
  wallet: WALLET,
  asset: { ...asset(), vat: 'multi_purpose' },
  change: 650,
  held: 0,
  ...change,
})
const CURSOR = cursorOf({ height: 7, index: 2 * LINES_PER_TRANSACTION + 1 })

const books = (lines: readonly BookLine[], change: Partial<PlaceBooks> = {}) => {
  const placeBooks: PlaceBooks = {
    closings: vi.fn(async () =>
      at<Page<Closing>>({
        items: [
          {
            day: '2026-06-21',
            openingHeight: 5,
            closingHeight: HEIGHT,
            complete: false,
            tills: [
              {
                till: 'bar-1',
                transactions: 1,
                takings: [
                  { asset: asset(), sold: 650, refunded: 0, tips: 0, issued: 0, burned: 0 },
                ],
                sums: [{ asset: asset(), kind: 'sale', account: 'place', lines: 1, change: 650 }],
              },
            ],
          },
        ],
        next: { height: 5, index: 0 },
      }),
    ),
    lines: vi.fn(async () => ({
      head: { height: HEIGHT, timeMs: TIME_MS },
      lines: (async function* () {
        yield* lines
      })(),
    })),
    ...change,
  }
  return placeBooks
}

describe('GET /v1/closings', () => {
  test('tells a day by till, with the page before it', async () => {
    const placeBooks = books([])
    const answer = await get(await openServer({ placeBooks }), '/v1/closings?till=bar-1&limit=1')
    expect(answer.json()).toMatchObject({
      items: [
        {
          day: '2026-06-21',
          openingHeight: 5,
          closingHeight: HEIGHT,
          complete: false,
          tills: [
            {
              till: 'bar-1',
              takings: [{ asset: ASSET, code: 'BAR', sold: 650 }],
              sums: [{ kind: 'sale', account: 'place', change: 650 }],
            },
          ],
        },
      ],
      height: HEIGHT,
      time: TIME,
    })
    expect(answer.headers['link']).toBe(`</v1/closings?till=bar-1&limit=1&after=5-0>; rel="next"`)
    expect(placeBooks.closings).toHaveBeenCalledWith(
      { place: PLACE, limit: 1, till: 'bar-1' },
      expect.objectContaining({ keyId: 'till-1' }),
    )
  })

  test.each([
    ['?day=2026-02-30', 'request_invalid'],
    ['?day=yesterday', 'request_invalid'],
    ['?limit=0', 'request_invalid'],
    ['?after=x', 'cursor_invalid'],
  ])('%s: 400', async (query, code) => {
    const answer = await get(await openServer(), `/v1/closings${query}`)
    expect(answer.json()).toMatchObject({ status: 400, code })
  })

  test('that are not added up yet: 503, to be asked again', async () => {
    const placeBooks = books([], { closings: async () => 'busy', lines: async () => 'busy' })
    const app = await openServer({ placeBooks })
    for (const url of ['/v1/closings', '/v1/exports']) {
      const answer = await get(app, url)
      expect(answer.json()).toMatchObject({ code: 'node_overloaded', retryable: true })
      expect(answer.headers['retry-after']).toBeDefined()
    }
  })
})

describe('GET /v1/exports', () => {
  test('as JSON Lines', async () => {
    const lines = [line(), line({ line: 2, account: 'holders', change: -650 })]
    const answer = await get(await openServer({ placeBooks: books(lines) }), '/v1/exports')
    expect(answer.headers['content-type']).toBe('application/jsonl; charset=utf-8')
    expect(answer.headers['x-ledger-height']).toBe(String(HEIGHT))
    const rows = answer.body
      .trimEnd()
      .split('\n')
      .map((text) => JSON.parse(text))
    expect(rows).toHaveLength(2)
    expect(rows[0]).toEqual({
      cursor: CURSOR,
      time: TIME,
      height: 7,
      index: 2,
      line: 1,
      id: paymentId(),
      kind: 'sale',
      till: 'bar-1',
      account: 'place',
      wallet: WALLET,
      asset: ASSET,
      code: 'BAR',
      category: 'local',
      unit: 'EUR',
      scale: 2,
      vat: 'multi_purpose',
      change: 650,
      held: 0,
    })
  })

  test('as CSV: the same facts in columns', async () => {
    const { till: _, ...unnamed } = line({ asset: asset() })
    const placeBooks = books([line(), unnamed])
    const answer = await get(await openServer({ placeBooks }), '/v1/exports?format=csv')
    const [head, first, second, rest] = answer.body.split('\r\n')
    expect(head?.split(',')).toHaveLength(18)
    expect(first).toBe(
      `${CURSOR},${TIME},7,2,1,${paymentId()},sale,bar-1,place,${WALLET},${ASSET},BAR,local,EUR,2,multi_purpose,650,0`,
    )
    expect(second?.split(',')).toHaveLength(18)
    expect(rest).toBe('')
  })

  test('passes days, till and cursor on', async () => {
    const placeBooks = books([])
    const app = await openServer({ placeBooks })
    await get(app, `/v1/exports?from=2026-06-20&to=2026-06-21&till=bar-1&after=${CURSOR}`)
    expect(placeBooks.lines).toHaveBeenCalledWith(
      {
        place: PLACE,
        fromMs: Date.UTC(2026, 5, 20),
        beforeMs: Date.UTC(2026, 5, 22),
        till: 'bar-1',
        after: { height: 7, index: 2 * LINES_PER_TRANSACTION + 1 },
      },
      expect.anything(),
    )
  })

  test('of many lines comes whole, and lets go of the node', async () => {
    const lines = Array.from({ length: 5_000 }, (_, n) => line({ height: n + 1 }))
    const app = await openServer({ placeBooks: books(lines) })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const response = await fetch(`${url}/v1/exports`, { headers: AUTHORIZED })
    expect((await response.text()).trimEnd().split('\n')).toHaveLength(5_000)
  })

  test('that took so long to begin that it was answered for is let go of', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    try {
      type Lines = Exclude<Awaited<ReturnType<PlaceBooks['lines']>>, 'busy'>
      const late = Promise.withResolvers<Lines>()
      const lines = vi.fn(() => late.promise)
      const asked = get(await openServer({ placeBooks: books([], { lines }) }), '/v1/exports')
      await vi.waitFor(() => expect(lines).toHaveBeenCalled())
      await vi.advanceTimersByTimeAsync(HEIGHT_WAIT_MS + READ_DEADLINE_MS)
      expect((await asked).statusCode).toBe(503)
      const never = (async function* () {
        yield line()
      })()
      const left = vi.spyOn(never, 'return')
      const next = vi.spyOn(never, 'next')
      late.resolve({ head: { height: HEIGHT, timeMs: TIME_MS }, lines: never })
      await vi.waitFor(() => expect(left).toHaveBeenCalled())
      expect(next).not.toHaveBeenCalled()
    } finally {
      vi.useRealTimers()
    }
  })

  test('that breaks off on the way is cut, not ended', async () => {
    const lines = async () => ({
      head: { height: HEIGHT, timeMs: TIME_MS },
      lines: (async function* () {
        yield line()
        throw new Error('the disk')
      })(),
    })
    const app = await openServer({ placeBooks: books([], { lines }) })
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const asked = fetch(`${url}/v1/exports`, { headers: AUTHORIZED })
    await expect(asked.then((response) => response.text())).rejects.toThrow()
  })
})
