import { describe, expect, it } from 'vitest'
import { sharesOf, Tally } from '#scripts/bench/federation/tally.ts'

const answer = (status: number, text = '', saysWhen = false) => ({ status, text, saysWhen })
const applied = '{"outcome":{"id":"a","status":"applied","height":1},"replayed":false}'
const pending = '{"outcome":{"id":"b","status":"pending"},"replayed":false}'
const overloaded = '{"problem":{"status":503,"code":"node_overloaded","retryable":true}}'
const unknown = '{"problem":{"status":422,"code":"insufficient_funds"}}'

describe('of an answer to a load', () => {
  it.each([
    { of: answer(201), count: 1, is: { applied: 1, open: 0, refused: 0, others: [] } },
    { of: answer(202), count: 1, is: { applied: 0, open: 1, refused: 0, others: [] } },
    { of: answer(429), count: 100, is: { applied: 0, open: 0, refused: 100, others: [] } },
    { of: answer(503), count: 1, is: { applied: 0, open: 0, refused: 1, others: [] } },
    { of: answer(422), count: 1, is: { applied: 0, open: 0, refused: 0, others: ['422'] } },
    { of: answer(0), count: 2, is: { applied: 0, open: 0, refused: 0, others: ['0', '0'] } },
    {
      of: answer(200, `{"results":[${[applied, overloaded, pending, applied, unknown]}]}`),
      count: 5,
      is: { applied: 2, open: 1, refused: 1, others: ['not applied'] },
    },
  ])('$of.status each payment has its share', ({ of, count, is }) => {
    expect(sharesOf(of, count)).toEqual(is)
  })
})

describe('a load', () => {
  it('adds up to its answers', () => {
    const tally = new Tally()
    const askedMs = performance.now()
    tally.add(answer(201), { count: 1, askedMs })
    tally.add(answer(503, '', true), { count: 100, askedMs })
    tally.add(answer(429), { count: 1, askedMs })
    tally.add(answer(409), { count: 1, askedMs })
    const { refused, withRetryAfter, others, tookMs, ...result } = tally.result()
    expect({ applied: result.applied, open: result.open }).toEqual({ applied: 1, open: 0 })
    expect({ refused, withRetryAfter }).toEqual({ refused: 101, withRetryAfter: 100 })
    expect(others).toEqual({ 409: 1 })
    expect(tookMs).toHaveLength(1)
  })
})
