import { expect, test } from 'vitest'
import { Leases, type LeasesPorts } from '#node/leases/leases.ts'
import type { OutboxEnd, OutboxEntry } from '#node/outbox/outbox.ts'
import type { StoredCapture } from '#node/storage/local-facts.ts'
import { units } from '#protocol/amount.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import type { View } from '#protocol/ledger/view.ts'
import { HOLD_KEY, openedHold } from '../../protocol/ledger/hold-builders.ts'
import { createScene } from '../../protocol/ledger/refusal-scene.ts'
import { saleBody } from '../../support/venue-builders.ts'

/** Captures of one hold on a real ledger; whether state knows their ids is up to the test. */
const createBench = () => {
  const { world, ...venues } = createScene()
  const hold = openedHold({ world, ...venues })
  const { state } = world.ledger
  let isForgotten = false
  const view: View = {
    get: (family, key) =>
      family === 'payment' && isForgotten ? undefined : state.get(family, key),
  }
  const submitted: OutboxEntry[] = []
  const journal: StoredCapture[] = []
  let ended: (end: OutboxEnd) => void = () => undefined
  const ports: LeasesPorts = {
    clock: { nowMs: world.nowMs, onFinal: () => undefined },
    headMs: () => 0,
    wallMs: world.nowMs,
    view: () => view,
    networkId: networkIdOf(world.genesis),
    signer: () => ({ signerKey: HOLD_KEY.key, sign: HOLD_KEY.sign }),
    journal: {
      put: (capture, done) => {
        journal.push(capture)
        done(undefined)
      },
      remove: () => undefined,
      hasRoom: () => true,
    },
    grants: { judge: () => undefined, count: () => undefined },
    noteTime: () => undefined,
    outbox: {
      submit: (entry) => {
        submitted.push(entry)
        return 'taken'
      },
      onEnd: (_hash, listener) => {
        ended = listener
        return () => undefined
      },
    },
    storedOutcome: () => undefined,
    storedBody: (_payment, answer) => answer(undefined),
    newId: (timeMs) => world.jti(timeMs),
  }
  const order = { place: venues.bar.place, hold, amount: units(10), id: world.jti() }
  /** A final block holds it. The store does not yet. */
  const record = () => {
    const { place, amount, id: jti } = order
    return world.must(HOLD_KEY, { kind: 'hold.capture', place, hold, amount }, { jti })
  }
  /** A final block says no to the sale that was tried first. */
  const refuseSale = (): void => {
    const { bar, weak } = venues
    const { outcome } = world.apply(bar.till, saleBody(bar, [weak], 5_000), { jti: order.id })
    expect(outcome).toBe('insufficient_funds')
  }
  const forget = (): void => {
    isForgotten = true
  }
  const expire = (): void => ended({ kind: 'expired', height: 9, timeMs: world.nowMs() })
  const recorded = (): void => {
    const [entry] = submitted
    if (entry === undefined) throw new Error('nothing was submitted')
    ended({ kind: 'recorded', event: record(), hash: entry.hash })
  }
  const nowMs = world.nowMs
  return {
    ...{ ports, order, hold, submitted, journal, nowMs },
    ...{ record, recorded, refuseSale, forget, expire },
  }
}

test('an id that a final block told of and state forgot before the store has it is not signed anew', () => {
  const { ports, order, hold, submitted, journal, recorded, forget, expire } = createBench()
  const leases = new Leases(ports, [])
  leases.capture(order, () => undefined)
  expect(submitted).toHaveLength(1)
  recorded()
  forget()
  leases.tick()
  expire()
  leases.tick()
  expect(submitted).toHaveLength(1)
  expect(journal).toHaveLength(1)
  expect(leases.onTheWay(hold)).toBe(0)
})

test('nor one that a restart found in state, which forgot it afterwards', () => {
  const { ports, order, submitted, journal, record, forget } = createBench()
  new Leases(ports, []).capture(order, () => undefined)
  record()
  const again = new Leases(ports, journal.slice())
  again.tick()
  forget()
  again.tick()
  expect(submitted).toHaveLength(1)
  expect(journal).toHaveLength(1)
})

test('what is signed anew stays told while that is written', () => {
  const { ports, order, journal, expire } = createBench()
  const leases = new Leases(ports, [])
  leases.capture(order, () => undefined)
  const slow = { ...ports.journal, put: (capture: StoredCapture) => void journal.push(capture) }
  Object.assign(ports.journal, slow)
  expect(leases.find(order.place, order.id)?.isStored).toBe(true)
  expire()
  expect(journal).toHaveLength(2)
  expect(leases.find(order.place, order.id)?.isStored).toBe(true)
  expect(leases.waiting()).toMatchObject([{ id: order.id }])
})

test('what must be signed anew while the disk is behind is signed when that has room', () => {
  const { ports, order, hold, submitted, journal, expire } = createBench()
  const leases = new Leases(ports, [])
  leases.capture(order, () => undefined)
  Object.assign(ports.journal, { hasRoom: () => false })
  expire()
  leases.tick()
  expect(journal).toHaveLength(1)
  expect(leases.onTheWay(hold)).toBe(order.amount)
  Object.assign(ports.journal, { hasRoom: () => true })
  leases.tick()
  expect(journal).toHaveLength(2)
  expect(submitted).toHaveLength(2)
  expect(submitted[1]?.id).not.toBe(order.id)
})

test('what was signed anew, is stored and forgotten by state waits no more after a restart', () => {
  const { ports, order, hold, journal, expire } = createBench()
  new Leases(ports, []).capture(order, () => undefined)
  expire()
  const [, anew] = journal
  expect(anew).toMatchObject({ id: order.id })
  expect(anew?.jti).not.toBe(order.id)
  const again = new Leases({ ...ports, storedOutcome: () => 'applied' }, anew ? [anew] : [])
  again.tick()
  expect(again.waiting()).toEqual([])
  expect(again.onTheWay(hold)).toBe(0)
  expect(again.find(order.place, order.id)?.capture.jti).toBe(anew?.jti)
})

test('what a refused sale took the id of stays promised until it is on its way under another', () => {
  const { ports, order, hold, submitted, journal, nowMs, refuseSale } = createBench()
  new Leases(ports, []).capture(order, () => undefined)
  refuseSale()
  const again = new Leases(ports, journal.slice())
  expect(again.onTheWay(hold)).toBe(order.amount)
  expect(again.retire(hold, nowMs())).toBeUndefined()
  again.tick()
  expect(again.onTheWay(hold)).toBe(order.amount)
  expect(submitted).toHaveLength(2)
  expect(submitted[1]?.id).not.toBe(order.id)
  expect(again.find(order.place, order.id)?.capture.jti).toBe(submitted[1]?.id)
})

test('so does one that waits for its turn meanwhile, and it goes under another at its turn', () => {
  const { ports, order, hold, submitted, refuseSale } = createBench()
  let room = false
  const { submit } = ports.outbox
  const outbox = {
    ...ports.outbox,
    submit: (entry: OutboxEntry, stored: () => void) => (room ? submit(entry, stored) : 'full'),
  } as const
  const leases = new Leases({ ...ports, outbox }, [])
  leases.capture(order, () => undefined)
  refuseSale()
  expect(leases.onTheWay(hold)).toBe(order.amount)
  room = true
  leases.tick()
  expect(leases.onTheWay(hold)).toBe(order.amount)
  expect(submitted.map(({ id }) => id === order.id)).toEqual([false])
})

test('a capture is counted under its grant before it is put on disk, and not again when it is asked for or signed anew', () => {
  const { ports, order, expire } = createBench()
  const steps: string[] = []
  const grants = { judge: () => undefined, count: () => void steps.push('counted') }
  const put: LeasesPorts['journal']['put'] = ({ jti }, done) => {
    steps.push(jti === order.id ? 'put' : 'put anew')
    done(undefined)
  }
  const leases = new Leases({ ...ports, grants, journal: { ...ports.journal, put } }, [])
  leases.capture(order, () => undefined)
  leases.capture(order, () => undefined)
  expire()
  expect(steps).toEqual(['counted', 'put', 'put anew'])
})
