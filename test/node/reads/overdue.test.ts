import { afterEach, describe, expect, test } from 'vitest'
import { createOverdue } from '#node/reads/overdue.ts'
import { closeBars, openedBar } from '../desk/bar.ts'
import type { Bar } from '../desk/solo-node.ts'
import { personOf, topUp, waitingPayout } from '../desk/waiting-payout.ts'

afterEach(closeBars)

const WEEK_MS = 7 * 86_400_000

/** Since when a payout of a person's money by the bar waits. */
const waiting = async (bar: Bar): Promise<number> => {
  const wallet = await personOf(bar)
  await topUp(bar, wallet, 100)
  const { sinceMs } = await waitingPayout(bar, wallet)
  return sinceMs
}

describe('what nobody settles', () => {
  test.each([
    ['a day short of a week', WEEK_MS - 86_400_000, []],
    ['a week', WEEK_MS, [{ code: 'payout_overdue', count: 1 }]],
  ])('after %s', async (_, afterMs, warnings) => {
    const bar = await openedBar()
    const sinceMs = await waiting(bar)
    const { view, payoutBook } = bar.node
    const overdue = createOverdue({
      ...{ view, payoutBook },
      headMs: () => sinceMs + afterMs,
      own: () => ({ place: bar.place, gateway: undefined }),
    })
    expect(overdue.warnings()).toEqual([])
    await overdue.observe()
    expect(overdue.warnings()).toEqual(warnings.map((warning) => ({ ...warning, sinceMs })))
  })

  test('is no business of a node that acts for nobody', async () => {
    const bar = await openedBar()
    const sinceMs = await waiting(bar)
    const { view, payoutBook } = bar.node
    const overdue = createOverdue({
      ...{ view, payoutBook },
      headMs: () => sinceMs + WEEK_MS,
      own: () => ({ place: undefined, gateway: undefined }),
    })
    await overdue.observe()
    expect(overdue.warnings()).toEqual([])
  })
})
