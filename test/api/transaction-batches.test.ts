import { describe, expect, test } from 'vitest'
import { SUBMISSION_BATCH_MAX } from '#api/limits.ts'
import type { SubmissionAnswer } from '#api/ports/outcome.ts'
import { TRANSACTION_BYTES_MAX } from '#protocol/limits.ts'
import { applied, paymentId, TIME, TIME_MS } from './fake-ports.ts'
import { openServer, post } from './open-server.ts'

const URL = '/v1/transactions/batch'
const REFUSED: SubmissionAnswer = {
  kind: 'outcome',
  id: paymentId(),
  state: { status: 'refused', code: 'insufficient_funds', facts: { missingAmount: 50 } },
  replayed: true,
}
const PENDING: SubmissionAnswer = {
  kind: 'outcome',
  id: paymentId(),
  state: { status: 'pending', sinceMs: TIME_MS },
  replayed: false,
}
const ANSWERS: Readonly<Record<string, SubmissionAnswer>> = {
  good: applied(),
  poor: REFUSED,
  slow: PENDING,
  forged: { kind: 'turned_away', code: 'signature_invalid' },
  crowded: { kind: 'unavailable', code: 'node_overloaded', retryAfterSeconds: 1 },
}

const submit = async (text: string): Promise<SubmissionAnswer> => {
  const answer = ANSWERS[text]
  if (answer === undefined) throw new Error(`nobody sent ${text}`)
  return answer
}
const open = async () => []

describe('a batch of signed transactions', () => {
  test('answers each by itself, in the order they came', async () => {
    const app = await openServer({ submissions: { submit, open } })
    const transactions = ['forged', 'good', 'slow', 'poor', 'crowded']
    const answer = await post(app, URL, { transactions })
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json()).toMatchObject({
      results: [
        { problem: { code: 'signature_invalid', recorded: false } },
        { outcome: { id: paymentId(), status: 'applied' }, replayed: false },
        { outcome: { status: 'pending', since: TIME } },
        { outcome: { status: 'refused', code: 'insufficient_funds' }, replayed: true },
        { problem: { code: 'node_overloaded', status: 503, retryable: true } },
      ],
    })
  })

  test('of which the node can keep nothing now is to be sent again as a whole', async () => {
    const app = await openServer({ submissions: { submit, open } })
    const answer = await post(app, URL, { transactions: ['crowded', 'crowded'] })
    expect(answer.statusCode).toBe(503)
    expect(answer.headers['retry-after']).toBe('1')
    expect(answer.json()).toMatchObject({ code: 'node_overloaded' })
  })

  test.each([
    ['none', { transactions: [] }],
    ['too many', { transactions: Array(SUBMISSION_BATCH_MAX + 1).fill('good') }],
    [
      'one that is longer than a payment',
      { transactions: ['x'.repeat(TRANSACTION_BYTES_MAX + 1)] },
    ],
    ['something else', { transactions: [{ transaction: 'good' }] }],
    ['no list', { transactions: 'good' }],
  ])('with %s is refused as a whole', async (_, body) => {
    const app = await openServer({ submissions: { submit, open } })
    const answer = await post(app, URL, body)
    expect(answer.statusCode).toBe(400)
    expect(answer.json()).toMatchObject({ code: 'request_invalid' })
  })

  test('counts each transaction against what anybody may submit, and keeps nothing beyond', async () => {
    const rates = { signed: { perSecond: 1, burst: 3 } }
    let submitted = 0
    const counting = async (text: string): Promise<SubmissionAnswer> => {
      submitted += 1
      return submit(text)
    }
    const app = await openServer({ submissions: { submit: counting, open } }, { rates })
    const transactions = ['good', 'good', 'good']
    expect((await post(app, URL, { transactions })).statusCode).toBe(200)
    const answer = await post(app, URL, { transactions })
    expect(answer.statusCode).toBe(429)
    expect(answer.headers['retry-after']).toBe('1')
    expect(submitted).toBe(3)
  })
})
