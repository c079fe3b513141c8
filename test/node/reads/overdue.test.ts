import { afterEach, describe, expect, test } from 'vitest'
import { createOverdue } from '#node/reads/overdue.ts'
import { units } from '#protocol/amount.ts'
import { signConsent } from '#protocol/transaction/sign.ts'
import { actor } from '../../support/actors.ts'
import { closeBars, openedBar } from '../desk/bar.ts'
import { type Bar, must } from '../desk/solo-node.ts'

afterEach(closeBars)

const WEEK_MS = 7 * 86_400_000

/** A payout of a person's money by the bar. */
const waiting = async (bar: Bar): Promise<number> => {
  const { node, place, local: asset } = bar
  const { key: signerKey, sign } = actor('holder')
  const signing = (jti: ReturnType<typeof node.newId>) => ({
    ...{ networkId: node.origin.networkId, signerKey, sign, jti },
    exp: Math.floor(node.clock.wallMs() / 1_000) + 60,
  })
  const id = node.newId()
  const consent = signConsent({ ...signing(id), agree: { kind: 'wallet.open', place } })
  await must(node, id, 'place', { kind: 'wallet.open', place, key: signerKey }, [consent])
  const wallet = node.view().get('key', signerKey)?.wallet
  if (wallet === undefined) throw new Error('no wallet')
  await node.desk.topUp({ id: node.newId(), to: { wallet }, amount: 100, asset }, bar.errand())
  const jti = node.newId()
  const agree = { kind: 'redeem' as const, place, asset, max: units(100) }
  const from = { wallet, consent: signConsent({ ...signing(jti), agree }) }
  await node.desk.redeem({ id: jti, asset, amount: 100, from }, bar.errand())
  return node.recent.head().timeMs
}

describe('what nobody settles', () => {
  test.each([
    ['a day short of a week', WEEK_MS - 86_400_000, []],
    ['a week', WEEK_MS, [{ code: 'payout_overdue', count: 1 }]],
  ])('after %s', async (_, afterMs, warnings) => {
    const bar = await openedBar()
    const sinceMs = await waiting(bar)
    const { view, recent, storage } = bar.node
    const overdue = createOverdue({
      ...{ view, recent, storage },
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
    const { view, recent, storage } = bar.node
    const overdue = createOverdue({
      ...{ view, recent, storage },
      headMs: () => sinceMs + WEEK_MS,
      own: () => ({ place: undefined, gateway: undefined }),
    })
    await overdue.observe()
    expect(overdue.warnings()).toEqual([])
  })
})
