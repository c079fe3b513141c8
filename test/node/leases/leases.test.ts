import { describe, expect, test } from 'vitest'
import type { CaptureAnswer, CaptureOrder } from '#node/leases/capture.ts'
import { DELIVERED_AT_ONCE_MAX, LEASE_TICK_MS } from '#node/leases/limits.ts'
import { units } from '#protocol/amount.ts'
import { deriveId, type HoldId } from '#protocol/id.ts'
import type { HoldOpen } from '#protocol/transaction/kinds/hold.ts'
import { saleBody } from '#test/support/venue-builders.ts'
import {
  AUTHORITIES,
  CARD_MONEY,
  type Circuit,
  createCircuit,
  HOUR_MS,
  MINUTE_MS,
  type VenueNode,
} from '../../simulation/leases/circuit.ts'
import { createRandom } from '../../simulation/random.ts'

const DEAD = 2

const createBench = (terms: Partial<HoldOpen> = {}, lag = 0) => {
  const circuit = createCircuit({ random: createRandom('leases'), cards: 1, lags: [lag] })
  const { agenda, nodes, cards } = circuit
  const [node, tablet, club] = nodes
  const [card] = cards
  if (node === undefined || tablet === undefined || club === undefined || card === undefined) {
    throw new Error('no node')
  }
  const pass = (ms: number): void => agenda.advance(agenda.nowMs() + ms)
  const hold = circuit.lease(node, card, terms)
  pass(5_000)
  expect(node.machine.ledger().state.get('hold', hold)?.status).toBe('open')
  const order = (amount: number, changes: Partial<CaptureOrder> = {}): CaptureOrder => ({
    place: node.place.place,
    hold,
    amount: units(amount),
    id: circuit.newId(circuit.wallMs()),
    ...changes,
  })
  const answers: CaptureAnswer[] = []
  const send = (asked: CaptureOrder, at: VenueNode = node): void =>
    at.machine.capture(asked, (answer) => answers.push(answer))
  const capture = (asked: CaptureOrder, at: VenueNode = node): CaptureAnswer | undefined => {
    answers.length = 0
    send(asked, at)
    pass(100)
    return answers[0]
  }
  const captured = (): number | undefined => circuit.world.ledger.state.get('hold', hold)?.captured
  return { circuit, node, tablet, club, card, hold, pass, order, send, answers, capture, captured }
}

const ACCEPTED = { kind: 'accepted', replayed: false }
const refused = (code: string) => ({ kind: 'refused', code })

/** How often the ledger was captured from under these ids. */
const appliedIn = ({ chain }: Circuit): number =>
  chain.blocks
    .flatMap(({ events }) => events)
    .filter(({ kind, outcome }) => kind === 'hold.capture' && outcome === 'applied').length

describe('a venue that is cut off', () => {
  test('captures from its lease, and brings it to the ledger once when the link is back', () => {
    const { circuit, node, order, capture, captured, pass } = createBench()
    circuit.link(node, false)
    expect(capture(order(200))).toEqual(ACCEPTED)
    expect(capture(order(300))).toEqual(ACCEPTED)
    pass(2 * HOUR_MS)
    expect(captured()).toBe(0)
    circuit.link(node, true)
    pass(MINUTE_MS)
    expect(captured()).toBe(500)
    expect(appliedIn(circuit)).toBe(2)
    expect(node.machine.leases()?.size()).toBe(0)
  })

  test('brings in seconds what is more than it delivers at one time', () => {
    const { circuit, node, order, capture, captured, pass } = createBench()
    circuit.link(node, false)
    const many = DELIVERED_AT_ONCE_MAX + 100
    for (let sale = 0; sale < many; sale++) expect(capture(order(1))).toEqual(ACCEPTED)
    circuit.link(node, true)
    pass(LEASE_TICK_MS / 2)
    expect(captured()).toBe(many)
    expect(node.machine.leases()?.size()).toBe(0)
  })

  test('never promises more than its lease, with what is on its way and what has arrived', () => {
    const { circuit, node, order, capture, pass } = createBench()
    capture(order(200))
    pass(MINUTE_MS)
    circuit.link(node, false)
    expect(capture(order(200))).toEqual(ACCEPTED)
    expect(capture(order(101))).toEqual(refused('hold_cap_exceeded'))
    expect(capture(order(100))).toEqual(ACCEPTED)
    expect(capture(order(1))).toEqual(refused('hold_cap_exceeded'))
  })

  test('answers only when the disk has it', () => {
    const { node, order, answers, send, circuit } = createBench()
    const { agenda } = circuit
    send(order(100))
    expect(answers).toEqual([])
    expect(node.machine.leases()?.size()).toBe(1)
    agenda.advance(agenda.nowMs() + 10)
    expect(answers).toEqual([ACCEPTED])
  })

  test('takes the same order again as the same capture, and no other under its id', () => {
    const { circuit, node, order, capture } = createBench()
    circuit.link(node, false)
    const asked = order(100)
    capture(asked)
    expect(capture(asked)).toEqual({ kind: 'accepted', replayed: true })
    expect(capture({ ...asked, amount: units(101) })).toEqual(refused('id_used'))
    expect(node.machine.leases()?.onTheWay(asked.hold)).toBe(100)
  })

  test('answers an order that the ledger holds as before, and no other under its id', () => {
    const { circuit, node, order, capture, pass } = createBench()
    const asked = order(100)
    capture(asked)
    const all = order(400)
    capture(all)
    pass(3 * MINUTE_MS)
    expect(node.machine.leases()?.size()).toBe(0)
    const replayed = { kind: 'accepted', replayed: true }
    expect(capture(asked)).toEqual(replayed)
    expect(capture(all)).toEqual(replayed)
    expect(capture({ ...asked, amount: units(101) })).toEqual(refused('hold_closed'))
    pass(MINUTE_MS)
    expect(appliedIn(circuit)).toBe(2)
  })

  test('refuses other content under an id that the ledger holds', () => {
    const { order, capture, pass } = createBench()
    const asked = order(100)
    capture(asked)
    pass(3 * MINUTE_MS)
    expect(capture({ ...asked, amount: units(101) })).toEqual(refused('id_used'))
    expect(capture(asked)).toEqual({ kind: 'accepted', replayed: true })
  })

  test('stops when its lease clock comes near the end of the lease, and not before', () => {
    const { circuit, node, order, capture, pass, hold } = createBench()
    circuit.link(node, false)
    const { expiresAtMs = 0 } = circuit.world.get('hold', hold)
    pass(expiresAtMs - 30_000 - circuit.wallMs() - 200)
    expect(capture(order(1))).toEqual(ACCEPTED)
    pass(100)
    expect(capture(order(1))).toEqual(refused('lease_over'))
  })

  test('is not fooled by a wall clock that was put back while it was off', () => {
    const { circuit, node, order, capture, pass } = createBench()
    circuit.link(node, false)
    pass(6 * HOUR_MS)
    expect(capture(order(1))).toEqual(refused('lease_over'))
    node.machine.fall('off')
    node.machine.setSkew(-5 * HOUR_MS)
    circuit.boot(node)
    expect(capture(order(1))).toEqual(refused('lease_over'))
  })

  test('captures nothing from what is not its own, unknown or over', () => {
    const { tablet, club, order, capture, hold, circuit, node, pass } = createBench()
    const none: HoldId = deriveId('hld', 'none')
    expect(capture(order(1, { hold: none }))).toEqual(refused('hold_unknown'))
    expect(capture(order(1, { place: club.place.place }))).toEqual(refused('hold_unknown'))
    expect(capture(order(1), tablet)).toEqual(refused('hold_elsewhere'))
    const { place } = node.place
    circuit.submit(node.place.owner, { kind: 'hold.release', place, hold })
    pass(5_000)
    expect(capture(order(1))).toEqual(refused('hold_closed'))
  })

  test('takes no id of another time, and none that a block has used', () => {
    const { circuit, node, card, order, capture, pass } = createBench()
    const now = circuit.wallMs()
    const early = order(1, { id: circuit.newId(now - 100 * HOUR_MS) })
    expect(capture(early)).toEqual(refused('id_lapses'))
    expect(capture(order(1, { id: circuit.newId(now + HOUR_MS) }))).toEqual(
      refused('id_not_yet_valid'),
    )
    const { grant: _, ...sale } = saleBody(node.place, [card], 10)
    const { jti } = circuit.submit(node.place.owner, { ...sale, assets: [node.asset] })
    pass(5_000)
    expect(capture(order(10, { id: jti }))).toEqual(refused('id_used'))
  })
})

describe('a ledger that stands still', () => {
  test('voids nothing: what was captured meanwhile is on it once it wakes', () => {
    const { circuit, order, capture, captured, pass } = createBench()
    circuit.seat(DEAD)
    pass(HOUR_MS)
    expect(capture(order(100))).toEqual(ACCEPTED)
    pass(80 * HOUR_MS)
    circuit.seat(AUTHORITIES)
    pass(10 * MINUTE_MS)
    expect(captured()).toBe(100)
    expect(appliedIn(circuit)).toBe(1)
  })

  test('for longer than any id lasts: the capture is signed anew, and is there once', () => {
    const { circuit, node, order, capture, captured, pass } = createBench()
    circuit.seat(DEAD)
    expect(capture(order(100))).toEqual(ACCEPTED)
    pass(200 * HOUR_MS)
    circuit.seat(AUTHORITIES)
    pass(10 * MINUTE_MS)
    expect(captured()).toBe(100)
    expect(appliedIn(circuit)).toBe(1)
    expect(node.machine.leases()?.losses()).toEqual([])
  })
})

test('a capture that lapses while its key is away waits for the key, and is there once', () => {
  const { circuit, node, order, capture, captured, pass } = createBench()
  circuit.seat(DEAD)
  expect(capture(order(100))).toEqual(ACCEPTED)
  pass(200 * HOUR_MS)
  node.hasKey = false
  circuit.seat(AUTHORITIES)
  pass(10 * MINUTE_MS)
  expect(captured()).toBe(0)
  expect(node.machine.leases()?.losses()).toEqual([])
  expect(node.machine.leases()?.size()).toBe(1)
  node.hasKey = true
  pass(3 * MINUTE_MS)
  expect(captured()).toBe(100)
  expect(appliedIn(circuit)).toBe(1)
})

describe('a capture that comes too late', () => {
  test('is in the report, and not on the ledger', () => {
    const { circuit, node, order, capture, pass } = createBench({ graceMs: HOUR_MS })
    circuit.link(node, false)
    expect(capture(order(100))).toEqual(ACCEPTED)
    pass(8 * HOUR_MS)
    circuit.link(node, true)
    pass(10 * MINUTE_MS)
    expect(appliedIn(circuit)).toBe(0)
    expect(node.machine.leases()?.losses()).toMatchObject([{ amount: 100, lost: 'hold_unknown' }])
  })

  test('stays in the report over a restart', () => {
    const { circuit, node, order, capture, pass } = createBench({ graceMs: HOUR_MS })
    circuit.link(node, false)
    capture(order(100))
    pass(8 * HOUR_MS)
    circuit.link(node, true)
    pass(10 * MINUTE_MS)
    node.machine.fall('off')
    circuit.boot(node)
    expect(node.machine.leases()?.losses()).toHaveLength(1)
  })
})

test('a capture stays in the journal until its block cannot be taken back', () => {
  const { circuit, node, order, capture, pass, captured } = createBench({}, 1)
  expect(capture(order(300))).toEqual(ACCEPTED)
  pass(2 * MINUTE_MS)
  expect(captured()).toBe(300)
  circuit.link(node, false)
  node.machine.fall('off')
  circuit.boot(node)
  expect(capture(order(201))).toEqual(refused('hold_cap_exceeded'))
  expect(capture(order(200))).toEqual(ACCEPTED)
})

test('a sale tried first and its capture are one payment, whichever comes first', () => {
  const { circuit, node, card, order, capture, pass } = createBench()
  const { grant: _, ...sale } = saleBody(node.place, [card], 100)
  const { jti } = circuit.submit(node.place.owner, { ...sale, assets: [node.asset] })
  expect(capture(order(100, { id: jti }))).toEqual(ACCEPTED)
  pass(MINUTE_MS)
  expect(circuit.world.available(node.place.wallet, node.asset)).toBe(100)
  expect(node.machine.leases()?.size()).toBe(0)
  expect(node.machine.leases()?.losses()).toEqual([])
})

test('a sale tried first and refused leaves the capture another id, and it is there once', () => {
  const { circuit, node, card, hold, order, capture, captured, pass } = createBench()
  const { grant: _, ...sale } = saleBody(node.place, [card], CARD_MONEY)
  const { jti } = circuit.submit(node.place.owner, { ...sale, assets: [node.asset] })
  const asked = order(100, { id: jti })
  expect(capture(asked)).toEqual(ACCEPTED)
  pass(MINUTE_MS)
  expect(captured()).toBe(100)
  expect(appliedIn(circuit)).toBe(1)
  expect(node.machine.leases()?.losses()).toEqual([])
  pass(3 * MINUTE_MS)
  expect(capture(asked)).toEqual({ kind: 'accepted', replayed: true })
  expect(node.machine.leases()?.find(node.place.place, jti)?.capture.jti).not.toBe(jti)
  expect(node.machine.leases()?.retire(hold, circuit.wallMs())).toBeTypeOf('function')
})

test('a lease that is being given back pays nothing more, unless that comes to nothing', () => {
  const { circuit, node, hold, order, capture } = createBench()
  circuit.link(node, false)
  const open = node.machine.leases()?.retire(hold, circuit.wallMs())
  expect(capture(order(100))).toEqual(refused('hold_closed'))
  open?.()
  expect(capture(order(100))).toEqual(ACCEPTED)
  expect(node.machine.leases()?.retire(hold, circuit.wallMs())).toBeUndefined()
})

test('a lease that is given back twice at a time pays nothing before neither can happen', () => {
  const { circuit, node, hold, order, capture } = createBench()
  circuit.link(node, false)
  const leases = node.machine.leases()
  const [first, second] = [1, 2].map(() => leases?.retire(hold, circuit.wallMs()))
  first?.()
  expect(capture(order(100))).toEqual(refused('hold_closed'))
  leases?.tick()
  first?.()
  expect(capture(order(100))).toEqual(refused('hold_closed'))
  second?.()
  expect(capture(order(100))).toEqual(ACCEPTED)
})

test('a sub-lease is captured by the till that has its key, and by nobody else', () => {
  const { circuit, node, tablet, hold, order, capture, pass } = createBench()
  const body = {
    kind: 'hold.split',
    place: node.place.place,
    hold,
    key: tablet.key.key,
    cap: units(200),
  } as const
  circuit.submit(node.key, body)
  pass(5_000)
  const part = circuit.chain.blocks
    .flatMap(({ events }) => events)
    .flatMap(({ kind, created }) => (kind === 'hold.split' ? created : []))
  const [id] = part.map((text) => circuit.world.get('hold', text).id)
  circuit.link(tablet, false)
  circuit.link(node, false)
  expect(capture(order(200, { hold: id ?? hold }), tablet)).toEqual(ACCEPTED)
  expect(capture(order(301))).toEqual(refused('hold_cap_exceeded'))
  expect(capture(order(300))).toEqual(ACCEPTED)
  circuit.link(tablet, true)
  circuit.link(node, true)
  pass(MINUTE_MS)
  expect(circuit.world.available(node.place.wallet, node.asset)).toBe(500)
})

/** Writes of a capture, of the outbox and of what ends both: more than there are. */
const WRITES = 8

describe.each(Array.from({ length: WRITES }, (_, writes) => writes))(
  'a node that dies after %i writes, before the disk has the next or before it hears of it',
  (writes) => {
    test.each([0, 2])('keeps what it answered, once, with a store that lags by %i', (lag) => {
      const { circuit, node, order, send, answers, pass, hold, card } = createBench({}, lag)
      circuit.link(node, false)
      node.machine.arm(writes, () => undefined)
      for (let sale = 0; sale < 2; sale++) {
        send(order(100))
        pass(2 * MINUTE_MS)
      }
      circuit.link(node, true)
      pass(5 * MINUTE_MS)
      const fell = !node.machine.isUp()
      circuit.boot(node)
      pass(10 * MINUTE_MS)
      const accepted = answers.filter(({ kind }) => kind === 'accepted').length
      const applied = appliedIn(circuit)
      // What was on disk and not answered yet may arrive too: nobody was told that it does not.
      expect(applied).toBeGreaterThanOrEqual(accepted)
      expect(applied).toBeLessThanOrEqual(2)
      expect(circuit.world.get('hold', hold).captured).toBe(100 * applied)
      if (!fell) expect(accepted).toBe(2)
      const { available } = circuit.world.get('balance', `${card.wallet}/${node.asset}`)
      expect(available).toBe(CARD_MONEY - 500)
    })
  },
)
