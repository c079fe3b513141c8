import { pino } from 'pino'
import { describe, expect, test, vi } from 'vitest'
import { discreet } from '#api/logging.ts'
import { RequestLogger } from '#api/request-logger.ts'
import { applied, fakeDesk, fakeMetrics, paymentId, TOKEN } from './fake-ports.ts'
import { AUTHORIZED, get, openServer, post } from './open-server.ts'

const TAG = '04A1B2C3D4E5F6'
const SECRET = '00ff02030405060708090a0b0c0d0e0f'
const CONSENT = 'eyJhbGciOi.consented.signature'
const SECRETS = [TAG, SECRET, CONSENT, TOKEN, '04:a1:b2']

const openLogging = async (ports: Parameters<typeof openServer>[0] = {}) => {
  const lines: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) })
  return { app: await openServer(ports, { logger }), lines, logger }
}

describe('the log', () => {
  test('never says a tag, a secret, a consent or a key', async () => {
    const { app, lines } = await openLogging()
    const payers = [{ secret: SECRET }, { tag: TAG }]
    await post(app, '/v1/payments', { id: paymentId(), payers, amount: 650 })
    await post(app, '/v1/payments', { id: paymentId(), payers: [{ tag: TAG, secret: SECRET }] })
    await post(app, '/v1/topups', { id: paymentId(), tag: TAG, amount: 650 })
    await get(app, `/v1/cards/${TAG}`)
    await get(app, `/v1/cards/04:a1:b2:c3:d4:e5:f6?token=${TOKEN}`)
    await get(app, `/v1/cards/${TAG}/nothing`)
    await get(app, `/nothing/${TAG}?tag=${TAG}`)
    await get(app, `/v1/cards/%ff${TAG}`)
    await post(app, `/v1/cards/${TAG}/block`, undefined)
    await post(app, '/v1/transactions', { transaction: CONSENT })
    const headers = { ...AUTHORIZED, 'content-type': 'application/json' }
    const payload = `{"tag":"${TAG}"`
    await app.inject({ method: 'POST', url: '/v1/cards', headers, payload })
    const text = lines.join('')
    expect(lines.length).toBeGreaterThanOrEqual(10)
    for (const secret of SECRETS) expect(text).not.toContain(secret)
  })

  test('blots out such members whoever logs them', async () => {
    const lines: string[] = []
    const logger = discreet(pino({}, { write: (line: string) => lines.push(line) }))
    logger.info({ tag: TAG, card: { secret: SECRET }, req: { headers: AUTHORIZED } }, 'careless')
    for (const secret of SECRETS) expect(lines.join('')).not.toContain(secret)
    expect(lines[0]).toContain('[Redacted]')
  })

  test('has one line per answer, by route pattern, with the id the answer names', async () => {
    const { app, lines } = await openLogging()
    const answer = await post(app, `/v1/cards/${TAG}/block`, undefined)
    const records = lines.map((line) => JSON.parse(line))
    expect(records).toHaveLength(1)
    expect(records[0]).toMatchObject({
      reqId: answer.headers['x-request-id'],
      method: 'POST',
      route: '/v1/cards/:tag/block',
      status: 201,
      msg: 'answered',
    })
  })

  test('tells a fault with its stack, and where it was', async () => {
    const pay = () => Promise.reject(new Error('outbox is broken'))
    const { app, lines } = await openLogging({ desk: fakeDesk({ pay }) })
    const body = { id: paymentId(), payers: [{ tag: TAG }], amount: 650 }
    await post(app, '/v1/payments', body)
    const fault = lines.map((line) => JSON.parse(line)).find((line) => line.err !== undefined)
    expect(fault.err).toMatchObject({ message: 'outbox is broken', stack: expect.any(String) })
    expect(lines.join('')).not.toContain(TAG)
  })
})

describe('the logger of a request', () => {
  test('is made only when a line is written', async () => {
    const lines: string[] = []
    const logger = pino({ level: 'warn' }, { write: (line: string) => lines.push(line) })
    const child = vi.spyOn(logger, 'child')
    const pay = () => Promise.reject(new Error('outbox is broken'))
    const app = await openServer({ desk: fakeDesk({ pay }) }, { logger })
    await app.ready()
    child.mockClear()
    await get(app, '/v1/assets')
    await get(app, '/v1/nothing')
    await get(app, '/v1/cards/%ff')
    expect([child.mock.calls.length, lines]).toEqual([0, []])
    const body = { id: paymentId(), payers: [{ tag: TAG }], amount: 650 }
    const answer = await post(app, '/v1/payments', body)
    expect(child).toHaveBeenCalledTimes(1)
    const records = lines.map((line) => JSON.parse(line))
    const reqId = answer.headers['x-request-id']
    expect(records).toMatchObject([
      { reqId, msg: 'a request failed' },
      { reqId, status: 500, msg: 'answered' },
    ])
  })

  test.each(['fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const)(
    'writes its id and blots out secrets at level %s, and is silent below its level',
    (level) => {
      const lines: string[] = []
      const stream = { write: (line: string) => lines.push(line) }
      const log = (least: string) =>
        new RequestLogger(discreet(pino({ level: least }, stream)), { reqId: 'r-1', token: TOKEN })
      log('silent')[level]({ tag: TAG }, 'careless')
      expect(lines).toEqual([])
      const written = log('trace')
      written[level]({ tag: TAG, card: { secret: SECRET } }, 'careless %s', 'words')
      written.child({ part: 'x', consent: CONSENT })[level]('of a part')
      const text = lines.join('')
      for (const secret of SECRETS) expect(text).not.toContain(secret)
      expect(lines.map((line) => JSON.parse(line))).toMatchObject([
        { reqId: 'r-1', tag: '[Redacted]', msg: 'careless words' },
        { reqId: 'r-1', part: 'x', msg: 'of a part' },
      ])
    },
  )
})

test('figures are told by route pattern, never by address', async () => {
  const answered = vi.fn()
  const app = await openServer({
    metrics: fakeMetrics({ answered }),
    desk: fakeDesk({ pay: async () => applied() }),
  })
  await get(app, `/v1/cards/${TAG}`)
  await get(app, `/nothing/${TAG}`)
  expect(answered).toHaveBeenCalledWith({
    method: 'GET',
    route: '/v1/cards/:tag',
    status: 200,
    seconds: expect.any(Number),
  })
  expect(answered).toHaveBeenCalledWith(expect.objectContaining({ route: 'unknown', status: 404 }))
})
