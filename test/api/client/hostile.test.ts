import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { apiKey } from '#api/client/credential.ts'
import { KermesseError } from '#api/client/error.ts'
import { type JournalStore, memoryJournal } from '#api/client/journal.ts'
import type { Outcome } from '#api/client/outcome.ts'
import { openTill, type Till } from '#api/client/till.ts'
import { FAULTS, type Fault, HostileNode } from './hostile-node.ts'
import { type VirtualWorld, virtualWorld } from './virtual-world.ts'

const ORDER = { payers: [{ tag: '04A1B2C3' }], amount: 650 }

const openOn = (world: VirtualWorld, journal: JournalStore): Promise<Till> =>
  openTill({ url: 'http://node.test', journal, credential: apiKey('krm_live_x'), world })

/** The outcome's status, or the code of the error. */
const saidBy = (asking: Promise<Outcome>): Promise<string> =>
  asking.then(
    ({ status }) => status,
    (error: unknown) => (error instanceof KermesseError ? error.code : String(error)),
  )

const fault = fc.constantFrom(...FAULTS)

describe('whatever goes wrong with one exchange', () => {
  test.each(FAULTS)('%s: the payment is charged once and told as applied', async (name) => {
    const node = new HostileNode(['none', name])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    await world.finish(till.started)
    node.faults.splice(0, node.faults.length, name)
    const id = till.newId()
    expect(await world.finish(till.pay({ ...ORDER, id }))).toMatchObject({ id, status: 'applied' })
    expect(node.charges.get(id)).toBe(1)
    expect(till.open()).toEqual([])
  })

  test.each(FAULTS)('%s: a refusal is told as one', async (name) => {
    const node = new HostileNode([name], { refuses: true })
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const id = till.newId()
    const outcome = await world.finish(till.pay({ ...ORDER, id }))
    expect(outcome).toMatchObject({ id, status: 'refused', code: 'insufficient_funds' })
    expect(outcome).toMatchObject({ missingAmount: 150, recorded: true })
    expect(node.charges.size).toBe(0)
  })
})

describe('whatever the order of failures', () => {
  test('a payment is charged at most once, and one outcome is told in the end', async () => {
    const run = fc.asyncProperty(
      fc.array(fault, { maxLength: 40 }),
      fc.array(fault, { maxLength: 40 }),
      fc.boolean(),
      fc.double({ min: 0, max: 0.999, noNaN: true }),
      async (before, after, cancels, jitter) => {
        const node = new HostileNode(before)
        const world = virtualWorld({ fetch: node.fetch, random: () => jitter })
        const journal = memoryJournal()
        const told = new Set<string>()
        const first = await openOn(world, journal)
        const id = first.newId()
        const calls = [saidBy(first.pay({ ...ORDER, id })), saidBy(first.pay({ ...ORDER, id }))]
        if (cancels) calls.push(saidBy(first.cancel(id)))
        for (const said of await world.finish(Promise.all(calls))) told.add(said)
        await first.close()
        // What is still in flight arrives now, and the till starts again on a network as bad.
        node.deliverLate()
        node.faults.push(...after)
        const second = await openOn(world, journal)
        await world.finish(second.started)
        node.deliverLate()
        node.faults.splice(0)
        const { open } = await world.finish(second.resolve())
        expect(open).toEqual([])
        expect(second.open()).toEqual([])
        told.add(await world.finish(saidBy(second.cancel(id))))
        node.deliverLate()
        expect(node.charges.get(id) ?? 0).toBeLessThanOrEqual(1)
        const outcomes = [...told].filter((said) => OUTCOMES.has(said))
        expect(outcomes).toEqual([node.states.get(id)])
        await second.close()
      },
    )
    await fc.assert(run, { numRuns: 300 })
  }, 120_000)

  test('a till that dies anywhere finds out at its next start', async () => {
    const run = fc.asyncProperty(
      fc.array(fault, { maxLength: 6 }),
      fc.nat({ max: 12 }),
      async (faults, diesAt) => {
        const node = new HostileNode(faults)
        const store = memoryJournal()
        const mortal = mortalParts(node, store, diesAt)
        const world = virtualWorld({ fetch: mortal.fetch })
        const dying = await openOn(world, mortal.journal)
        const id = dying.newId()
        const said = await world.finish(
          Promise.race([saidBy(dying.pay({ ...ORDER, id })), mortal.dead]),
        )
        node.faults.splice(0)
        const next = virtualWorld({ fetch: node.fetch })
        const till = await openOn(next, store)
        const { settled, open } = await next.finish(till.started)
        node.deliverLate()
        expect(open).toEqual([])
        expect(node.charges.get(id) ?? 0).toBeLessThanOrEqual(1)
        const truth = await next.finish(saidBy(till.cancel(id)))
        expect(truth).toBe(node.states.get(id))
        for (const outcome of settled) expect(outcome.status).toBe(truth)
        if (OUTCOMES.has(said)) expect(said).toBe(truth)
      },
    )
    await fc.assert(run, { numRuns: 300 })
  }, 120_000)
})

const OUTCOMES: ReadonlySet<string> = new Set([
  'applied',
  'captured',
  'refused',
  'cancelled',
  'expired',
])

/** The parts of a process that stops for ever at its n-th act on the world. */
const mortalParts = (node: HostileNode, store: JournalStore, diesAt: number) => {
  let acts = 0
  const { promise: dead, resolve } = Promise.withResolvers<string>()
  const act = async <T>(work: () => Promise<T>): Promise<T> => {
    const isLast = acts++ >= diesAt
    const half = isLast && acts % 2 === 0
    if (!isLast || half) {
      const result = await work()
      if (!half) return result
    }
    resolve('dead')
    return await new Promise<never>(() => undefined)
  }
  const journal: JournalStore = {
    all: () => store.all(),
    put: (id, text) => act(() => store.put(id, text)),
    drop: (id) => act(() => store.drop(id)),
    close: () => store.close(),
  }
  const fetch: HostileNode['fetch'] = (url, request) => act(() => node.fetch(url, request))
  return { dead, journal, fetch }
}

describe('what was promised of the journal', () => {
  test('nothing is sent when it cannot be written', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const broken = { ...memoryJournal(), put: () => Promise.reject(new Error('disk full')) }
    const till = await openOn(world, broken)
    await world.finish(till.started)
    expect(await world.finish(saidBy(till.pay(ORDER)))).toBe('journal_failed')
    expect(node.heard).toEqual([])
  })

  test('it holds neither tags nor secrets', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const seen: string[] = []
    const inner = memoryJournal()
    const spying: JournalStore = {
      ...inner,
      put: (id, text) => {
        seen.push(text)
        return inner.put(id, text)
      },
    }
    const till = await openOn(world, spying)
    const secret = '00112233445566778899aabbccddeeff'
    await world.finish(till.pay({ payers: [{ tag: '04FEEDBEEF77AA' }, { secret }], amount: 5 }))
    await world.finish(till.topUp({ tag: '04FEEDBEEF77AA', amount: 5 }))
    expect(seen.length).toBeGreaterThanOrEqual(4)
    expect(seen.join()).not.toMatch(/04FEEDBEEF77AA|00112233|krm_live/i)
  })

  test('what the node never heard of is cancelled at the next start, not charged', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const store = memoryJournal()
    const id = '0197930c-9c00-7000-8000-000000000001'
    await store.put(
      id,
      JSON.stringify({ entry: { id, action: 'takePayment', at: '', amount: 650 } }),
    )
    const till = await openOn(world, store)
    const { settled } = await world.finish(till.started)
    expect(settled).toMatchObject([{ id, status: 'cancelled' }])
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('cancelled')
    expect(node.charges.size).toBe(0)
  })

  test('an entry of an unknown form is asked for by its id alone', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const store = memoryJournal()
    const id = '0197930c-9c00-7000-8000-000000000002'
    node.states.set(id, 'applied')
    await store.put(id, 'not json at all')
    const till = await openOn(world, store)
    expect((await world.finish(till.started)).settled).toMatchObject([{ id, status: 'applied' }])
  })
})

describe('two at once', () => {
  test('a double tap with one id is one request', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    await world.finish(till.started)
    const id = till.newId()
    const taps = Array.from({ length: 20 }, () => till.pay({ ...ORDER, id }))
    expect(new Set(await world.finish(Promise.all(taps)))).toHaveLength(1)
    expect(node.heard).toEqual(['POST /v1/payments'])
  })

  test('one id with two amounts is id_reused', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const id = till.newId()
    const both = [saidBy(till.pay({ ...ORDER, id })), saidBy(till.pay({ ...ORDER, id, amount: 1 }))]
    expect(await world.finish(Promise.all(both))).toEqual(['applied', 'id_reused'])
  })

  test('two tabs over one journal never charge twice, and tell the same', async () => {
    const run = fc.asyncProperty(fc.array(fault, { maxLength: 20 }), async (faults) => {
      const node = new HostileNode(faults)
      const world = virtualWorld({ fetch: node.fetch })
      const store = memoryJournal()
      const [a, b] = [await openOn(world, store), await openOn(world, store)]
      const id = a.newId()
      const said = await world.finish(
        Promise.all([
          saidBy(a.pay({ ...ORDER, id })),
          saidBy(b.pay({ ...ORDER, id })),
          b.resolve().then(() => ''),
        ]),
      )
      node.deliverLate()
      expect(node.charges.get(id) ?? 0).toBeLessThanOrEqual(1)
      for (const each of said.filter((text) => OUTCOMES.has(text))) {
        expect(each).toBe(node.states.get(id))
      }
    })
    await fc.assert(run, { numRuns: 100 })
  }, 60_000)

  test('twenty cancellations are one, and one outcome', async () => {
    const node = new HostileNode([])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    await world.finish(till.started)
    const id = till.newId()
    const taps = Array.from({ length: 20 }, () => saidBy(till.cancel(id)))
    expect(new Set(await world.finish(Promise.all(taps)))).toEqual(new Set(['cancelled']))
    expect(node.heard).toEqual([`POST /v1/payments/${id}/cancel`])
  })
})

describe('patience', () => {
  test('a node that is gone leaves the payment open, and says so', async () => {
    const gone: readonly Fault[] = Array.from({ length: 500 }, () => 'request_lost')
    const node = new HostileNode(gone)
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const id = till.newId()
    const error: unknown = await world.finish(till.pay({ ...ORDER, id }).catch((thrown) => thrown))
    expect(error).toMatchObject({ code: 'outcome_unknown', id, retryable: true, recorded: false })
    expect(till.open()).toMatchObject([{ id, action: 'takePayment', amount: 650 }])
    expect(world.monotonicMs()).toBeGreaterThan(50_000)
    expect(500 - node.faults.length).toBeLessThan(60)
  })

  test('a node that promises that it kept nothing closes the payment', async () => {
    const blocked: readonly Fault[] = Array.from({ length: 500 }, () => 'blocked')
    const node = new HostileNode(blocked)
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    expect(await world.finish(saidBy(till.pay(ORDER)))).toBe('node_blocked')
    expect(till.open()).toEqual([])
  })

  test('a node that fails after it took the payment leaves it open', async () => {
    const failing: readonly Fault[] = Array.from({ length: 500 }, () => 'internal_after')
    const node = new HostileNode(failing)
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const id = till.newId()
    expect(await world.finish(saidBy(till.pay({ ...ORDER, id })))).toBe('outcome_unknown')
    expect([node.charges.get(id), till.open().length]).toEqual([1, 1])
    node.faults.splice(0)
    expect((await world.finish(till.resolve())).settled).toMatchObject([{ id, status: 'applied' }])
  })

  test('the outcome that was told first stays, whatever a node says later', async () => {
    const node = new HostileNode(['answer_never_ends'])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const id = till.newId()
    const paying = saidBy(till.pay({ ...ORDER, id }))
    await new Promise((done) => setImmediate(done))
    expect(await world.finish(saidBy(till.cancel(id)))).toBe('applied')
    node.states.set(id, 'cancelled')
    expect(await world.finish(paying)).toBe('applied')
    expect(await world.finish(saidBy(till.outcome(id)))).toBe('applied')
  })

  test('Retry-After is waited for, and pauses grow with jitter', async () => {
    const node = new HostileNode([])
    const times: number[] = []
    const world: VirtualWorld = virtualWorld({
      fetch: (url, request) => {
        times.push(world.monotonicMs())
        return node.fetch(url, request)
      },
      random: () => 0,
    })
    const till = await openOn(world, memoryJournal())
    await world.finish(till.started)
    node.faults.push('rate_limited', 'request_lost', 'request_lost', 'request_lost', 'none')
    times.splice(0)
    await world.finish(till.pay(ORDER))
    const pauses = times.slice(1).map((time, index) => Math.round(time - (times[index] ?? 0)))
    expect(pauses).toEqual([3_000, 180, 324, 583])
  })

  test('whoever stops waiting does not stop the payment', async () => {
    const node = new HostileNode(['answer_never_ends'])
    const world = virtualWorld({ fetch: node.fetch })
    const till = await openOn(world, memoryJournal())
    const stop = new AbortController()
    const id = till.newId()
    const paying = saidBy(till.pay({ ...ORDER, id }, { signal: stop.signal }))
    await new Promise((done) => setImmediate(done))
    stop.abort()
    expect(await world.finish(paying)).toBe('outcome_unknown')
    expect(await world.finish(saidBy(till.outcome(id)))).toBe('applied')
  })
})
