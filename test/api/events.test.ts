import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { Renderings } from '#api/events/renderings.ts'
import { type StreamOptions, streamEntries } from '#api/events/stream.ts'
import { STREAM_CHUNK_BYTES, STREAMS_PER_CREDENTIAL_MAX } from '#api/limits.ts'
import type { Events } from '#api/ports/events.ts'
import { cursorOf } from '#api/schemas/list.ts'
import {
  blockEntry,
  blockOf,
  framesIn,
  listen,
  openEvents,
  openStream,
  positionOf,
  read,
  saleEntry,
} from './event-source.ts'
import { event, HEIGHT, PLACE, TIME } from './fake-ports.ts'
import { AUTHORIZED, get, openServer } from './open-server.ts'

describe('GET /v1/events', () => {
  test('shows what becomes final from now on, in order', async () => {
    const { events, append, ledger } = openStream()
    append(...blockOf(1))
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events`
    const stream = await openEvents(url)
    append(...blockOf(2))
    const frames = await stream.take(3)
    expect(frames.map(({ event: kind }) => kind)).toEqual(['transaction', 'transaction', 'block'])
    expect(frames[0]).toMatchObject({
      id: cursorOf({ height: 2, index: 0 }),
      data: { status: 'applied', kind: 'sale', amount: 650, height: 2, index: 0, time: TIME },
    })
    expect(frames[2]?.data).toEqual({ height: 2, time: TIME, transactions: 2 })
  })

  test('resumed after any event leaves nothing out and repeats nothing', async () => {
    const { events, append, ledger } = openStream()
    append(...blockOf(1), ...blockOf(2), ...blockOf(3))
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events`
    const whole = await read(`${url}?after=0-0`, 9)
    expect(whole).toHaveLength(9)
    for (const cut of [1, 2, 3, 5, 8]) {
      const last = whole[cut - 1]?.id ?? ''
      const rest = await read(url, 9 - cut, { 'last-event-id': last })
      expect([...whole.slice(0, cut), ...rest]).toEqual(whole)
    }
  })

  test('filters by kind and leaves blocks out', async () => {
    const { events, append, ledger } = openStream()
    const refund = event({ height: 1, index: 0, kind: 'refund' })
    append({ kind: 'transaction', event: refund }, ...blockOf(2))
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events?after=0-0`
    const sales = await read(`${url}&kinds=sale&blocks=false`, 2)
    expect(sales.map(({ data }) => data.kind)).toEqual(['sale', 'sale'])
    expect((await read(`${url}&kinds=refund`, 2)).map(({ event: kind }) => kind)).toEqual([
      'transaction',
      'block',
    ])
  })

  test('says a recorded refusal with its code', async () => {
    const { events, append, ledger } = openStream()
    const refused = event({
      height: 1,
      index: 0,
      outcome: 'insufficient_funds',
      facts: { missingAmount: 400 },
    })
    append({ kind: 'transaction', event: refused })
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events?after=0-0`
    const [frame] = await read(url, 1)
    expect(frame?.data).toMatchObject({
      status: 'refused',
      code: 'insufficient_funds',
      missingAmount: 400,
      recorded: true,
    })
  })

  test('asks the stream for what this place may see', async () => {
    const after = vi.fn<Events['after']>(async (query) => ({
      entries: [blockEntry(HEIGHT + 1)],
      next: query.after,
      more: false,
    }))
    const reach: Events['reach'] = (height) =>
      height > HEIGHT ? Promise.reject(new Error('stopping')) : Promise.resolve()
    const url = `${await listen(await openServer({ events: { after, reach } }))}/v1/events`
    await read(url, 1)
    expect(after).toHaveBeenCalledWith(
      expect.objectContaining({ reader: { kind: 'place', place: PLACE }, limit: 256 }),
    )
  })

  test('that showed nothing yet resumes where it began', async () => {
    const { events, append, ledger } = openStream()
    append(...blockOf(1))
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events?blocks=false`
    const leaving = new AbortController()
    const { body } = await fetch(url, { headers: AUTHORIZED, signal: leaving.signal })
    const first = new TextDecoder().decode((await body?.getReader().read())?.value)
    leaving.abort()
    append(...blockOf(2))
    const last = /^id: (.*)$/m.exec(first)?.[1] ?? ''
    const missed = await read(url, 2, { 'last-event-id': last })
    expect(missed.map(({ data }) => data.height)).toEqual([2, 2])
  })

  test.each(['', 'yesterday', '1', '00-1', `${'z'.repeat(11)}-${'z'.repeat(11)}`])(
    'refuses the cursor "%s"',
    async (cursor) => {
      const app = await openServer()
      const answer = await get(app, '/v1/events', { 'last-event-id': cursor })
      expect(answer.json()).toMatchObject({ status: 400, code: 'cursor_invalid' })
    },
  )

  test('is open at most so often for one credential, and again once one is closed', async () => {
    const { events, ledger } = openStream()
    const url = `${await listen(await openServer({ events, ledger }))}/v1/events`
    const leave: (() => void)[] = []
    const open = async () => {
      const leaving = new AbortController()
      leave.push(() => leaving.abort())
      return (await fetch(url, { headers: AUTHORIZED, signal: leaving.signal })).status
    }
    for (let n = 0; n < STREAMS_PER_CREDENTIAL_MAX; n++) expect(await open()).toBe(200)
    expect(await open()).toBe(429)
    leave[0]?.()
    await vi.waitFor(async () => expect(await open()).toBe(200))
    for (const each of leave) each()
  })

  test('says with its first bytes what is left of a quota', async () => {
    const { events, ledger } = openStream()
    const app = await openServer({ events, ledger })
    const leaving = new AbortController()
    const url = `${await listen(app)}/v1/events`
    const { headers } = await fetch(url, { headers: AUTHORIZED, signal: leaving.signal })
    leaving.abort()
    expect(headers.get('ratelimit')).toMatch(/^"key";r=\d+;t=\d+$/)
    expect(headers.get('ratelimit-policy')).toBe('"key";q=2000;w=2')
    expect(headers.get('ratelimit-remaining')).toMatch(/^\d+$/)
  })

  test('ends at once when the server closes', async () => {
    const { events, ledger } = openStream()
    const app = await openServer({ events, ledger })
    const response = await fetch(`${await listen(app)}/v1/events`, { headers: AUTHORIZED })
    const reading = response.text()
    const startMs = performance.now()
    await app.close()
    expect(framesIn(await reading)).toEqual([])
    expect(performance.now() - startMs).toBeLessThan(1_000)
  })
})

type Reader = { readonly read: () => Promise<{ readonly value?: Uint8Array | undefined }> }

/** What a stream says until it said enough. */
const textOf = async (
  reader: Reader | undefined,
  isEnough: (text: string) => boolean,
): Promise<string> => {
  const decoder = new TextDecoder()
  let text = ''
  while (!isEnough(text)) {
    const value = (await reader?.read())?.value
    if (value === undefined) throw new Error(`the stream ended with ${JSON.stringify(text)}`)
    text += decoder.decode(value, { stream: true })
  }
  return text
}

describe('a stream', () => {
  const options = {
    reader: { kind: 'place', place: PLACE } as const,
    after: { height: 0, index: 0 },
    filter: { blocks: true },
    renderings: new Renderings(),
    isAdmitted: async () => true,
  }

  /** A connection whose answer is streamed; what its stream came to. */
  const serve = async (events: Events, bounds: Partial<StreamOptions>) => {
    let held = () => 0
    let mostHeld = 0
    const ended = Promise.withResolvers<ServerResponse>()
    const server = createServer((_request, response) => {
      const closing = new AbortController()
      response.once('close', () => closing.abort())
      held = () => response.writableLength
      const write = response.write.bind(response)
      response.write = (chunk: string | Buffer) => {
        const more = write(chunk)
        mostHeld = Math.max(mostHeld, held())
        return more
      }
      streamEntries(events, response, { ...options, ...bounds, signal: closing.signal }).then(
        () => ended.resolve(response),
        ended.reject,
      )
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    const close = async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
    const { port } = address
    return { port, ended: ended.promise, held: () => held(), mostHeld: () => mostHeld, close }
  }

  test('whose client does not read is cut, and asked no further of the ledger', async () => {
    let pages = 0
    const entries = Array.from({ length: 200 }, (_, index) => saleEntry(1, index + 1))
    const after = async () => {
      pages += 1
      return { entries, next: { height: 1, index: 200 }, more: true }
    }
    const server = await serve({ after, reach: () => Promise.resolve() }, { drainMs: 50 })
    const deaf = connect(server.port, '127.0.0.1')
    deaf.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    const response = await server.ended
    expect(response.destroyed).toBe(true)
    const read = pages
    await server.close()
    deaf.destroy()
    expect(pages).toBe(read)
  })

  test('holds no more than a chunk for a client that does not read', async () => {
    const entries = Array.from({ length: 20_000 }, (_, index) => saleEntry(1, index + 1))
    const after = async () => ({ entries, next: { height: 1, index: 20_000 }, more: true })
    const server = await serve({ after, reach: () => Promise.resolve() }, { drainMs: 50 })
    const deaf = connect(server.port, '127.0.0.1')
    deaf.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    expect((await server.ended).destroyed).toBe(true)
    expect(server.mostHeld()).toBeLessThan(2 * STREAM_CHUNK_BYTES)
    await server.close()
    deaf.destroy()
  })

  test('that ends with little unread text waits for its client no longer than any other', async () => {
    const entries = Array.from({ length: 30 }, (_, index) => saleEntry(1, index + 1))
    const after = async () => ({ entries, next: { height: 1, index: 30 }, more: true })
    const isAdmitted = () => setImmediate().then(() => server.held() === 0)
    const bounds = { drainMs: 50, isAdmitted }
    const server = await serve({ after, reach: () => Promise.resolve() }, bounds)
    const deaf = connect(server.port, '127.0.0.1')
    deaf.pause().write('GET / HTTP/1.1\r\nhost: a\r\n\r\n')
    expect((await server.ended).destroyed).toBe(true)
    expect(server.mostHeld()).toBeLessThan(STREAM_CHUNK_BYTES)
    await server.close()
    deaf.destroy()
  })

  test('that resumes within a block which this node does not have yet goes on with that block', async () => {
    const { events, append } = openStream()
    append(...blockOf(1))
    const reach = vi.fn(events.reach)
    const server = await serve({ ...events, reach }, { after: { height: 2, index: 0 } })
    const asked = fetch(`http://127.0.0.1:${server.port}`)
    await vi.waitFor(() => expect(reach).toHaveBeenCalled())
    append(...blockOf(2))
    const reader = (await asked).body?.getReader()
    const text = await textOf(reader, (so) => framesIn(so).length > 0)
    expect(text).toMatch(new RegExp(`^:\nid: 2-0\n\nid: ${cursorOf({ height: 2, index: 1 })}\n`))
    await reader?.cancel()
    await server.ended
    await server.close()
  })

  test('says where it is while it shows nothing', async () => {
    const { events, append } = openStream()
    append(...blockOf(1))
    const server = await serve(events, {
      heartbeatMs: 1,
      filter: { kinds: new Set(), blocks: false },
    })
    const reader = (await fetch(`http://127.0.0.1:${server.port}`)).body?.getReader()
    const passed = `:\nid: ${cursorOf(positionOf(blockEntry(1)))}\n\n`
    const text = await textOf(reader, (so) => so.includes(passed.repeat(2)))
    expect(text).toMatch(/^:\nid: 0-0\n\n(?::\nid: \S+\n\n)+/)
    expect(framesIn(text)).toEqual([])
    await reader?.cancel()
    await server.ended
    await server.close()
  })
})
