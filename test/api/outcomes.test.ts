import { describe, expect, test } from 'vitest'
import type { DeskAnswer, SubmissionAnswer, TransactionState } from '#api/ports/outcome.ts'
import { AppliedView } from '#api/schemas/transaction.ts'
import { REFUSAL_CODES } from '#protocol/transaction/outcome.ts'
import {
  ASSET,
  applied,
  at,
  CARD,
  event,
  fakeDesk,
  fakeLedger,
  HEIGHT,
  idOf,
  paymentId,
  TIME,
  TIME_MS,
} from './fake-ports.ts'
import { get, openServer, post } from './open-server.ts'

const PAYMENT = { id: paymentId(), payers: [{ tag: '04A1B2C3' }], amount: 650 }

const settled = (
  state: TransactionState,
  replayed = false,
): Extract<SubmissionAnswer, { kind: 'outcome' }> => ({
  kind: 'outcome',
  id: paymentId(),
  state,
  replayed,
})

const pay = async (answer: DeskAnswer) => {
  const app = await openServer({ desk: fakeDesk({ pay: async () => answer }) })
  return post(app, '/v1/payments', PAYMENT)
}

/** A transaction that was signed elsewhere: of any kind, and so refused with any code. */
const submit = async (answer: SubmissionAnswer) => {
  const submissions = { submit: async () => answer, open: async () => [] }
  return post(await openServer({ submissions }), '/v1/transactions', { transaction: 'a.b.c' })
}

describe('a payment answers its outcome', () => {
  test('applied: 201 with the legs taken', async () => {
    const answer = await pay(applied())
    expect(answer.statusCode).toBe(201)
    expect(answer.json()).toEqual({
      id: paymentId(),
      status: 'applied',
      kind: 'sale',
      place: event().place,
      amount: 650,
      legs: [{ card: CARD, wallet: idOf('wal', 2), asset: ASSET, amount: 650 }],
      movements: [{ wallet: idOf('wal'), asset: ASSET, change: 650 }],
      created: [],
      height: HEIGHT,
      index: 3,
      time: TIME,
    })
    expect(answer.headers['idempotent-replayed']).toBeUndefined()
  })

  test('the same again: 200, the same body, marked as a replay', async () => {
    const first = await pay(applied())
    const again = await pay(applied({ replayed: true }))
    expect(again.statusCode).toBe(200)
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect(again.body).toBe(first.body)
  })

  const wallet = idOf('wal', 2)
  const inner = 'not for the API'
  const refunded = { asset: ASSET, inner, amount: 5, wallet }
  const turned = { inner, change: -5, asset: ASSET, wallet }

  test.each([
    ['a sale', event()],
    ['legs and movements in another order, with more', event({ legs: [refunded] })],
    ['a movement likewise', event({ movements: [turned] })],
    ['what created', event({ kind: 'card.register', created: [CARD], movements: [] })],
    ['nothing of a place', { ...event({ kind: 'transfer' }), place: undefined, legs: undefined }],
  ])('%s is told as its schema writes it, to the byte', async (_, { place, legs, ...rest }) => {
    const told = { ...rest, ...(place && { place }), ...(legs && { legs }) }
    const answer = await pay(applied({ state: { status: 'applied', event: told } }))
    expect(answer.statusCode).toBe(201)
    expect(answer.headers['content-type']).toBe('application/json; charset=utf-8')
    expect(answer.body).toBe(JSON.stringify(AppliedView.encode(answer.json())))
    expect(answer.body).not.toContain(inner)
  })

  test('short of money: 422 with what is missing and which legs would succeed', async () => {
    const legs = [{ card: CARD, wallet: idOf('wal', 2), asset: ASSET, amount: 250 }]
    const answer = await pay(
      settled({
        status: 'refused',
        code: 'insufficient_funds',
        facts: { missingAmount: 400, asset: ASSET, unit: 'EUR', scale: 2, legs },
      }),
    )
    expect(answer.statusCode).toBe(422)
    expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
    expect(answer.json()).toMatchObject({
      type: 'urn:kermesse:problem:insufficient_funds',
      status: 422,
      code: 'insufficient_funds',
      retryable: false,
      recorded: false,
      paymentId: paymentId(),
      missingAmount: 400,
      asset: ASSET,
      unit: 'EUR',
      scale: 2,
      legs,
    })
  })

  test.each(REFUSAL_CODES)(
    'refused in a block with %s: 422, recorded, with its block',
    async (code) => {
      const recorded = event({ outcome: code, movements: [] })
      const answer = await submit(settled({ status: 'refused', code, facts: {}, event: recorded }))
      expect(answer.statusCode).toBe(422)
      expect(answer.json()).toMatchObject({
        code,
        recorded: true,
        height: HEIGHT,
        index: 3,
        time: TIME,
      })
    },
  )

  test('cancelled: 410', async () => {
    const answer = await pay(settled({ status: 'cancelled', event: event() }))
    expect(answer.statusCode).toBe(410)
    expect(answer.json()).toMatchObject({ code: 'cancelled', recorded: true, height: HEIGHT })
  })

  test('expired: 410 with the block that passed it', async () => {
    const answer = await pay(settled({ status: 'expired', height: HEIGHT, timeMs: TIME_MS }))
    expect(answer.statusCode).toBe(410)
    expect(answer.json()).toMatchObject({ code: 'expired', recorded: false, time: TIME })
  })

  test('in the outbox: 202 with where to ask', async () => {
    const answer = await pay(settled({ status: 'pending', sinceMs: TIME_MS }))
    expect(answer.statusCode).toBe(202)
    expect(answer.headers['location']).toBe(`/v1/transactions/${paymentId()}`)
    expect(answer.json()).toEqual({ id: paymentId(), status: 'pending', since: TIME })
  })

  test.each<TransactionState>([
    { status: 'pending', sinceMs: TIME_MS },
    { status: 'refused', code: 'insufficient_funds', facts: { missingAmount: 5 } },
    { status: 'cancelled', event: event() },
    { status: 'expired', height: HEIGHT, timeMs: TIME_MS },
  ])('and whatever it is, the same again is marked as a replay: $status', async (state) => {
    const first = await pay(settled(state))
    const again = await pay(settled(state, true))
    expect(first.headers['idempotent-replayed']).toBeUndefined()
    expect(again.headers['idempotent-replayed']).toBe('true')
    expect([again.statusCode, again.body]).toEqual([first.statusCode, first.body])
  })

  test.each(['node_starting', 'node_blocked', 'node_overloaded'] as const)(
    'not kept because of %s: 503 with Retry-After, never a 4xx',
    async (code) => {
      const answer = await pay({ kind: 'unavailable', code, retryAfterSeconds: 7 })
      expect(answer.statusCode).toBe(503)
      expect(answer.headers['retry-after']).toBe('7')
      expect(answer.json()).toMatchObject({ code, retryable: true, recorded: false })
    },
  )

  test.each([
    ['too_large', 413],
    ['malformed', 400],
    ['wrong_network', 400],
    ['signature_invalid', 401],
    ['consent_invalid', 400],
    ['quarantined', 503],
    ['signer_unknown', 403],
    ['not_yet_valid', 400],
    ['validity_too_long', 400],
    ['expired', 410],
    ['id_reused', 409],
    ['refusals_exhausted', 429],
  ] as const)('turned away with %s: %i', async (code, status) => {
    const answer = await submit({ kind: 'turned_away', code })
    expect(answer.statusCode).toBe(status)
    expect(answer.json()).toMatchObject({ code, status, recorded: false })
  })

  test('refusals_exhausted says to come back well before the hour is over', async () => {
    const answer = await submit({ kind: 'turned_away', code: 'refusals_exhausted' })
    expect(answer.headers['retry-after']).toBe('600')
    expect(answer.json()).toMatchObject({ retryable: true, recorded: false })
  })

  test.each(['asset_required', 'tags_not_supported'] as const)('%s: 400', async (code) => {
    const topUp = async () => ({ kind: 'unclear', code }) as const
    const body = { id: paymentId(), tag: '04A1B2C3', amount: 650 }
    const answer = await post(await openServer({ desk: fakeDesk({ topUp }) }), '/v1/topups', body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code })
  })

  test('sale_pending for a refund: 409 with Retry-After, to be sent again', async () => {
    const refund = async () => ({ kind: 'unclear', code: 'sale_pending' }) as const
    const app = await openServer({ desk: fakeDesk({ refund }) })
    const answer = await post(app, `/v1/payments/${paymentId(2)}/refunds`, { id: paymentId() })
    expect(answer.statusCode).toBe(409)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json()).toMatchObject({ code: 'sale_pending', retryable: true, recorded: false })
  })

  test('a fault of the node: 500 that says nothing of its inside', async () => {
    const pay = () => Promise.reject(new Error('disk /var/secret is broken'))
    const app = await openServer({ desk: fakeDesk({ pay }) })
    const answer = await post(app, '/v1/payments', PAYMENT)
    expect(answer.statusCode).toBe(500)
    expect(answer.json()).toMatchObject({ code: 'internal', retryable: true })
    expect(answer.body).not.toContain('secret')
  })
})

describe('a cancellation', () => {
  const cancel = async (state: TransactionState, replayed = false) => {
    const desk = fakeDesk({ cancel: async () => settled(state, replayed) })
    const app = await openServer({ desk })
    return post(app, `/v1/payments/${paymentId()}/cancel`, undefined)
  }

  test('that was first: 200 cancelled', async () => {
    const answer = await cancel({ status: 'cancelled', event: event({ kind: 'payment.cancel' }) })
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ status: 'cancelled', id: paymentId(), height: HEIGHT })
  })

  test('of a payment that took effect: 409 with its outcome', async () => {
    const answer = await cancel({ status: 'applied', event: event() })
    expect(answer.statusCode).toBe(409)
    expect(answer.json()).toMatchObject({
      code: 'already_applied',
      outcome: { status: 'applied', amount: 650 },
    })
  })

  test('of a payment that was refused or expired: 200, since nothing was charged', async () => {
    const refused = await cancel({ status: 'refused', code: 'card_blocked', facts: {} }, true)
    expect(refused.statusCode).toBe(200)
    expect(refused.headers['idempotent-replayed']).toBe('true')
    expect(refused.json()).toMatchObject({ status: 'refused', code: 'card_blocked' })
    const expired = await cancel({ status: 'expired', height: HEIGHT, timeMs: TIME_MS })
    expect(expired.json()).toMatchObject({ status: 'expired' })
  })

  test('that is not final yet: 202', async () => {
    expect((await cancel({ status: 'pending', sinceMs: TIME_MS })).statusCode).toBe(202)
  })
})

describe('GET /v1/transactions/:id answers 200 with', () => {
  test.each([
    ['applied', { status: 'applied', event: event() }],
    ['refused', { status: 'refused', code: 'card_blocked', facts: {}, event: event() }],
    ['cancelled', { status: 'cancelled', event: event() }],
    ['expired', { status: 'expired', height: HEIGHT, timeMs: TIME_MS }],
    ['pending', { status: 'pending', sinceMs: TIME_MS }],
  ] as const)('%s', async (status, state) => {
    const app = await openServer({ ledger: fakeLedger({ transaction: async () => at(state) }) })
    const answer = await get(app, `/v1/transactions/${paymentId()}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toMatchObject({ id: paymentId(), status })
  })

  test('nothing for an id that the place never used', async () => {
    const answer = await get(await openServer(), `/v1/transactions/${paymentId(7)}`)
    expect(answer.statusCode).toBe(404)
    expect(answer.json()).toMatchObject({ code: 'record_unknown', paymentId: paymentId(7) })
  })
})

describe('a payment out of a lease', () => {
  const capture = {
    hold: idOf('hld'),
    amount: 650,
    from: { card: CARD, wallet: idOf('wal', 2), asset: ASSET },
    capturedMs: TIME_MS,
  }
  const view = {
    lease: idOf('hld'),
    card: CARD,
    wallet: idOf('wal', 2),
    asset: ASSET,
    amount: 650,
    captured: TIME,
  }
  const captured = { status: 'captured', ...capture, left: 350 } as const
  const lost = { status: 'lost', ...capture, code: 'hold_over' } as const

  test('is green at once: 201, of which lease and how much is left; the same again: 200', async () => {
    const answer = await pay(settled(captured))
    expect(answer.statusCode).toBe(201)
    const body = { id: paymentId(), status: 'captured', offline: true, ...view, left: 350 }
    expect(answer.json()).toEqual(body)
    const again = await pay(settled(captured, true))
    expect([again.statusCode, again.headers['idempotent-replayed']]).toEqual([200, 'true'])
    expect(again.body).toBe(answer.body)
  })

  test('that never reached the ledger: 410, with what became of it', async () => {
    const answer = await pay(settled(lost, true))
    expect(answer.statusCode).toBe(410)
    const outcome = { id: paymentId(), status: 'lost', code: 'hold_over', ...view }
    expect(answer.json()).toMatchObject({ code: 'capture_lost', recorded: false, outcome })
    const ledger = fakeLedger({ transaction: async () => at(lost) })
    const app = await openServer({ ledger })
    expect((await get(app, `/v1/transactions/${paymentId()}`)).json()).toEqual(outcome)
  })

  test('cannot be cancelled any more, unless it is lost', async () => {
    for (const [state, status] of [
      [captured, 409],
      [lost, 200],
    ] as const) {
      const app = await openServer({ desk: fakeDesk({ cancel: async () => settled(state) }) })
      const answer = await post(app, `/v1/payments/${paymentId()}/cancel`, undefined)
      expect(answer.statusCode).toBe(status)
    }
  })

  test('that is too little says what is missing and what is left: 503, to be tried again', async () => {
    const facts = { missingAmount: 300, asset: ASSET, left: 350 }
    const answer = await pay({
      kind: 'unavailable',
      code: 'lease_insufficient',
      retryAfterSeconds: 1,
      facts,
    })
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'lease_insufficient', retryable: true, ...facts })
  })

  test('a refusal for what others hold says so, and when to come back', async () => {
    const facts = { missingAmount: 100, heldElsewhere: 800 }
    const refused = {
      status: 'refused',
      code: 'insufficient_funds',
      facts,
      event: event({ outcome: 'insufficient_funds' }),
    } as const
    const answer = await pay(settled(refused))
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ recorded: true, ...facts })
    expect(answer.headers['retry-after']).toBe('2')
  })
})
