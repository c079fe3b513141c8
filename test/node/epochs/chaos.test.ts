import { describe, expect, test } from 'vitest'
import { createRandom, type RandomSource } from '#test/simulation/random.ts'
import { type Membership, openMembership } from './membership.ts'

const POOL = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']
const ROUNDS = 4
/** Eight of many; 88: an authority that was away was not told by those that follow now; 212: a follower neither. */
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 88, 212]

const SIZES = [1, 4, 4, 5, 7] as const

const drawSet = (random: RandomSource): readonly string[] =>
  random.shuffle(POOL).slice(0, SIZES[random.below(SIZES.length)] ?? 4)

/** The set of the highest epoch that anybody is in. */
const presentIn = (nodes: Membership): readonly string[] => {
  const seatings = nodes.names.map((name) => nodes.seating(name))
  const newest = seatings.toSorted((a, b) => b.epoch - a.epoch)[0]
  const peers = new Set(newest?.set.members.map(({ peerId }) => peerId))
  return nodes.names.filter((name) => peers.has(nodes.at(name).peer))
}

/** Kills, power cuts and cut links around the boundary, each taken back after a while. */
const disturb = (nodes: Membership, random: RandomSource): void => {
  for (let fault = random.below(4); fault > 0; fault--) {
    const name = POOL[random.below(POOL.length)] ?? 'a'
    const machine = nodes.at(name)
    const kind = random.below(4)
    if (kind === 0) machine.end('power')
    if (kind === 1) machine.end('kill')
    if (kind === 2) machine.endAfter(1 + random.below(40), 'power')
    if (kind === 3) nodes.isolate(name)
    nodes.wait(random.below(30))
  }
}

const heal = (nodes: Membership): void => {
  nodes.healAll()
  for (const name of POOL) {
    nodes.at(name).defuse()
    nodes.at(name).boot()
  }
}

const submitThrough = (nodes: Membership, names: readonly string[], random: RandomSource): void => {
  const up = names.filter((name) => nodes.at(name).isUp())
  const through = up[random.below(Math.max(1, up.length))]
  if (through !== undefined) nodes.pay(through)
}

/** One change of the set, some load, and whatever goes wrong meanwhile; then all is healed. */
const round = (nodes: Membership, random: RandomSource): void => {
  const present = presentIn(nodes)
  const through = present[random.below(present.length)] ?? 'a'
  const isFirst = nodes.seating(through).epoch === 1
  const version = isFirst && random.below(3) === 0 ? { version: 2 } : {}
  nodes.change(through, drawSet(random), { present, ...version })
  nodes.wait(random.below(60))
  for (let tick = 0; tick < 6; tick++) {
    disturb(nodes, random)
    submitThrough(nodes, POOL, random)
    nodes.wait(20 + random.below(200))
  }
  heal(nodes)
  nodes.wait(15_000)
}

const expectOneChain = (nodes: Membership): void => {
  const byHeight = new Map<number, string>()
  for (const { header, digest } of POOL.flatMap((name) => nodes.finals(name))) {
    expect(byHeight.get(header.height) ?? digest).toBe(digest)
    byHeight.set(header.height, digest)
  }
  const tips = POOL.map((name) => nodes.finals(name).at(-1)?.header.height)
  expect(tips).toEqual(POOL.map(() => Math.max(...byHeight.keys())))
}

describe('authorities that change while machines fall and links break', () => {
  test.each(SEEDS)('seed %i: one chain, no vote twice, and everybody arrives', (seed) => {
    const random = createRandom(`chaos ${seed}`)
    const first = seed % 3 === 0 ? ['a'] : POOL.slice(0, 4)
    const others = POOL.filter((name) => !first.includes(name))
    const nodes = openMembership({ members: first, others, seed: `chaos ${seed}` })
    nodes.start()
    for (let at = 0; at < ROUNDS; at++) round(nodes, random)
    for (const name of presentIn(nodes)) nodes.pay(name)
    nodes.wait(15_000)
    expect([...nodes.stopped]).toEqual([])
    expect(nodes.twice).toEqual([])
    expectOneChain(nodes)
    expect(new Set(POOL.map((name) => nodes.seating(name).epoch)).size).toBe(1)
    expect(nodes.seating('a').epoch).toBeGreaterThan(1)
  })
})
