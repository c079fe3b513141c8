import { describe, expect, test } from 'vitest'
import { InboundBudget, TokenBucket } from '#node/network/budget.ts'
import { REDIAL_MAX_MS, REDIAL_MIN_MS } from '#node/network/limits.ts'
import { redialDelayMs } from '#node/network/redial.ts'
import { Scores } from '#node/network/score.ts'

describe('a token bucket', () => {
  test('gives its burst at once and its rate from then on', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 50 }, 0)
    expect(bucket.spend(50, 0)).toBe(true)
    expect(bucket.spend(1, 0)).toBe(false)
    expect(bucket.spend(9, 100)).toBe(true)
    expect(bucket.spend(1, 100)).toBe(false)
  })

  test('saves no more than its burst', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 50 }, 0)
    expect(bucket.spend(51, 1_000_000)).toBe(false)
  })

  test('a clock that steps back earns nothing', () => {
    const bucket = new TokenBucket({ perSecond: 100, burst: 50 }, 1_000)
    expect(bucket.spend(50, 1_000)).toBe(true)
    expect(bucket.spend(1, 0)).toBe(false)
  })

  test('a budget is overrun by bytes or by messages', () => {
    const rates = { bytes: { perSecond: 10, burst: 10 }, messages: { perSecond: 2, burst: 2 } }
    expect(new InboundBudget(rates, 0).spend(10, 2, 0)).toBe(true)
    expect(new InboundBudget(rates, 0).spend(11, 1, 0)).toBe(false)
    expect(new InboundBudget(rates, 0).spend(1, 3, 0)).toBe(false)
  })
})

describe('scores', () => {
  const limits = { faultsMax: 3, forgivenMs: 1_000, banMs: 500, peersMax: 2 }

  test('the third fault close together bans, and not for ever', () => {
    const scores = new Scores(limits)
    expect(scores.fault('a', 0)).toBe(false)
    expect(scores.fault('a', 1)).toBe(false)
    expect(scores.isBanned('a', 1)).toBe(false)
    expect(scores.fault('a', 2)).toBe(true)
    expect(scores.isBanned('a', 501)).toBe(true)
    expect(scores.isBanned('a', 502)).toBe(false)
  })

  test('old faults are forgiven, and a ban pays for those before it', () => {
    const scores = new Scores(limits)
    scores.fault('a', 0)
    scores.fault('a', 1)
    expect(scores.fault('a', 1_001)).toBe(false)
    scores.ban('a', 1_002)
    expect(scores.fault('a', 2_000)).toBe(false)
  })

  test('a fault during a ban does not end it', () => {
    const scores = new Scores(limits)
    scores.ban('a', 0)
    scores.fault('a', 1)
    expect(scores.isBanned('a', 100)).toBe(true)
  })

  test('remembers a bounded number of peers, the latest', () => {
    const scores = new Scores(limits)
    for (const peer of ['a', 'b', 'c']) scores.ban(peer, 0)
    expect(['a', 'b', 'c'].map((peer) => scores.isBanned(peer, 1))).toEqual([false, true, true])
  })
})

describe('the wait before dialling again', () => {
  test.each([
    [0, 0, REDIAL_MIN_MS],
    [1, 0, REDIAL_MIN_MS * 2],
    [3, 0, REDIAL_MIN_MS * 8],
    [3, 0.5, REDIAL_MIN_MS * 6],
    [10, 0, REDIAL_MAX_MS],
    [100_000, 0, REDIAL_MAX_MS],
  ])('after %i failures with %f drawn is %i ms', (failures, drawn, expected) => {
    expect(redialDelayMs(failures, () => drawn)).toBe(expected)
  })
})
