import { afterEach, expect, test } from 'vitest'
import { LAST_USE_PAUSE_MS } from '#node/desk/limits.ts'
import { LOCAL_PENDING_MAX, LOCAL_PENDING_SPARED } from '#node/storage/limits.ts'
import { closeBars, openedBar, pay } from './bar.ts'
import { createMachine } from './machine.ts'

afterEach(closeBars)

/** What the bar itself has still to write is less. */
const ROOM = 10

/** A bar whose disk has so many local facts to write yet. */
const behind = async (count: number) => {
  const machine = createMachine()
  const bar = await openedBar(machine)
  const { local } = bar.node.storage
  machine.hold('batches')
  const written = new Promise<void>((resolve) => {
    for (let index = 0; index < count; index += 1) {
      local.settings.put({ name: `s${index}`, value: index }, () => {
        if (index === count - 1) resolve()
      })
    }
  })
  const letGo = async (): Promise<void> => {
    machine.letGo()
    await written
  }
  return { bar, machine, letGo }
}

test('a refusal that the disk has no room for is turned away, and leaves the id free', async () => {
  const { bar, letGo } = await behind(LOCAL_PENDING_SPARED)
  const { node, place, errand } = bar
  const order = { id: node.newId(), amount: 650 }
  expect(await pay(bar, errand(), order)).toEqual({
    kind: 'unavailable',
    code: 'node_overloaded',
    retryAfterSeconds: 1,
  })
  expect(node.outcomes.useOf(place, order.id)).toBeUndefined()
  await letGo()
  expect(await pay(bar, errand(), order)).toMatchObject({
    kind: 'outcome',
    replayed: false,
    state: { status: 'refused', code: 'card_unknown' },
  })
})

test('a refusal is kept while less than that waits for the disk', async () => {
  const { bar, letGo } = await behind(LOCAL_PENDING_SPARED - ROOM)
  const refusing = pay(bar, bar.errand(), { id: bar.node.newId(), amount: 650 })
  await letGo()
  expect(await refusing).toMatchObject({ kind: 'outcome', state: { status: 'refused' } })
})

test('a use of an API key that cannot be noted now is none the worse for it', async () => {
  const { bar, machine, letGo } = await behind(LOCAL_PENDING_MAX - ROOM)
  const { apiKeys } = bar.node
  const lastUse = () => apiKeys.list()[0]?.lastUsedMs
  const before = lastUse()
  machine.advance(LAST_USE_PAUSE_MS)
  expect(apiKeys.authenticate(bar.token)).toMatchObject({ ok: true })
  expect(lastUse()).toBe(before)
  await letGo()
  expect(apiKeys.authenticate(bar.token)).toMatchObject({ ok: true })
  expect(lastUse()).toBeGreaterThan(before ?? 0)
})
