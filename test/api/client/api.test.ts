import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { App } from '#api/app.ts'
import { apiKey } from '#api/client/credential.ts'
import { memoryJournal } from '#api/client/journal.ts'
import { ROUTES } from '#api/client/routes.ts'
import { openTill, type Till, type TillOptions } from '#api/client/till.ts'
import { thisWorld } from '#api/client/world.ts'
import type { TransactionState } from '#api/ports/outcome.ts'
import {
  ASSET,
  applied,
  at,
  CARD,
  card,
  event,
  fakeDesk,
  fakeLedger,
  idOf,
  paymentId,
  TIME,
  TOKEN,
  WALLET,
} from '../fake-ports.ts'
import { openServer } from '../open-server.ts'

const Document = z.object({
  paths: z.record(z.string(), z.record(z.string(), z.object({ operationId: z.string() }))),
})
const committed = Document.parse(
  JSON.parse(readFileSync(new URL('../../../docs/openapi.json', import.meta.url), 'utf8')),
)

describe('the routes of the client', () => {
  test.each(Object.entries(ROUTES))('%s is where docs/openapi.json has it', (operation, route) => {
    const [method, path] = route
    expect(committed.paths[path]?.[method.toLowerCase()]?.operationId).toBe(operation)
  })
})

/** A till whose requests go to a real door, without a socket. */
const tillAt = async (app: App, options: Partial<TillOptions> = {}): Promise<Till> =>
  await openTill({
    url: 'http://node.test',
    journal: memoryJournal(),
    credential: apiKey(TOKEN),
    world: { ...thisWorld(), fetch: (url, request) => injected(app, url, request) },
    patienceMs: 0,
    ...options,
  })

const injected = async (app: App, url: string, request: RequestInit): Promise<Response> => {
  const { pathname, search } = new URL(url)
  const answer = await app.inject({
    method: request.method === 'POST' ? 'POST' : 'GET',
    url: `${pathname}${search}`,
    headers: Object.fromEntries(new Headers(request.headers)),
    ...(typeof request.body === 'string' && { payload: request.body }),
  })
  const headers = new Headers()
  for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value))
  return new Response(answer.body, { status: answer.statusCode, headers })
}

const id = paymentId()
const done = { kind: 'card', card: card(), replayed: false } as const
const desk = fakeDesk({
  registerCard: async () => ({ ...done, applied: { id, status: 'applied', event: event() } }),
  activateCard: async () => ({ ...done, applied: { id, status: 'applied', event: event() } }),
  blockCard: async () => ({ ...done, applied: { id, status: 'applied', event: event() } }),
})

describe('what the client asks, a real door understands', () => {
  const calls: Record<string, (till: Till) => Promise<{ readonly status: string }>> = {
    pay: (till) => till.pay({ id, payers: [{ tag: '04A1B2C3' }], amount: 650 }),
    'pay from several, in assets': (till) =>
      till.pay({
        ...{ id, payers: [{ card: CARD }, { secret: '0'.repeat(32) }], amount: 650 },
        ...{ unit: 'EUR', scale: 2, assets: [ASSET] },
      }),
    refund: (till) => till.refund(paymentId(2), { id }),
    'refund a part': (till) => till.refund(paymentId(2), { id, amount: 5 }),
    topUp: (till) => till.topUp({ id, tag: '04A1B2C3', amount: 2_000 }),
    openHold: (till) =>
      till.openHold({ id, payers: [{ tag: '04A1B2C3' }], amount: 650, expires: TIME }),
    captureHold: (till) => till.captureHold(idOf('hld'), { id, amount: 650 }),
    releaseHold: (till) => till.releaseHold(idOf('hld'), { id }),
    cashOut: (till) => till.cashOut('04A1B2C3', { id, amount: 100 }),
    registerCard: (till) => till.registerCard({ id, tag: '04A1B2C3', activate: true }),
    activateCard: (till) => till.activateCard('04A1B2C3', { id }),
    blockCard: (till) => till.blockCard(CARD, { id }),
    outcome: (till) => till.outcome(id),
  }
  test.each(Object.entries(calls))('%s', async (_, call) => {
    const till = await tillAt(await openServer({ desk }))
    expect(await call(till)).toMatchObject({ id, status: 'applied', height: 42, index: 3 })
    expect(till.open()).toEqual([])
  })

  test('cancel', async () => {
    const till = await tillAt(await openServer())
    expect(await till.cancel(id)).toMatchObject({ id, status: 'cancelled' })
  })

  test('reads', async () => {
    const till = await tillAt(await openServer())
    expect(await till.card('04A1B2C3')).toMatchObject({ balances: [{ available: 1_350 }] })
    expect((await till.balances(WALLET)).items).toHaveLength(1)
    expect((await till.walletHolds(WALLET)).items).toHaveLength(1)
    expect((await till.holds({ limit: 10, status: 'open', card: CARD })).items).toHaveLength(1)
    expect(await till.hold(idOf('hld'))).toMatchObject({ captured: 500, left: 2_300 })
    expect(await till.leases()).toMatchObject({ mode: 'leases_only', stateAgeSeconds: 61 })
    const lost = { state: 'lost', code: 'hold_over' }
    expect(await till.leaseCaptures({ state: 'lost' })).toMatchObject({ items: [lost] })
    expect((await till.history(WALLET, { limit: 10 })).items).toHaveLength(1)
    expect((await till.assets({ limit: 2 })).items).toHaveLength(2)
    expect(await till.network()).toMatchObject({ name: 'Test', quorum: 1 })
    expect(await till.readiness()).toMatchObject({ mode: 'online' })
  })

  test('a refusal carries its facts', async () => {
    const state: TransactionState = {
      status: 'refused',
      code: 'insufficient_funds',
      event: event(),
      facts: { missingAmount: 150, asset: ASSET, legs: [] },
    }
    const refusing = fakeDesk({ pay: async () => applied({ id, state }) })
    const till = await tillAt(await openServer({ desk: refusing }))
    const outcome = await till.pay({ id, payers: [{ tag: '04A1B2C3' }], amount: 650 })
    expect(outcome).toEqual({
      ...{ id, status: 'refused', code: 'insufficient_funds', recorded: true },
      ...{ missingAmount: 150, asset: ASSET, legs: [], height: 42, index: 3 },
      time: '2026-06-21T18:04:05.123Z',
    })
  })

  test('what is taken out of a lease while the node is cut off is paid', async () => {
    const capture = { hold: idOf('hld'), amount: 650, capturedMs: 0 }
    const state = { status: 'captured', ...capture, left: 350 } as const
    const pay = async () => ({ kind: 'outcome', id, state, replayed: false }) as const
    const till = await tillAt(await openServer({ desk: fakeDesk({ pay }) }))
    const outcome = await till.pay({ id, payers: [{ tag: '04A1B2C3' }], amount: 650 })
    expect(outcome).toMatchObject({ id, status: 'captured', lease: idOf('hld'), left: 350 })
  })

  test('what the node keeps of a till whose journal is lost is resolved', async () => {
    const open = async ({ till }: { readonly till?: string }) =>
      till === 'bar-1'
        ? [{ id, status: 'pending' as const, kind: 'sale', sinceMs: 0, expiresAtMs: 1 }]
        : []
    const app = await openServer({ submissions: { submit: async () => applied(), open } })
    const { settled } = await (await tillAt(app, { till: 'bar-1' })).started
    expect(settled).toMatchObject([{ id, status: 'applied' }])
    expect((await (await tillAt(app, { till: 'bar-2' })).started).settled).toEqual([])
  })
})

describe('what is no outcome rejects with the code of the API', () => {
  const order = { id, payers: [{ tag: '04A1B2C3' }], amount: 650 }
  test.each([
    ['a wrong key', { credential: apiKey('wrong') }, order, 'credential_unknown', 401],
    ['no key', { credential: () => ({}) }, order, 'credential_missing', 401],
    ['an amount of nothing', {}, { ...order, amount: 0 }, 'request_invalid', 400],
    ['no payer', {}, { ...order, payers: [] }, 'request_invalid', 400],
  ])('%s', async (_, options, body, code, status) => {
    const till = await tillAt(await openServer(), options)
    await expect(till.pay(body)).rejects.toMatchObject({ code, status, retryable: false })
    expect(till.open()).toEqual([])
  })

  test('a key that ends while a payment is open leaves it open', async () => {
    let isKnown = true
    const pending = { status: 'pending', sinceMs: 0 } as const
    const slow = fakeDesk({
      pay: async () => {
        isKnown = false
        return applied({ id, state: pending })
      },
    })
    const app = await openServer({ desk: slow })
    const credential = () => ({ authorization: `Bearer ${isKnown ? TOKEN : 'ended'}` })
    const till = await tillAt(app, { credential, patienceMs: 5_000 })
    await expect(till.pay(order)).rejects.toMatchObject({
      ...{ code: 'outcome_unknown', retryable: true },
      cause: { code: 'credential_unknown' },
    })
    expect(till.open()).toMatchObject([{ id }])
  })

  test('a card that is unknown, a receipt that is not there', async () => {
    const ledger = fakeLedger({
      card: async () => at(undefined),
      receipt: async () => at('pending'),
    })
    const till = await tillAt(await openServer({ ledger }))
    await expect(till.card(CARD)).rejects.toMatchObject({ code: 'record_unknown', status: 404 })
    await expect(till.receipt(id)).rejects.toMatchObject({
      code: 'receipt_pending',
      retryable: true,
    })
    await expect(till.provenReceipt(id)).rejects.toMatchObject({ code: 'verifier_missing' })
  })
})
