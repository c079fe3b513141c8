import { describe, expect, test } from 'vitest'
import { createCircuit } from './circuit.ts'
import { drawSwarm } from './draw-swarm.ts'
import { createEpochBook } from './epoch-book.ts'
import { createFederation } from './federation.ts'
import { createStandInKeys } from './keys.ts'
import { createCounter } from './tally.ts'
import { createTrace } from './trace.ts'

const FOLLOWER = 4
const PAYMENTS = 12
/** A quorum: its votes alone make a block final here. */
const QUORUM = 3
/** Two beacons: the one that tells of a block, and the one after which a copy that stood still asks. */
const BEHIND_MS = 4_000

/** Four authorities and a follower that is linked to the first few of them only. */
const openWith = (links: number) => {
  const swarm = {
    ...drawSwarm(1),
    authorities: 4,
    followers: 1,
    realSignatures: false,
    calm: true,
    load: 'idle',
    delay: { baseMs: 10, tailMs: 0 },
    syncMs: { min: 0, max: 0 },
    skewMaxMs: 0,
    liars: [],
    overFault: false,
    victims: [],
    plan: [],
    candidates: [],
    changes: [],
    outdated: [],
  } as const
  const keys = createStandInKeys()
  const circuit = createCircuit(swarm, keys)
  const finals = new Map<string, number[]>()
  const federation = createFederation({
    swarm,
    circuit,
    book: createEpochBook(circuit),
    keys,
    trace: createTrace(),
    byzantine: createCounter([]),
    marks: createCounter(),
    observe: (seen) => {
      if (seen.type !== 'final') return
      const heights = finals.get(seen.who.name) ?? []
      heights.push(seen.block.block.header.height)
      finals.set(seen.who.name, heights)
    },
  })
  const { network, agenda, machines, machine, payments } = federation
  for (let authority = links; authority < FOLLOWER; authority++) {
    network.cut(authority, FOLLOWER)
    network.cut(FOLLOWER, authority)
  }
  for (const each of machines) each.boot()
  const wait = (ms: number): void => agenda.advance(agenda.nowMs() + ms)
  wait(1_500)
  for (const wave of payments.opening(machine(0).wallMs())) {
    for (const entry of wave()) machine(0).submit(entry, () => undefined)
    wait(1_000)
  }
  const pay = (at: number): void => {
    const order = { from: at % payments.persons, to: (at + 1) % payments.persons, amount: 1 }
    const entry = payments.transfer(machine(0).wallMs(), { ...order, forMs: 60_000 })
    machine(0).submit(entry, () => undefined)
  }
  const heightsOf = (index: number): readonly number[] => finals.get(machine(index).who.name) ?? []
  return { wait, pay, heightsOf }
}

describe('gossip is passed on by nobody: a follower', () => {
  test.each([4, 3, 2, 1])('linked to %i of four authorities has every block, in order', (links) => {
    const { wait, pay, heightsOf } = openWith(links)
    const lagsMs: number[] = []
    for (let at = 0; at < PAYMENTS; at++) {
      pay(at)
      wait(500)
      const height = heightsOf(0).at(-1) ?? 0
      let lagMs = 0
      for (; (heightsOf(FOLLOWER).at(-1) ?? 0) < height && lagMs < 60_000; lagMs += 10) wait(10)
      lagsMs.push(lagMs)
    }
    const heights = heightsOf(FOLLOWER)
    expect(heights).toEqual(heights.map((_, index) => index + 1))
    expect(heights.at(-1)).toBeGreaterThanOrEqual(PAYMENTS)
    expect(Math.max(...lagsMs)).toBeLessThanOrEqual(links >= QUORUM ? 0 : BEHIND_MS)
  })
})
