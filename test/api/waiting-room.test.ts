import { expect, test } from 'vitest'
import { createWaitingRoom } from '#api/waiting-room.ts'

const openRoom = () =>
  createWaitingRoom({
    tls: undefined,
    progress: () => ({ height: 70_000, slots: 3, of: 9 }),
  })

test('a node without a copy is alive', async () => {
  await using room = openRoom()
  const answer = await room.inject('/livez')
  expect(answer.statusCode).toBe(200)
  expect(answer.json()).toEqual({ alive: true })
})

test.each(['/readyz', '/startupz?verbose'])('%s says how far it is', async (path) => {
  await using room = openRoom()
  const answer = await room.inject(path)
  expect(answer.json()).toMatchObject({
    status: 503,
    code: 'not_started',
    snapshot: { height: 70_000, slots: 3, of: 9 },
  })
})

test.each([
  ['GET', '/v1/network'],
  ['POST', '/v1/payments'],
  ['DELETE', '/nowhere'],
] as const)('%s %s: 503 node_starting, to be retried', async (method, url) => {
  await using room = openRoom()
  const body = method === 'POST' ? { payload: '{"id":' } : {}
  const answer = await room.inject({ method, url, ...body })
  expect(answer.json()).toMatchObject({ status: 503, code: 'node_starting', retryable: true })
  expect(answer.headers['retry-after']).toBe('1')
})
