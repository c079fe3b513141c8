import { afterEach, describe, expect, test } from 'vitest'
import { TILL_BATCH_CAPS } from '#node/desk/limits.ts'
import { closeBars, openedBar, TAG } from './bar.ts'

afterEach(closeBars)

const card = { tag: TAG }

describe('a card at the desk', () => {
  test('is registered and activated at once, with the mandate of the till’s batch', async () => {
    const { node, errand, place } = await openedBar()
    const answer = await node.desk.registerCard({ card, activate: true }, errand())
    expect(answer).toMatchObject({
      kind: 'card',
      replayed: false,
      card: { strength: 'weak', batch: 'till', state: 'active', place },
      applied: { status: 'applied', event: { kind: 'batch' } },
    })
    const wallet = answer.kind === 'card' ? answer.card.wallet : undefined
    expect(node.view().get('mandate', `${wallet}/${place}`)?.caps).toEqual(TILL_BATCH_CAPS.weak)
  })

  test('that is as asked needs no transaction', async () => {
    const { node, errand } = await openedBar()
    await node.desk.registerCard({ card, activate: true }, errand())
    const height = node.recent.head().height
    const again = await node.desk.registerCard({ card, activate: true }, errand())
    expect(again).toMatchObject({ kind: 'card', replayed: true, card: { state: 'active' } })
    expect(again).not.toHaveProperty('applied')
    expect(node.recent.head().height).toBe(height)
  })

  test('registered twice under one id was registered once', async () => {
    const { node, errand } = await openedBar()
    const order = { id: node.newId(), card, activate: true }
    const first = await node.desk.registerCard(order, errand())
    const second = await node.desk.registerCard(order, errand())
    expect(second).toEqual({ ...first, replayed: true })
    const other = await node.desk.registerCard({ ...order, activate: false }, errand())
    expect(other).toEqual({ kind: 'turned_away', code: 'id_reused' })
  })

  test('posted ten times at once without an id is as asked for all of them', async () => {
    const { node, errand } = await openedBar()
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => node.desk.registerCard({ card, activate: true }, errand())),
    )
    expect(answers.every((answer) => answer.kind === 'card')).toBe(true)
    expect(answers.filter((answer) => answer.kind === 'card' && answer.applied)).toHaveLength(1)
  })

  test('registered blank is activated later, and blocked for good', async () => {
    const { node, errand } = await openedBar()
    const blank = await node.desk.registerCard({ card, activate: false }, errand())
    expect(blank).toMatchObject({ kind: 'card', card: { state: 'blank' } })
    const active = await node.desk.registerCard({ card, activate: true }, errand())
    expect(active).toMatchObject({ kind: 'card', applied: { event: { kind: 'card.activate' } } })
    const blocked = await node.desk.blockCard({ card }, errand())
    expect(blocked).toMatchObject({ kind: 'card', card: { state: 'blocked' } })
    expect(await node.desk.blockCard({ card }, errand())).toMatchObject({ replayed: true })
    expect(await node.desk.activateCard({ card }, errand())).toMatchObject({
      state: { status: 'refused', code: 'card_not_blank' },
    })
  })

  test('that nobody registered is refused', async () => {
    const { node, errand } = await openedBar()
    expect(await node.desk.activateCard({ card }, errand())).toMatchObject({
      state: { status: 'refused', code: 'card_unknown' },
    })
  })
})
