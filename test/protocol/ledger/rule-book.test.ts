import { describe, expect, test } from 'vitest'
import { units } from '#protocol/amount.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { type BlockInput, executeBlock } from '#protocol/ledger/execute-block.ts'
import { createLedger, type Ledger } from '#protocol/ledger/ledger.ts'
import { RULE_BOOK, RULES_VERSION_MAX, type RuleBook } from '#protocol/ledger/rule-book.ts'
import { changeTo, consentTo, FIRST } from '#test/support/authority-builders.ts'
import { COLLECTOR, createWorld, OPERATOR, type World } from '#test/support/ledger-builders.ts'
import { NEW_BOOK, OLD_BOOK, TRANSFER_MAX } from '#test/support/second-rules.ts'

/** Both rules refuse it, each in its own words if it is of more than the second rules allow. */
const transfer = (world: World, amount: number) => {
  const from = walletIdOfKey(COLLECTOR.key)
  const body = { kind: 'transfer', from, to: from, asset: world.medal } as const
  return world.sign(COLLECTOR, { ...body, amount: units(amount) })
}

const change = (world: World) => {
  const body = changeTo(world, [FIRST], { version: 2 })
  return world.sign(OPERATOR, body, { consents: [consentTo(body, OPERATOR)] })
}

/** Blocks over the boundary: the second one seals, and transfers on either side of the change. */
const crossed = () => {
  const world = createWorld({}, NEW_BOOK)
  const blocks: BlockInput[] = []
  const roots: string[] = []
  world.onBlock((input, { stateRoot }) => {
    blocks.push(input)
    roots.push(stateRoot)
  })
  const outcomes = [
    world.run(transfer(world, TRANSFER_MAX + 1)),
    world.run(transfer(world, TRANSFER_MAX + 1), change(world), transfer(world, TRANSFER_MAX + 2)),
    world.run(transfer(world, TRANSFER_MAX + 1), transfer(world, TRANSFER_MAX)),
  ].map((events) => events.map(({ outcome }) => outcome))
  return { world, blocks, roots, outcomes }
}

const replay = (ledger: Ledger, blocks: readonly BlockInput[]): readonly string[] =>
  blocks.map((input) => {
    const executed = executeBlock(ledger, input)
    return executed.ok ? executed.stateRoot : executed.fault
  })

describe('rules of a version', () => {
  test('hold from the first block of their epoch on, and in no block before it', () => {
    expect(crossed().outcomes).toEqual([
      ['transfer_to_self'],
      ['transfer_to_self', 'applied', 'transfer_to_self'],
      ['card_limit_exceeded', 'transfer_to_self'],
    ])
  })

  test('give the same roots to whoever replays over the boundary', () => {
    const { world, blocks, roots } = crossed()
    expect(replay(createLedger(world.genesis, NEW_BOOK), blocks)).toEqual(roots)
  })

  test('hold again when the boundary was taken back', () => {
    const { world, blocks, roots } = crossed()
    world.undo()
    world.undo()
    expect(replay(world.ledger, blocks.slice(1))).toEqual(roots.slice(1))
  })

  test('that are not known let no block begin, and leave the state as it is', () => {
    const { world, blocks, roots } = crossed()
    const ledger = createLedger(world.genesis, OLD_BOOK)
    const [first, second, third] = blocks
    if (first === undefined || second === undefined || third === undefined) throw new Error('few')
    expect(replay(ledger, [first, second])).toEqual(roots.slice(0, 2))
    expect(() => executeBlock(ledger, third)).toThrow('no rules 2 here')
    expect(ledger.state.root()).toBe(roots[1])
    const updated = { ...ledger, book: NEW_BOOK }
    expect(replay(updated, [third])).toEqual(roots.slice(2))
  })
})

test('this software knows the first version', () => {
  const books: readonly RuleBook[] = [RULE_BOOK, OLD_BOOK]
  expect(books.map((book) => [...book.keys()])).toEqual([[1], [1]])
  expect(RULES_VERSION_MAX).toBe(1)
})
