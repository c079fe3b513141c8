import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import type { Hash } from '#protocol/hash.ts'
import { createForge, type ForgeNode } from './block-forge.ts'

const follow = (node: ForgeNode, ...blocks: readonly HeldBlock[]): void => {
  for (const block of blocks) {
    node.executor.hold(block)
    expect(node.executor.execute(block.digest)).toEqual({ kind: 'valid' })
  }
}

describe('a block that becomes final', () => {
  test('leaves what is applied above it applied', () => {
    const forge = createForge()
    const node = forge.node()
    const first = node.build(node.executor.final(), { of: [forge.transfer(1)] })
    const second = node.build(first, { of: [forge.transfer(2)] })
    const [final] = node.executor.finalise([first.digest])
    expect(final?.block.digest).toBe(first.digest)
    expect(node.executor.tip().digest).toBe(second.digest)
    expect(node.mempool.waitingCount()).toBe(0)
    expect(node.executor.finalise([second.digest])).toHaveLength(1)
    expect(node.ledger.state.root()).toBe(second.header.stateRoot)
  })

  test('takes the tip over from another branch, whose transactions wait again', () => {
    const forge = createForge()
    const [leader, node] = [forge.node(), forge.node()]
    const genesis = leader.executor.final()
    const [mine, theirs] = [forge.transfer(1), forge.transfer(2)]
    const dead = node.build(genesis, { of: [mine] })
    const deadChild = node.build(dead, { of: [forge.transfer(3)] })
    const live = leader.build(genesis, { view: 3, of: [theirs] })
    node.executor.hold(live)
    expect(node.executor.finalise([live.digest])).toHaveLength(1)
    expect(node.executor.tip().digest).toBe(live.digest)
    expect([...node.mempool.waiting()].map(({ hash }) => hash)).toEqual(
      [mine, ...deadChild.transactions].map(({ hash }) => hash),
    )
    expect(node.executor.holds(dead.digest)).toBe(false)
    expect(node.ledger.state.root()).toBe(live.header.stateRoot)
  })

  test('frees the memory of every block at its height or below', () => {
    const forge = createForge()
    const [leader, node] = [forge.node(), forge.node()]
    const genesis = leader.executor.final()
    const lost = leader.build(genesis, { of: [forge.transfer(1)] })
    const live = node.build(genesis, { view: 2, of: [forge.transfer(2)] })
    node.executor.hold(lost)
    node.executor.hold(lost)
    expect(node.executor.heldBytes()).toBe(
      [...lost.transactions, ...live.transactions].reduce((sum, { size }) => sum + size, 0),
    )
    node.executor.finalise([live.digest])
    expect(node.executor.heldBytes()).toBe(0)
    expect(node.executor.executed(live.digest)).toBeUndefined()
  })

  test('that gives another root here cannot be made final', () => {
    const forge = createForge()
    const [leader, node] = [forge.node(), forge.node()]
    const block = leader.build(leader.executor.final(), { of: [forge.transfer(1)] })
    node.executor.hold({ ...block, transactions: [] })
    expect(node.executor.execute(block.digest)).toMatchObject({ kind: 'invalid' })
    expect(() => node.executor.finalise([block.digest])).toThrow('does not apply')
  })
})

describe('a change of branch', () => {
  test('gives the same roots as the straight way, there and back', () => {
    const forge = createForge()
    const [left, right, node] = [forge.node(), forge.node(), forge.node()]
    const genesis = left.executor.final()
    const a1 = left.build(genesis, { of: [forge.transfer(1)] })
    const a2 = left.build(a1, { of: [forge.transfer(2)] })
    const b1 = right.build(genesis, { view: 3, of: [forge.transfer(3)] })
    follow(node, a1, a2, b1)
    expect(node.ledger.state.root()).toBe(b1.header.stateRoot)
    expect(node.executor.execute(a2.digest)).toEqual({ kind: 'valid' })
    expect(node.ledger.state.root()).toBe(a2.header.stateRoot)
    expect(node.executor.executed(b1.digest)).toBeDefined()
  })

  test('to a block whose parent is not here changes nothing', () => {
    const forge = createForge()
    const [leader, node] = [forge.node(), forge.node()]
    const first = leader.build(leader.executor.final(), { of: [forge.transfer(1)] })
    const second = leader.build(first, { of: [forge.transfer(2)] })
    const own = node.build(node.executor.final(), { view: 3, of: [forge.transfer(3)] })
    node.executor.hold(second)
    expect(node.executor.execute(second.digest)).toEqual({ kind: 'no_parent' })
    expect(node.executor.tip().digest).toBe(own.digest)
  })

  test('that fails half way leaves the last good block as the tip', () => {
    const forge = createForge()
    const [leader, node] = [forge.node(), forge.node()]
    const good = leader.build(leader.executor.final(), { of: [forge.transfer(1)] })
    const bad = leader.build(good, { of: [forge.transfer(2)] })
    node.executor.hold(good)
    node.executor.hold({ ...bad, transactions: [...bad.transactions, ...bad.transactions] })
    expect(node.executor.execute(bad.digest)).toMatchObject({ kind: 'invalid' })
    expect(node.executor.tip().digest).toBe(good.digest)
    expect(node.ledger.state.root()).toBe(good.header.stateRoot)
  })
})

describe('a transaction that makes a rule throw', () => {
  const trapped = () => {
    const forge = createForge()
    const leader = forge.node()
    const poison = forge.transfer(666)
    const good = forge.transfer(1)
    const block = leader.build(leader.executor.final(), { of: [good, poison] })
    const { ledger, executor } = forge.node()
    const { state } = ledger
    const put: typeof state.put = (family, key, record) => {
      if (key.endsWith(poison.jti)) throw new Error('a rule of ours is wrong')
      return state.put(family, key, record)
    }
    const node = forge.node({ ledger: { ...ledger, state: { ...state, put } } })
    expect(node.executor.final()).toEqual(executor.final())
    return { node, block, poison, good, state }
  }

  test('costs its block our vote, is named, and leaves the state as it was', () => {
    const { node, block, poison, state } = trapped()
    const before = state.root()
    node.executor.hold(block)
    expect(node.executor.execute(block.digest)).toEqual({ kind: 'poisonous', hash: poison.hash })
    expect(node.poisoned).toEqual([poison.hash])
    expect(state.root()).toBe(before)
  })

  test('is left out of our own block, which holds the others', () => {
    const { node, poison, good } = trapped()
    const own = node.build(node.executor.final(), { of: [good, poison] })
    expect(own.transactions).toEqual([good])
    expect(node.poisoned).toEqual([poison.hash])
    expect(node.mempool.get(poison.hash)).toBeUndefined()
  })
})

const FAMILIES = ['balance', 'payment', 'counter', 'wallet'] as const

type Step =
  | { readonly do: 'extend' | 'fork'; readonly amount: number }
  | { readonly do: 'finalise'; readonly depth: number }

const steps = fc.array(
  fc.oneof(
    fc.record({
      do: fc.constantFrom('extend' as const, 'fork' as const),
      amount: fc.integer({ min: 1, max: 60_000 }),
    }),
    fc.record({ do: fc.constant('finalise' as const), depth: fc.integer({ min: 0, max: 4 }) }),
  ),
  { minLength: 1, maxLength: 14 },
)

/** A node with a chain of blocks above its final one, and a copy that applies final ones only. */
const createPair = () => {
  const forge = createForge()
  const [node, copy] = [forge.node(), forge.node()]
  let above: readonly HeldBlock[] = []
  let view = 0
  const finalise = (depth: number): void => {
    const finals = above.slice(0, depth)
    node.executor.finalise(finals.map(({ digest }) => digest))
    follow(copy, ...finals)
    above = above.slice(finals.length)
  }
  const run = (step: Step): void => {
    view += 1
    if (step.do === 'finalise') {
      finalise(step.depth)
      return
    }
    if (step.do === 'fork') above = above.slice(0, Math.floor(above.length / 2))
    const parent = above.at(-1) ?? node.executor.final()
    above = [...above, node.build(parent, { view, of: [forge.transfer(step.amount)] })]
  }
  return { node, copy, run }
}

const expectFinalOf = (
  node: ForgeNode,
  copy: ForgeNode,
  view = node.executor.finalView(),
): void => {
  for (const family of FAMILIES) {
    const wanted = [...copy.ledger.state.entries(family)]
    expect([...view.records(family)]).toEqual(wanted.map(({ record }) => record))
    for (const { key, record } of wanted) expect(view.get(family, key)).toEqual(record)
    for (const { key } of node.ledger.state.entries(family)) {
      expect(view.get(family, key)).toEqual(copy.ledger.state.get(family, key))
    }
  }
}

describe('reads as of the final block', () => {
  test('are what a copy made at that block holds, whatever is applied above it', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { node, copy, run } = createPair()
        for (const step of plan) {
          run(step)
          expectFinalOf(node, copy)
        }
      }),
      { numRuns: 25 },
    )
  })

  test('follow the final block, for whoever took the view long before', () => {
    fc.assert(
      fc.property(steps, (plan) => {
        const { node, copy, run } = createPair()
        const view = node.executor.finalView()
        for (const step of plan) run(step)
        expectFinalOf(node, copy, view)
      }),
      { numRuns: 25 },
    )
  })

  test('judge a transaction at the door by the final state, not by a block above it', () => {
    const forge = createForge()
    const node = forge.node()
    const transaction = forge.transfer(1)
    const timeMs = node.executor.final().header.timestampMs + 10
    const block = node.build(node.executor.final(), { of: [transaction] })
    expect(node.executor.judgeDoor(transaction, timeMs)).toBeUndefined()
    node.executor.finalise([block.digest])
    expect(node.executor.judgeDoor(transaction, timeMs)).toBe('duplicate')
    expect(node.executor.judgeDoor(forge.transfer(2), timeMs + 3_600_000)).toBe('expired')
  })
})

test('a header that claims another root is refused with both values', () => {
  const forge = createForge()
  const [leader, node] = [forge.node(), forge.node()]
  const block = leader.build(leader.executor.final(), { of: [forge.transfer(1)] })
  const other: Hash = block.header.historyRoot
  node.executor.hold({ ...block, header: { ...block.header, stateRoot: other } })
  expect(node.executor.execute(block.digest)).toEqual({
    kind: 'invalid',
    detail: `stateRoot: ${other} claimed, ${block.header.stateRoot} here`,
  })
})
