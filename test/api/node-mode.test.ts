import { expect, test } from 'vitest'
import { noticeModes } from '#api/events/node-mode.ts'
import type { ModeNotice } from '#api/ports/health.ts'
import { fakeHealth, HEIGHT, healthReport, TIME, TIME_MS } from './fake-ports.ts'
import { get, openServer, post } from './open-server.ts'

const CUT_OFF = fakeHealth({
  mode: () => 'leases_only',
  report: () => healthReport({ mode: 'leases_only' }),
})

test('every answer says the mode of the node, also a problem', async () => {
  const app = await openServer({ health: CUT_OFF })
  for (const answer of [
    await get(app, '/v1/network'),
    await get(app, '/v1/nothing'),
    await post(app, '/v1/payments', { nonsense: true }),
    await app.inject({ method: 'GET', url: '/v1/network', headers: { authorization: 'Bearer x' } }),
    await get(app, '/livez'),
  ]) {
    expect(answer.headers['x-node-mode']).toBe('leases_only')
  }
})

test('a node that sells from leases alone is ready', async () => {
  const app = await openServer({ health: CUT_OFF })
  const answer = await get(app, '/readyz')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toMatchObject({ mode: 'leases_only' })
})

/** A stream whose client reads, or not. */
const createStream = () => {
  const written: string[] = []
  const drains = new Set<() => void>()
  const response = {
    destroyed: false,
    writableNeedDrain: false,
    write: (text: string) => written.push(text) > 0,
    once: (_event: string, drain: () => void) => drains.add(drain),
    off: (_event: string, drain: () => void) => drains.delete(drain),
  }
  const drain = (): void => {
    response.writableNeedDrain = false
    for (const each of [...drains]) {
      drains.delete(each)
      each()
    }
  }
  return { written, drains, response, drain }
}

const createModes = () => {
  let now: ModeNotice = { mode: 'online', height: HEIGHT, sinceMs: TIME_MS }
  const listeners = new Set<(notice: ModeNotice) => void>()
  return {
    listeners,
    notice: () => now,
    onMode: (changed: (notice: ModeNotice) => void) => {
      listeners.add(changed)
      return () => void listeners.delete(changed)
    },
    change: (mode: ModeNotice['mode']) => {
      now = { ...now, mode }
      for (const each of listeners) each(now)
    },
  }
}

const frame = (mode: string): string =>
  `event: node\ndata: {"mode":"${mode}","height":${HEIGHT},"since":"${TIME}"}\n\n`

test('a stream is told the mode at once and at each change, without an id, until it ends', () => {
  const [modes, { written, response }] = [createModes(), createStream()]
  const stop = noticeModes(modes, response)
  modes.change('leases_only')
  modes.change('online')
  stop()
  modes.change('blocked')
  expect(written).toEqual([frame('online'), frame('leases_only'), frame('online')])
  expect(modes.listeners.size).toBe(0)
})

test('a client that does not read hears the mode that holds when it does, once', () => {
  const [modes, { written, response, drain, drains }] = [createModes(), createStream()]
  const stop = noticeModes(modes, response)
  response.writableNeedDrain = true
  modes.change('blocked')
  modes.change('leases_only')
  expect(written).toEqual([frame('online')])
  drain()
  expect(written).toEqual([frame('online'), frame('leases_only')])
  response.writableNeedDrain = true
  modes.change('online')
  stop()
  expect(drains.size).toBe(0)
})
