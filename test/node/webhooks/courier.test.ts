import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAddressGuard } from '#node/webhooks/address-guard.ts'
import { createCourier } from '#node/webhooks/courier.ts'
import type { Resolve } from '#node/webhooks/resolve.ts'
import { openReceiver, status, toLoopback } from './receiver.ts'

const MESSAGE = { headers: { 'webhook-id': 'evt_1-0' }, body: '{"type":"webhook.test"}' }
const never = new AbortController().signal

const resolveTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses

const courierTo = (
  url: string,
  { isAllowed = toLoopback, resolve = resolveTo('127.0.0.1'), attemptMs = 2_000 } = {},
) => {
  const courier = createCourier(new URL(url), { isAllowed, resolve, attemptMs })
  onTestFinished(courier.close)
  return courier
}

describe('a courier', () => {
  test('tells the status, and follows no redirect', async () => {
    const receiver = await openReceiver()
    const courier = courierTo(receiver.url)
    expect(await courier.post(MESSAGE, never)).toEqual({ kind: 'answered', status: 200 })
    receiver.respond((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/elsewhere' }).end(),
    )
    expect(await courier.post(MESSAGE, never)).toEqual({ kind: 'answered', status: 302 })
    receiver.respond((_, response) => response.writeHead(503, { 'retry-after': '7' }).end())
    expect(await courier.post(MESSAGE, never)).toEqual({
      kind: 'answered',
      status: 503,
      retryAfterMs: 7_000,
    })
    expect(receiver.received).toHaveLength(3)
    expect(receiver.received[0]).toMatchObject({ id: 'evt_1-0', body: MESSAGE.body })
  })

  test('opens no connection to an address that is forbidden, named or resolved', async () => {
    const receiver = await openReceiver()
    const connections = vi.fn()
    receiver.respond(connections)
    const isAllowed = createAddressGuard([])
    const forbidden = { kind: 'failed', failure: 'address_forbidden' }
    const { port } = receiver
    for (const host of ['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]']) {
      const courier = courierTo(`http://${host}:${port}/`, { isAllowed })
      expect(await courier.post(MESSAGE, never)).toEqual(forbidden)
    }
    for (const addresses of [['127.0.0.1'], ['::ffff:7f00:1'], ['1.1.1.1', '127.0.0.1']]) {
      const resolve = resolveTo(...addresses)
      const courier = courierTo(`http://books.example.org:${port}/`, { isAllowed, resolve })
      expect(await courier.post(MESSAGE, never)).toEqual(forbidden)
    }
    expect(receiver.received).toEqual([])
  })

  test('looks at the very address it connects to, at each connection', async () => {
    const receiver = await openReceiver((_, response) =>
      response.writeHead(200, { connection: 'close' }).end(),
    )
    // The name server changes its mind: what was allowed a moment ago is not asked again.
    const answers = [['127.0.0.1'], ['127.0.0.2']]
    const resolve = vi.fn<Resolve>(async () => answers.shift() ?? [])
    const isAllowed = createAddressGuard(['127.0.0.1/32'])
    const courier = courierTo(`http://books.example.org:${receiver.port}/`, { isAllowed, resolve })
    expect(await courier.post(MESSAGE, never)).toEqual({ kind: 'answered', status: 200 })
    expect(await courier.post(MESSAGE, never)).toEqual({
      kind: 'failed',
      failure: 'address_forbidden',
    })
    expect(await courier.post(MESSAGE, never)).toEqual({
      kind: 'failed',
      failure: 'name_unresolved',
    })
    expect(resolve).toHaveBeenCalledTimes(3)
    expect(receiver.received).toHaveLength(1)
  })

  test('is not held up by an endless answer', async () => {
    const receiver = await openReceiver((_, response) => {
      const pour = (): void => {
        if (!response.destroyed) response.write('x'.repeat(65_536), () => setImmediate(pour))
      }
      response.writeHead(200)
      pour()
    })
    expect(await courierTo(receiver.url).post(MESSAGE, never)).toEqual({
      kind: 'answered',
      status: 200,
    })
  })

  test('takes the status of an answer whose body never ends', async () => {
    const receiver = await openReceiver((_, response) => {
      response.writeHead(204 + 1)
      response.write('x')
    })
    expect(await courierTo(receiver.url, { attemptMs: 100 }).post(MESSAGE, never)).toEqual({
      kind: 'answered',
      status: 205,
    })
  })

  test('gives up a receiver that hangs, resets, is not there, or is not HTTP', async () => {
    const receiver = await openReceiver(() => undefined)
    const post = (url: string) => courierTo(url, { attemptMs: 100 }).post(MESSAGE, never)
    expect(await post(receiver.url)).toEqual({ kind: 'failed', failure: 'timed_out' })
    receiver.respond((_, response) => response.socket?.resetAndDestroy())
    expect(await post(receiver.url)).toEqual({ kind: 'failed', failure: 'connection_lost' })
    const talker = createServer((socket) => {
      socket.on('error', () => undefined).resume()
      socket.end('220 smtp.example.org\r\n')
    })
    talker.listen(0, '127.0.0.1')
    await once(talker, 'listening')
    const address = talker.address()
    const port = typeof address === 'object' ? address?.port : 0
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({
      kind: 'failed',
      failure: 'connection_lost',
    })
    expect(await post(`https://127.0.0.1:${port}/`)).toMatchObject({ failure: 'tls_failed' })
    talker.close()
    await once(talker, 'close')
    expect(await post(`http://127.0.0.1:${port}/`)).toEqual({
      kind: 'failed',
      failure: 'connection_refused',
    })
  })

  test('lets go at once of what nobody waits for any more', async () => {
    const receiver = await openReceiver(() => undefined)
    const leaving = new AbortController()
    const posted = courierTo(receiver.url).post(MESSAGE, leaving.signal)
    await vi.waitFor(() => expect(receiver.received).toHaveLength(1))
    leaving.abort(new Error('stopping'))
    expect(await posted).toMatchObject({ kind: 'failed' })
    receiver.respond(status(200))
  })
})
