import { connect } from 'node:net'
import { expect, test } from 'vitest'
import type { Desk } from '#api/ports/desk.ts'
import { fakeDesk, paymentId, TIME_MS } from './fake-ports.ts'
import { AUTHORIZED, openServer } from './open-server.ts'

test('a closing server tells waiting tills what is known, within a second', async () => {
  const waits = Promise.withResolvers<void>()
  const pay: Desk['pay'] = ({ id }, { signal }) =>
    new Promise((resolve) => {
      const state = { status: 'pending', sinceMs: TIME_MS } as const
      signal.addEventListener('abort', () =>
        resolve({ kind: 'outcome', id, state, replayed: false }),
      )
      waits.resolve()
    })
  const app = await openServer({ desk: fakeDesk({ pay }) })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const answer = fetch(`${url}/v1/payments`, {
    method: 'POST',
    headers: { ...AUTHORIZED, 'content-type': 'application/json' },
    body: JSON.stringify({ id: paymentId(), payers: [{ tag: '04A1B2C3' }], amount: 650 }),
  })
  await waits.promise
  const startMs = performance.now()
  await app.close()
  expect(performance.now() - startMs).toBeLessThan(1_000)
  expect((await answer).status).toBe(202)
})

test('a till that goes away ends its waiting', async () => {
  const waits = Promise.withResolvers<AbortSignal>()
  const pay: Desk['pay'] = (_order, { signal }) => {
    waits.resolve(signal)
    return new Promise(() => undefined)
  }
  const app = await openServer({ desk: fakeDesk({ pay }) })
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const leaving = new AbortController()
  const answer = fetch(`${url}/v1/payments`, {
    method: 'POST',
    headers: { ...AUTHORIZED, 'content-type': 'application/json', prefer: 'wait=1' },
    body: JSON.stringify({ id: paymentId(), payers: [{ tag: '04A1B2C3' }], amount: 650 }),
    signal: leaving.signal,
  })
  const signal = await waits.promise
  expect(signal.aborted).toBe(false)
  const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve))
  leaving.abort()
  await expect(answer).rejects.toThrow()
  await aborted
})

test.each([
  ['bytes that are no request', 'hello\r\n\r\n', 'HTTP/1.1 400', 'request_invalid'],
  [
    'headers beyond their bound',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
    'HTTP/1.1 431',
    'headers_too_large',
  ],
])('%s are answered with a problem', async (_what, bytes, status, code) => {
  const app = await openServer()
  await app.listen({ host: '127.0.0.1', port: 0 })
  const address = app.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1')
  socket.write(bytes)
  let text = ''
  for await (const chunk of socket) text += chunk
  expect(text).toContain(status)
  expect(text).toContain('application/problem+json')
  expect(text).toContain(`"code":"${code}"`)
})
