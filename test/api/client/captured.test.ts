import { describe, expect, test } from 'vitest'
import { apiKey } from '#api/client/credential.ts'
import { KermesseError } from '#api/client/error.ts'
import { Journal, type JournalStore, memoryJournal } from '#api/client/journal.ts'
import { TOLD_MAX } from '#api/client/limits.ts'
import type { Outcome } from '#api/client/outcome.ts'
import { openTill, type Till } from '#api/client/till.ts'
import { type Fault, HostileNode, viewOf } from './hostile-node.ts'
import { type VirtualWorld, virtualWorld } from './virtual-world.ts'

const ORDER = { payers: [{ tag: '04A1B2C3' }], amount: 650 }

const openOn = (world: VirtualWorld, journal: JournalStore): Promise<Till> =>
  openTill({ url: 'http://node.test', journal, credential: apiKey('krm_live_x'), world })

const saidBy = (asking: Promise<Outcome>): Promise<string> =>
  asking.then(
    (outcome) => (outcome.status === 'refused' ? outcome.code : outcome.status),
    (error: unknown) => (error instanceof KermesseError ? error.code : String(error)),
  )

const LOST = { id: expect.any(String), status: 'refused', code: 'capture_lost', recorded: false }
const silent: readonly Fault[] = Array.from({ length: 500 }, () => 'request_lost')

const sold = async () => {
  const node = new HostileNode([])
  node.captures = true
  const world = virtualWorld({ fetch: node.fetch })
  const journal = memoryJournal()
  const till = await openOn(world, journal)
  await world.finish(till.started)
  const id = till.newId()
  expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('captured')
  return { node, world, journal, till, id }
}

describe('a payment that was captured', () => {
  test('is closed, and not told again as news while it is on its way', async () => {
    const { world, till, id } = await sold()
    expect(till.open()).toEqual([])
    const { settled, open, captured } = await world.finish(till.resolve())
    expect([settled, open, captured]).toMatchObject([[], [], [{ id, status: 'captured' }]])
  })

  test.each([
    ['applied', 'applied'],
    ['lost', 'capture_lost'],
  ] as const)('is asked for by resolve() until it is %s', async (state, said) => {
    const { node, world, journal, id } = await sold()
    node.states.set(id, state)
    const till = await openOn(world, journal)
    const { settled } = await world.finish(till.started)
    expect(settled).toMatchObject([state === 'lost' ? { ...LOST, id } : { id, status: 'applied' }])
    node.states.set(id, 'cancelled')
    expect(await world.finish(saidBy(till.outcome(id)))).toBe(said)
    const next = await openOn(world, journal)
    expect(await world.finish(next.started)).toEqual({ settled: [], open: [], captured: [] })
    expect(await world.finish(saidBy(next.outcome(id)))).toBe(said)
  })

  test.each([
    ['applied', 'applied'],
    ['lost', 'capture_lost'],
  ] as const)('is asked for by outcome() and cancel(): %s', async (state, said) => {
    const { node, world, till, id } = await sold()
    expect(await world.finish(saidBy(till.outcome(id)))).toBe('captured')
    expect(await world.finish(saidBy(till.cancel(id)))).toBe('captured')
    node.states.set(id, state)
    expect(await world.finish(saidBy(till.cancel(id)))).toBe(said)
    expect(await world.finish(saidBy(till.outcome(id)))).toBe(said)
  })

  test('tells what was lost, and why', async () => {
    const { node, world, till, id } = await sold()
    node.states.set(id, 'lost')
    const lost = { code: 'hold_closed', lease: 'hld1x', amount: 650 }
    expect(await world.finish(till.outcome(id))).toMatchObject({ ...LOST, id, lost })
  })

  test('stays paid, whatever else a node says', async () => {
    const { node, world, till, id } = await sold()
    for (const state of ['cancelled', 'refused'] as const) {
      node.states.set(id, state)
      expect(await world.finish(saidBy(till.outcome(id)))).toBe('captured')
    }
    node.states.delete(id)
    expect(await world.finish(saidBy(till.outcome(id)))).toBe('captured')
    expect(node.heard.filter((path) => path.endsWith('/cancel'))).toEqual([])
  })

  test('is what is known of it at a node that is silent, which is asked for one alone', async () => {
    const { node, world, till } = await sold()
    for (let count = 0; count < 9; count++) await world.finish(till.pay(ORDER))
    node.faults.push(...silent)
    const { captured, open } = await world.finish(till.resolve())
    expect([captured.length, open]).toEqual([10, []])
    // The list of what the node keeps is not asked for without a label of the till.
    expect(500 - node.faults.length).toBeLessThanOrEqual(4)
  })

  test('is kept beside all final ones that a journal keeps', async () => {
    const journal = await Journal.open(memoryJournal())
    const idOf = (n: number): string => `0197930c-9c00-7000-8000-${String(n).padStart(12, '0')}`
    const outcomeOf = (n: number): Outcome => {
      const applied = { ...viewOf(idOf(n), 'applied'), id: idOf(n) }
      return { ...applied, status: 'cancelled' }
    }
    const captured = { lease: 'hld1x', captured: '', amount: 1, left: 1, offline: true } as const
    await journal.settle({ id: idOf(0), status: 'captured', ...captured })
    for (let n = 1; n <= TOLD_MAX + 5; n++) await journal.settle(outcomeOf(n))
    expect(journal.told(idOf(0))?.status).toBe('captured')
    expect([journal.told(idOf(5)), journal.told(idOf(6))?.status]).toEqual([undefined, 'cancelled'])
  })
})

describe('what a node that is cut off cannot do', () => {
  const codes = ['ledger_required', 'lease_missing', 'lease_insufficient'] as const

  test.each(codes)('%s closes a payment of which nothing can have been kept', async (code) => {
    const node = new HostileNode([])
    node.cutOff = code
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    expect(await world.finish(saidBy(till.pay(ORDER)))).toBe(code)
    expect(till.open()).toEqual([])
  })

  const maybes: readonly Fault[] = ['request_lost', 'answer_lost', 'internal_after', 'kept', 'html']
  test.each(codes.flatMap((code) => maybes.map((fault) => [code, fault] as const)))(
    '%s after %s leaves it open',
    async (code, fault) => {
      const node = new HostileNode([])
      node.captures = true
      const world = virtualWorld({
        fetch: async (url, request) => {
          const answering = node.fetch(url, request)
          node.cutOff = code
          return await answering
        },
      })
      const till = await openOn(world, memoryJournal())
      await world.finish(till.started)
      node.faults.push(fault)
      node.cutOff = undefined
      const id = till.newId()
      expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('outcome_unknown')
      expect(till.open()).toMatchObject([{ id }])
    },
  )

  test.each(codes)('%s leaves open what a run before may have sent', async (code) => {
    const node = new HostileNode(silent.slice(0, 200))
    const world = virtualWorld({ fetch: node.fetch })
    const journal = memoryJournal()
    const id = '0197930c-9c00-7000-8000-00000000000e'
    await journal.put(id, JSON.stringify({ entry: { id, action: 'takePayment', at: '' } }))
    const till = await openOn(world, journal)
    await world.finish(till.started)
    node.faults.splice(0)
    node.cutOff = code
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('outcome_unknown')
    expect(till.open()).toMatchObject([{ id }])
  })

  test.each(codes)('%s leaves open what a cancellation on its way may still end', async (code) => {
    const node = new HostileNode([])
    node.cutOff = code
    const waiting = Promise.withResolvers<void>()
    const world = virtualWorld({
      fetch: async (url, request) => {
        if (url.endsWith('/cancel')) return await new Promise(() => undefined)
        if (url.endsWith('/payments')) await waiting.promise
        return await node.fetch(url, request)
      },
    })
    const till = await openOn(world, memoryJournal())
    await world.finish(till.started)
    const id = till.newId()
    const paying = saidBy(till.pay({ ...ORDER, id }))
    const cancelling = saidBy(till.cancel(id))
    await new Promise((done) => setImmediate(done))
    waiting.resolve()
    expect(await world.finish(paying)).toBe('outcome_unknown')
    expect(await world.finish(cancelling)).toBe('outcome_unknown')
    expect(till.open()).toMatchObject([{ id, cancel: true }])
  })
})
