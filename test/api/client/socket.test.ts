import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { apiKey } from '#api/client/credential.ts'
import { memoryJournal } from '#api/client/journal.ts'
import { openTill, type Till } from '#api/client/till.ts'
import { TIME, viewOf } from './hostile-node.ts'

const servers: Server[] = []
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((closed) => server.close(closed))
  }
})

type Handler = (response: ServerResponse, body: string, count: number) => void

/** A till before a server on a real socket, which answers as it likes. */
const tillAt = async (handle: Handler): Promise<Till> => {
  let count = 0
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => handle(response, Buffer.concat(chunks).toString(), ++count))
  })
  servers.push(server)
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const { port } = addressOf(server)
  const url = `http://127.0.0.1:${port}`
  return await openTill({ url, journal: memoryJournal(), credential: apiKey('krm_live_x') })
}

const addressOf = (server: Server): AddressInfo => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address
}

const ORDER = { payers: [{ tag: '04A1B2C3' }], amount: 650 }
const JSON_TYPE = { 'content-type': 'application/json' }

const idIn = (body: string): string => /"id":"([^"]+)"/.exec(body)?.[1] ?? ''
const answer = (response: ServerResponse, body: string): void => {
  response.writeHead(201, JSON_TYPE).end(JSON.stringify(viewOf(idIn(body), 'applied')))
}

describe('over a real socket', () => {
  const spoiled: Record<string, (response: ServerResponse, body: string) => void> = {
    'a connection that is reset': (response) => response.destroy(),
    'an answer that is cut off': (response, body) => {
      response.writeHead(201, { ...JSON_TYPE, 'content-length': 5_000 })
      response.write(JSON.stringify(viewOf(idIn(body), 'applied')).slice(0, 40))
      setImmediate(() => response.destroy())
    },
    'JSON that ends too early': (response, body) =>
      void response
        .writeHead(201, JSON_TYPE)
        .end(JSON.stringify(viewOf(idIn(body), 'applied')).slice(0, 40)),
    'a page of a captive portal': (response) =>
      void response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
    'a redirect elsewhere': (response) =>
      void response.writeHead(307, { location: 'http://127.0.0.1:1/' }).end(),
    'an endless answer': (response) => {
      response.writeHead(201, JSON_TYPE)
      const more = (): void => {
        if (!response.destroyed && response.write('['.repeat(65_536))) setImmediate(more)
        else response.once('drain', more)
      }
      more()
    },
  }
  test.each(Object.entries(spoiled))('%s is asked again with the same id', async (_, spoil) => {
    const ids: string[] = []
    const till = await tillAt((response, body, count) => {
      ids.push(idIn(body))
      if (count === 1) spoil(response, body)
      else answer(response, body)
    })
    const id = till.newId()
    expect(await till.pay({ ...ORDER, id })).toMatchObject({ id, status: 'applied' })
    expect(ids).toEqual([id, id])
    await till.close()
  })

  test('the credential goes with every request, and a body says what it is', async () => {
    const seen: unknown[] = []
    const server = createServer((request, response) => {
      const { authorization, prefer } = request.headers
      seen.push([
        request.method,
        request.url,
        authorization,
        request.headers['content-type'],
        prefer,
      ])
      response.writeHead(404, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ code: 'record_unknown', retryable: false, recorded: false }))
    })
    servers.push(server)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const url = `http://127.0.0.1:${addressOf(server).port}/below/`
    const credential = apiKey('krm_live_y')
    const till = await openTill({ url, journal: memoryJournal(), credential })
    await expect(till.card('04 A1')).rejects.toMatchObject({ code: 'record_unknown' })
    await expect(till.pay(ORDER)).rejects.toMatchObject({ code: 'record_unknown' })
    const key = 'Bearer krm_live_y'
    expect(seen).toEqual([
      ['GET', '/below/v1/cards/04%20A1', key, undefined, 'wait=5'],
      ['POST', '/below/v1/payments', key, 'application/json', 'wait=5'],
    ])
  })
})

describe('a clock that is wrong', () => {
  test('ids are made by the time that the node says', async () => {
    const till = await tillAt((response) => {
      response.setHeader('date', new Date(Date.now() + 7 * 3_600_000).toUTCString())
      response.writeHead(200, JSON_TYPE).end(JSON.stringify({ id: 'net1x', height: 1, time: TIME }))
    })
    const before = timeOf(till.newId()) - Date.now()
    await till.network()
    const after = timeOf(till.newId()) - Date.now()
    expect(Math.abs(before)).toBeLessThan(5_000)
    expect(Math.abs(after - 7 * 3_600_000)).toBeLessThan(5_000)
  })
})

const timeOf = (id: string): number => Number.parseInt(id.replace('-', '').slice(0, 12), 16)

describe('events', () => {
  const frame = (n: number): string =>
    `id: ${n}-0\nevent: transaction\ndata: ${JSON.stringify({ id: `p${n}`, kind: 'sale' })}\n\n`

  test('go on after the last one, through connections that break anywhere', async () => {
    const resumed: (string | undefined)[] = []
    const all = Array.from({ length: 40 }, (_, index) => index + 1)
    const server = createServer((request, response) => {
      const last = request.headers['last-event-id']
      resumed.push(typeof last === 'string' ? last : undefined)
      const from = Number.parseInt(String(last ?? '0'), 10) || 0
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write(`:\nid: ${from}-0\n\n`)
      const text = all
        .filter((n) => n > from)
        .map(frame)
        .join('')
      // A few whole events and a torn one; then the wire breaks.
      response.write(text.slice(0, frame(from + 1).length * 3 + 25), () => response.destroy())
    })
    servers.push(server)
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    const url = `http://127.0.0.1:${addressOf(server).port}`
    const world = { pause: () => new Promise<void>((done) => setImmediate(done)) }
    const till = await openTill({
      ...{ url, journal: memoryJournal(), credential: apiKey('k') },
      world: {
        pause: (ms) => (ms > 10_000 ? new Promise(() => undefined) : world.pause()),
      },
    })
    const seen: string[] = []
    for await (const { cursor, data } of till.events({ kinds: ['sale'] })) {
      seen.push(`${cursor} ${data.id}`)
      if (seen.length === all.length) break
    }
    expect(seen).toEqual(all.map((n) => `${n}-0 p${n}`))
    expect(resumed.length).toBeGreaterThan(5)
    expect(resumed[0]).toBeUndefined()
  })

  test('a node that refuses the stream for good says why', async () => {
    const till = await tillAt((response) => {
      response.writeHead(403, { 'content-type': 'application/problem+json' })
      response.end(JSON.stringify({ code: 'action_not_granted', retryable: false }))
    })
    await expect(till.events().next()).rejects.toMatchObject({ code: 'action_not_granted' })
  })
})
