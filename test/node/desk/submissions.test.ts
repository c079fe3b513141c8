import { afterEach, describe, expect, test, vi } from 'vitest'
import { utf8 } from '#protocol/bytes.ts'
import { hashOf } from '#protocol/hash.ts'
import { HOUR_MS } from '#protocol/ledger/period.ts'
import { closeBars, haltedBar, loadedCard, openedBar, TAG, takings } from './bar.ts'
import { createMachine } from './machine.ts'
import { saleBody, signed, submit } from './till.ts'

afterEach(closeBars)

describe('a transaction signed by a till', () => {
  test('is applied once, however often it is sent', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const text = signed(bar, saleBody(bar, 650))
    const answers = await Promise.all(Array.from({ length: 50 }, () => submit(bar, text)))
    const states = answers.map((answer) => answer.kind === 'outcome' && answer.state)
    expect(new Set(states.map((state) => JSON.stringify(state))).size).toBe(1)
    expect(states[0]).toMatchObject({ status: 'applied' })
    const later = await submit(bar, text)
    expect(later).toMatchObject({ replayed: true, state: { status: 'applied' } })
    expect(takings(bar)).toBe(650)
    expect(bar.node.settledMs.length).toBeGreaterThan(0)
  })

  test('that state refuses is refused by a block', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const answer = await submit(bar, signed(bar, saleBody(bar, 650)))
    expect(answer).toMatchObject({
      state: {
        status: 'refused',
        code: 'insufficient_funds',
        facts: { missingAmount: 550 },
        event: { outcome: 'insufficient_funds' },
      },
    })
  })

  test('that state refuses when its till may not be refused again this hour is turned away', async () => {
    const machine = createMachine({ refusedPerHour: 4 })
    machine.advance(HOUR_MS - (machine.clock.wallMs() % HOUR_MS))
    const bar = await openedBar(machine)
    await loadedCard(bar, 100)
    const sale = (amount: number) => submit(bar, signed(bar, saleBody(bar, amount)))
    expect(await sale(650)).toMatchObject({ state: { code: 'insufficient_funds' } })
    expect(await sale(650)).toEqual({ kind: 'turned_away', code: 'refusals_exhausted' })
    expect(bar.node.core.outbox.size()).toBe(0)
    expect(await sale(50)).toMatchObject({ state: { status: 'applied' } })
    const own = { id: bar.node.newId(), payers: [{ tag: TAG }], amount: 650, unit: 'EUR', scale: 2 }
    expect(await bar.node.desk.pay(own, bar.errand())).toMatchObject({
      state: { status: 'refused', code: 'insufficient_funds' },
    })
  })

  test('is turned away before its signature is checked while more comes in than becomes final', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const known = signed(bar, saleBody(bar, 650))
    await submit(bar, known)
    const { outbox } = bar.node.core
    vi.spyOn(outbox, 'isCrowded').mockReturnValue(true)
    const [header, payload] = signed(bar, saleBody(bar, 650)).split('.')
    const forged = `${header}.${payload}.${'A'.repeat(86)}`
    expect(await submit(bar, forged)).toMatchObject({ code: 'node_overloaded' })
    expect(await submit(bar, known)).toMatchObject({ replayed: true, state: { status: 'applied' } })
    expect(outbox.size()).toBe(0)
  })

  test('does not take the id of another one, pending or final', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const id = bar.node.newId()
    const [first, second] = await Promise.all([
      submit(bar, signed(bar, saleBody(bar, 650), { id })),
      submit(bar, signed(bar, saleBody(bar, 651), { id })),
    ])
    expect(first).toMatchObject({ state: { status: 'applied' } })
    expect(second).toEqual({ kind: 'turned_away', code: 'id_reused' })
    const third = await submit(bar, signed(bar, saleBody(bar, 652), { id }))
    expect(third).toEqual({ kind: 'turned_away', code: 'id_reused' })
  })

  test('does not revive an id that the desk refused', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 100)
    const id = bar.node.newId()
    const order = { id, payers: [{ tag: TAG }], amount: 650, unit: 'EUR', scale: 2 }
    await bar.node.desk.pay(order, bar.errand())
    const answer = await submit(bar, signed(bar, saleBody(bar, 50), { id }))
    expect(answer).toEqual({ kind: 'turned_away', code: 'id_reused' })
    expect(takings(bar)).toBe(0)
  })

  test('is judged by no copy that may be old: a blocked node tells what it knows, else 503', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const text = signed(bar, saleBody(bar, 650))
    await submit(bar, text)
    bar.node.block(true)
    expect(await submit(bar, text)).toMatchObject({ replayed: true, state: { status: 'applied' } })
    const unknown = signed(bar, { kind: 'payment.cancel', place: bar.place })
    for (const one of [unknown, signed(bar, saleBody(bar, 650), { lifeMs: -30_000 })]) {
      expect(await submit(bar, one)).toMatchObject({ kind: 'unavailable', code: 'node_blocked' })
    }
    bar.node.block(false)
    expect(await submit(bar, unknown)).toEqual({ kind: 'turned_away', code: 'signer_unknown' })
  })

  test('that is quarantined is held back, unless its outcome is known or on its way', async () => {
    const machine = createMachine()
    const bar = await haltedBar(machine, 2_000)
    const [known, fresh] = [650, 651].map((amount) => signed(bar, saleBody(bar, amount)))
    if (known === undefined || fresh === undefined) throw new Error('no text')
    expect(await submit(bar, known, 0)).toMatchObject({ state: { status: 'pending' } })
    for (const text of [known, fresh]) bar.node.setAside(hashOf(utf8(text)))
    expect(await submit(bar, fresh)).toEqual({ kind: 'turned_away', code: 'quarantined' })
    expect(await submit(bar, known, 0)).toMatchObject({ state: { status: 'pending' } })
    machine.advance(61_000)
    bar.node.start()
    const expired = { replayed: true, state: { status: 'expired' } }
    expect(await submit(bar, known)).toMatchObject(expired)
    expect(await submit(bar, known)).toMatchObject(expired)
  })

  test('waits no longer than it is told, and then is pending', async () => {
    const bar = await openedBar()
    await loadedCard(bar, 2_000)
    const text = signed(bar, saleBody(bar, 650))
    expect(await submit(bar, text, 0)).toMatchObject({ state: { status: 'pending' } })
    expect(await submit(bar, text)).toMatchObject({
      replayed: true,
      state: { status: 'applied' },
    })
  })

  test.each([
    ['malformed', (text: string) => `${text}.`],
    ['signature_invalid', (text: string) => text.replace(/\.[^.]{4}([^.]*)$/, '.AAAA$1')],
  ])('that is not authentic is turned away: %s', async (code, spoil) => {
    const bar = await openedBar()
    const answer = await submit(bar, spoil(signed(bar, saleBody(bar, 650))))
    expect(answer).toEqual({ kind: 'turned_away', code })
  })

  test('that block time had passed before it came is turned away', async () => {
    const bar = await openedBar()
    const text = signed(bar, saleBody(bar, 650), { lifeMs: -30_000 })
    expect(await submit(bar, text)).toEqual({ kind: 'turned_away', code: 'expired' })
  })

  test('that only the clock here has passed is open until a block passes it', async () => {
    const machine = createMachine()
    const bar = await haltedBar(machine, 2_000)
    const { node } = bar
    const text = signed(bar, saleBody(bar, 650))
    machine.advance(61_000)
    expect(await submit(bar, text, 0)).toMatchObject({ state: { status: 'pending' } })
    const own = {
      id: node.newId(),
      as: 'place',
      body: { kind: 'grant.revoke', place: bar.place, target: bar.caller.grant },
      expMs: node.clock.wallMs() - 1_000,
    } as const
    expect(await node.submit({ ...own, waitMs: 0 })).toMatchObject({ state: { status: 'pending' } })
    node.start()
    const expired = { replayed: true, state: { status: 'expired' } }
    expect(await submit(bar, text)).toMatchObject(expired)
    expect(await node.submit({ ...own, waitMs: 5_000 })).toMatchObject(expired)
    expect(takings(bar)).toBe(0)
  })
})
