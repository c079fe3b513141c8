import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { ApiClient } from '#scripts/festival/api-client.ts'
import { Book } from '#scripts/festival/book.ts'
import { createCounter } from '#scripts/festival/counter.ts'
import { loadedPhase } from '#scripts/festival/evening.ts'

const Order = z.looseObject({ amount: z.number().optional() })

/** A node that accepts whatever it is asked for, and has the outcomes once the link is back. */
const openNode = async () => {
  const amounts = new Map<string, number>()
  const node = { isLinked: false }
  const server = createServer(async (request, response) => {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    const id = request.url?.split('/').at(-1) ?? ''
    if (request.method === 'POST') {
      const { id: named, amount } = Order.parse(await json(request))
      if (amount !== undefined) amounts.set(String(named), amount)
      answer(202, { status: 'pending' })
    } else if (node.isLinked) {
      answer(200, { status: 'applied', amount: amounts.get(id), height: 1, index: 0 })
    } else answer(200, { status: 'pending' })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { node, server, apiUrl: `http://127.0.0.1:${address.port}` }
}

test('a till sets aside who waits for an outcome, serves the next, and learns of all in the end', async () => {
  const { node, server, apiUrl } = await openNode()
  const client = new ApiClient({ apiUrl, connectionsMax: 8 })
  const till = { label: 'till', client }
  const venue = {
    ...{ name: 'bar', directory: '', apiUrl, placeId: 'place', assetId: 'money', tills: [till] },
  }
  const book = new Book()
  const cards = [{ id: 'card', face: { tag: '04' } }]
  const counter = createCounter({ venue, till, cards, book })
  const durationMs = 400
  const isDone = loadedPhase({ counters: [counter], inFlight: 1, durationMs, asideMs: 50 })
  setTimeout(() => {
    node.isLinked = true
  }, 2 * durationMs)
  try {
    const seconds = await isDone
    expect(seconds * 1_000).toBeGreaterThanOrEqual(2 * durationMs)
    expect(book.entries.length).toBeGreaterThanOrEqual(3)
    expect(book.applied()).toHaveLength(book.entries.length)
    expect(book.contradictions).toEqual([])
  } finally {
    client.close()
    server.close()
  }
})
