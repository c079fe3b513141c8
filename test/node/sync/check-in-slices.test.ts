import { describe, expect, test } from 'vitest'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import type { HeldBlock } from '#node/pipeline/executor.ts'
import { createIngress, type SignatureChecker } from '#node/pipeline/ingress.ts'
import { createMempool } from '#node/pipeline/mempool.ts'
import {
  checkInSlices,
  SLICE_TRANSACTIONS,
  SLICES_IN_FLIGHT_MAX,
} from '#node/sync/check-in-slices.ts'
import type { Block } from '#protocol/chain/block.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { verifySignature } from '#signature'
import { createForge } from '../pipeline/block-forge.ts'

const LIMITS = { transactionsMax: 1, perScopeMax: 1, settledMax: 1 }
const inline = createInlineChecker(verifySignature)
const forge = createForge()

/** Blocks of so many transactions each, the text of one of them altered at will. */
const blocksOf = (sizes: readonly number[], alter = (text: string) => text): readonly Block[] => {
  const leader = forge.node()
  return sizes.map((size) => {
    const of = Array.from({ length: size }, (_, index) => forge.transfer(index + 1))
    const { digest } = leader.build(leader.executor.tip(), { of })
    const block = leader.executor.executed(digest)
    if (block === undefined) throw new Error('not built')
    return { ...block, transactions: block.transactions.map(alter) }
  })
}

const checking = (blocks: readonly Block[], check: SignatureChecker = inline) => {
  const turns: (() => void)[] = []
  const answers: (readonly HeldBlock[] | undefined)[] = []
  const ingress = createIngress({
    networkId: networkIdOf(forge.world.genesis),
    mempool: createMempool(LIMITS),
    check,
    isQuarantined: () => false,
  })
  const later = (act: () => void): void => void turns.push(act)
  checkInSlices({ ingress, later }, blocks, (held) => answers.push(held))
  return {
    answers,
    turns,
    run: (): void => {
      for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) turn()
    },
  }
}

describe('fetched blocks are checked', () => {
  const sizes = [SLICE_TRANSACTIONS - 1, 0, 2 * SLICE_TRANSACTIONS, 3]

  test('whole and in their order, however they are cut', () => {
    const blocks = blocksOf(sizes)
    const { answers, run } = checking(blocks)
    run()
    expect(answers).toHaveLength(1)
    expect(answers[0]?.map(({ digest }) => digest)).toEqual(blocks.map(({ digest }) => digest))
    expect(answers[0]?.map((held) => held.transactions.map(({ text }) => text))).toEqual(
      blocks.map(({ transactions }) => transactions),
    )
  })

  test('at once when they are few', () => {
    const { answers, turns } = checking(blocksOf([2, 0, 1]))
    expect(answers).toHaveLength(1)
    expect(turns).toHaveLength(0)
  })

  test('at once when they are empty', () => {
    const { answers } = checking(blocksOf([0, 0]))
    expect(answers[0]?.map(({ transactions }) => transactions)).toEqual([[], []])
  })

  test('in one turn of the loop no more than a slice', () => {
    let checked = 0
    const { turns, answers } = checking(blocksOf(sizes), (parsed, done) => {
      checked += parsed.length
      inline(parsed, done)
    })
    expect(checked).toBe(SLICE_TRANSACTIONS)
    expect(answers).toHaveLength(0)
    turns.shift()?.()
    expect(checked).toBe(2 * SLICE_TRANSACTIONS)
  })

  test('by workers only so many slices at a time', () => {
    const asked: (() => void)[] = []
    const check: SignatureChecker = (parsed, done) => void asked.push(() => inline(parsed, done))
    const slices = SLICES_IN_FLIGHT_MAX + 2
    const { run, answers } = checking(blocksOf([slices * SLICE_TRANSACTIONS]), check)
    run()
    expect(asked).toHaveLength(SLICES_IN_FLIGHT_MAX)
    // The newest first: answers are put in order.
    for (let next = asked.pop(); next !== undefined; next = asked.pop()) {
      next()
      run()
    }
    expect(answers[0]?.[0]?.transactions).toHaveLength(slices * SLICE_TRANSACTIONS)
  })

  test('and one bad signature spoils them all, once', () => {
    const bad = (text: string, index: number): string =>
      index === 1 ? `${text.slice(0, -86)}${'A'.repeat(86)}` : text
    let index = 0
    const blocks = blocksOf(sizes, (text) => bad(text, index++))
    const { answers, run } = checking(blocks)
    run()
    expect(answers).toEqual([undefined])
  })
})
