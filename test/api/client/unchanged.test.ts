import { describe, expect, test } from 'vitest'
import { apiKey } from '#api/client/credential.ts'
import { type JournalStore, memoryJournal } from '#api/client/journal.ts'
import { openTill, type Till } from '#api/client/till.ts'
import { CARD } from '../fake-ports.ts'
import { cardIdOf, FAULTS, HostileNode, json } from './hostile-node.ts'
import { type VirtualWorld, virtualWorld } from './virtual-world.ts'

const TAG = '04A1B2C3'

const openOn = (world: VirtualWorld, journal: JournalStore): Promise<Till> =>
  openTill({ url: 'http://node.test', journal, credential: apiKey('krm_live_x'), world })

const asAsked = async () => {
  const node = new HostileNode([])
  node.cards.set(TAG, 'blocked')
  node.cards.set(CARD, 'blocked')
  const world = virtualWorld({ fetch: node.fetch })
  const journal = memoryJournal()
  const till = await openOn(world, journal)
  await world.finish(till.started)
  return { node, world, journal, till }
}

describe('a card that is as asked already', () => {
  test.each(FAULTS)('%s: is told as unchanged, also after a restart', async (fault) => {
    const { node, world, journal, till } = await asAsked()
    node.faults.push(fault)
    const id = till.newId()
    const unchanged = { id, status: 'unchanged', card: { id: cardIdOf(TAG), state: 'blocked' } }
    expect(await world.finish(till.blockCard(TAG, { id }))).toEqual(unchanged)
    expect(till.open()).toEqual([])
    const next = await openOn(world, journal)
    expect((await world.finish(next.started)).settled).toEqual([])
    expect(await world.finish(next.outcome(id))).toEqual(unchanged)
    expect(await world.finish(next.blockCard(TAG, { id }))).toEqual(unchanged)
  })

  test('one that was changed by the order is applied', async () => {
    const { node, world, till } = await asAsked()
    expect(await world.finish(till.activateCard('04FEED'))).toMatchObject({
      ...{ status: 'applied', card: { id: cardIdOf('04FEED'), state: 'active' } },
    })
    expect(node.cards.get('04FEED')).toBe('active')
  })

  const lost = Array.from({ length: 200 }, () => 'request_lost' as const)

  test('is unchanged, not cancelled, where the answer was lost: by its tag in this run', async () => {
    const { node, world, till } = await asAsked()
    node.faults.push(...lost)
    const id = till.newId()
    await expect(world.finish(till.blockCard(TAG, { id }))).rejects.toMatchObject({
      code: 'outcome_unknown',
    })
    node.faults.splice(0)
    expect((await world.finish(till.resolve())).settled).toMatchObject([
      { id, status: 'unchanged', card: { state: 'blocked' } },
    ])
  })

  test('and by its id after a restart', async () => {
    const { node, world, journal, till } = await asAsked()
    node.faults.push(...lost)
    const id = till.newId()
    await expect(world.finish(till.blockCard(CARD, { id }))).rejects.toThrow()
    node.faults.splice(0)
    const next = await openOn(world, journal)
    expect((await world.finish(next.started)).settled).toMatchObject([{ id, status: 'unchanged' }])
  })

  test('one that is not as asked is cancelled', async () => {
    const { node, world, till } = await asAsked()
    node.faults.push(...lost)
    const id = till.newId()
    await expect(world.finish(till.activateCard(CARD, { id }))).rejects.toThrow()
    node.faults.splice(0)
    expect((await world.finish(till.resolve())).settled).toMatchObject([
      { id, status: 'cancelled' },
    ])
  })

  test('a tag is never written down', async () => {
    const { node, world, journal, till } = await asAsked()
    await world.finish(till.blockCard(TAG))
    node.faults.push(...lost)
    await expect(world.finish(till.activateCard(TAG))).rejects.toThrow()
    const texts = [...(await journal.all()).values()]
    expect(texts).toHaveLength(2)
    expect(texts.join().toUpperCase()).not.toContain(TAG)
  })

  test('a payment that is answered with a card has no outcome', async () => {
    const card = { id: TAG, state: 'blocked' }
    const world = virtualWorld({
      fetch: async () => json(200, JSON.stringify({ card }), { 'idempotent-replayed': 'true' }),
    })
    const till = await openOn(world, memoryJournal())
    const paying = till.pay({ payers: [{ tag: TAG }], amount: 1 })
    await expect(world.finish(paying)).rejects.toMatchObject({ code: 'outcome_unknown' })
  })
})
