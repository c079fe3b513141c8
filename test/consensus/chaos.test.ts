import { describe, expect, test } from 'vitest'
import { createHarness, type Harness } from './harness.ts'
import type { Node } from './harness-node.ts'

const SEEDS = Array.from({ length: 40 }, (_, index) => index + 1)

/** Small whole numbers below `bound`, the same for the same seed. */
const numbersOf = (seed: number) => {
  let state = seed * 7_919
  return (bound: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return (state >> 12) % bound
  }
}
type Numbers = ReturnType<typeof numbersOf>

const restartAll = (harness: Harness, below: Numbers): void => {
  for (const node of harness.nodes) {
    if (!node.alive) harness.restart(node, { store: laggingStore(node, below(4)) })
  }
}

/** A store that lost its last writes, as far as the journal's floor does not vouch for them. */
const laggingStore = (node: Node, lost: number): Node['disk']['store'] => {
  const { store } = node.disk
  const keep = store.findLastIndex(({ certificate }) => certificate.view % 64 === 0) + 1
  return store.slice(0, Math.max(keep, store.length - lost, 1))
}

const trouble = (harness: Harness, below: Numbers): number | undefined => {
  const node = harness.nodes[below(harness.nodes.length)]
  if (below(8) === 0 && node?.alive) harness.crash(node)
  if (below(5) === 0) restartAll(harness, below)
  if (below(40) === 0) {
    for (const each of harness.nodes) if (each.alive) harness.crash(each)
    restartAll(harness, below)
  }
  if (below(30) === 0) return below(1 << harness.nodes.length)
  return below(15) === 0 ? 0 : undefined
}

/** A hundred payments under loss, delay, partitions, crashes and power cuts; then it heals. */
const run = (seed: number): Harness => {
  const below = numbersOf(seed)
  const harness = createHarness({ size: seed % 3 === 2 ? 7 : 4, latencyMs: 10 })
  harness.start()
  const [loss, jitterMs] = [below(30), 1 + below(seed % 2 === 0 ? 250 : 40)]
  let sides = 0
  harness.routes.pass = (from, to) =>
    below(100) >= loss && (((sides >> from) ^ (sides >> to)) & 1) === 0
  harness.routes.extraMs = () => below(jitterMs)
  for (let count = 0; count < 100; count++) {
    const hearing = harness.nodes.filter(({ alive }) => alive && below(3) > 0)
    harness.submit(`payment ${count}`, hearing)
    harness.advance(below(60))
    sides = trouble(harness, below) ?? sides
  }
  harness.routes.pass = () => true
  harness.routes.extraMs = () => 0
  restartAll(harness, below)
  for (const a of harness.nodes) for (const b of harness.nodes) harness.reconnect(a, b)
  harness.submit('last')
  harness.advance(20_000)
  return harness
}

describe('through loss, delay, partitions, crashes and power cuts', () => {
  test.each(SEEDS)('seed %i: one chain, all converge, and then silence', (seed) => {
    const harness = run(seed)
    const { nodes } = harness
    const byHeight = new Map<number, string>()
    for (const { height, digest } of nodes.flatMap(({ finalAt }) => finalAt)) {
      expect(byHeight.get(height) ?? digest).toBe(digest)
      byHeight.set(height, digest)
    }
    for (const { disk, mempool } of nodes) {
      const final = new Set(
        disk.store.flatMap(({ blocks }) => blocks.flatMap(({ hashes }) => hashes)),
      )
      expect([...mempool].filter((hash) => !final.has(hash))).toEqual([])
      expect(mempool.size).toBeGreaterThan(0)
    }
    expect(new Set(nodes.map(({ finalAt }) => finalAt.at(-1)?.digest)).size).toBe(1)
    expect(nodes.flatMap(({ reports }) => reports.filter(({ kind }) => kind === 'fatal'))).toEqual(
      [],
    )
    const before = nodes.map(({ sent }) => sent.length)
    harness.advance(20_000)
    const said = nodes.flatMap(({ sent }, index) => sent.slice(before[index]))
    expect(new Set(said.map(({ message }) => message.type))).toEqual(new Set(['beacon']))
  })
})
