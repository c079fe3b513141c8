import { describe, expect, test } from 'vitest'
import { askedBy } from '#api/client/asked.ts'
import { apiKey } from '#api/client/credential.ts'
import { KermesseError } from '#api/client/error.ts'
import { type JournalStore, memoryJournal } from '#api/client/journal.ts'
import type { Outcome } from '#api/client/outcome.ts'
import { signerOfSeed } from '#api/client/signer.ts'
import { openTill, type Till } from '#api/client/till.ts'
import { CARD, idOf, PLACE } from '../fake-ports.ts'
import { HostileNode, json, viewOf } from './hostile-node.ts'
import { type VirtualWorld, virtualWorld } from './virtual-world.ts'

const ORDER = { payers: [{ tag: '04A1B2C3' }], amount: 650 }

const openOn = (world: VirtualWorld, journal: JournalStore): Promise<Till> =>
  openTill({ url: 'http://node.test', journal, credential: apiKey('krm_live_x'), world })

const saidBy = (asking: Promise<Outcome>): Promise<string> =>
  asking.then(
    ({ status }) => status,
    (error: unknown) => (error instanceof KermesseError ? error.code : String(error)),
  )

const others: Record<string, object> = {
  'another amount': { amount: 1_250 },
  'another card': { payers: [{ tag: '04A1B2C4' }] },
  'another asset': { assets: ['ast1x'] },
}

describe('an id whose outcome was told', () => {
  const paid = async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const journal = memoryJournal()
    const till = await openOn(world, journal)
    await world.finish(till.started)
    const id = till.newId()
    await world.finish(till.pay({ ...ORDER, id }))
    node.heard.splice(0)
    return { node, world, journal, till, id }
  }

  test('answers the same order without asking anybody, also after a restart', async () => {
    const { node, world, journal, till, id } = await paid()
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('applied')
    const next = await openOn(world, journal)
    await world.finish(next.started)
    expect(await world.finish(saidBy(next.pay({ amount: 650, id, payers: ORDER.payers })))).toBe(
      'applied',
    )
    expect(node.heard).toEqual([])
  })

  test.each(Object.entries(others))('is refused to %s, and stays told', async (_, other) => {
    const { node, world, journal, till, id } = await paid()
    const before = (await journal.all()).get(id)
    for (const each of [till, await openOn(world, journal)]) {
      const order = { ...ORDER, ...other, id }
      expect(await world.finish(saidBy(each.pay(order)))).toBe('id_reused')
    }
    expect((await journal.all()).get(id)).toBe(before)
    expect(node.heard).toEqual([])
    expect(await world.finish(saidBy(till.outcome(id)))).toBe('applied')
  })

  test('which a resolution told, answers the same order without asking anybody', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    await world.finish(till.started)
    node.faults.push(...Array.from({ length: 200 }, () => 'answer_lost' as const))
    const id = till.newId()
    await world.finish(saidBy(till.pay({ ...ORDER, id })))
    node.faults.splice(0)
    expect((await world.finish(till.resolve())).settled).toMatchObject([{ id, status: 'applied' }])
    node.heard.splice(0)
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('applied')
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id, amount: 1_250 })))).toBe('id_reused')
    expect(node.heard).toEqual([])
  })

  test('which only a question told, is confirmed by the node for an order', async () => {
    const { node, world, id } = await paid()
    const till = await openOn(world, memoryJournal())
    expect(await world.finish(saidBy(till.outcome(id)))).toBe('applied')
    expect(await world.finish(saidBy(till.pay({ ...ORDER, amount: 1_250, id })))).toBe('id_reused')
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('applied')
    expect(node.charges.get(id)).toBe(1)
  })

  test('which another till used, is never the outcome of this one', async () => {
    const { world, id } = await paid()
    const till = await openOn(world, memoryJournal())
    const other = { ...ORDER, amount: 1_250, id }
    expect(await world.finish(saidBy(till.pay(other)))).toBe('id_reused')
    expect((await world.finish(till.resolve())).settled).toMatchObject([{ id, amount: 650 }])
    expect(await world.finish(saidBy(till.pay(other)))).toBe('id_reused')
  })

  test('while it is open, is refused to another order, and the entry stays', async () => {
    const node = new HostileNode(Array.from({ length: 200 }, () => 'request_lost' as const))
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const id = till.newId()
    await world.finish(saidBy(till.pay({ ...ORDER, id })))
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id, amount: 1_250 })))).toBe('id_reused')
    expect(till.open()).toMatchObject([{ id, amount: 650 }])
  })

  test('by a till that signs, is judged by what it signed', async () => {
    const seed = new Uint8Array(32).fill(7)
    const signer = signerOfSeed(seed, { network: idOf('net'), place: PLACE, grant: idOf('grt') })
    let sent = 0
    const id = '0197930c-9c00-7000-8000-00000000000d'
    const world = virtualWorld({
      fetch: async () => {
        sent += 1
        return json(201, JSON.stringify(viewOf(id, 'applied')))
      },
    })
    const till = await openTill({ url: 'http://n.test', journal: memoryJournal(), signer, world })
    const order = { id, payers: [{ card: CARD }], amount: 650 }
    const said: string[] = []
    for (const amount of [650, 650, 1_250]) {
      said.push(await world.finish(saidBy(till.pay({ ...order, amount }))))
    }
    expect([said, sent]).toEqual([['applied', 'applied', 'id_reused'], 1])
  })
})

test('the hash of an order tells too little of a tag to find it', () => {
  const of = (tag: string): string =>
    askedBy({ operation: 'takePayment', body: { payers: [{ tag }], amount: 650 } })
  const tags = Array.from({ length: 3_000 }, (_, n) => n.toString(16).padStart(8, '0'))
  const hashes = new Set(tags.map(of))
  expect(hashes.size).toBeGreaterThan(2_800)
  // 65,536 hashes for all tags together: some share theirs.
  expect(hashes.size).toBeLessThan(3_000)
})
