import { describe, expect, test } from 'vitest'
import { originOf } from '#node/recovery/genesis-block.ts'
import { AMOUNT_MAX } from '#protocol/amount.ts'
import { FLAG_EMPTY, type Header } from '#protocol/chain/header.ts'
import { calm } from './calm.ts'
import { createAncestry } from './checkers/ancestry.ts'
import { createHeaders } from './checkers/headers.ts'
import { createHonest } from './checkers/honest.ts'
import { createMonotone } from './checkers/monotone.ts'
import { createSupply } from './checkers/supply.ts'
import { createVotes } from './checkers/votes.ts'
import { createCircuit } from './circuit.ts'
import { createEpochBook } from './epoch-book.ts'
import { createStandInKeys } from './keys.ts'
import type { Checker, Observation, ObservationOf, Who } from './observation.ts'
import { simulate } from './simulate.ts'

/** A real run, in which nothing fails: every checker is content with it, and not with a forged one. */
const SWARM = calm({})
const circuit = createCircuit(SWARM, createStandInKeys())
const { genesis } = circuit
const { header: origin } = originOf(genesis)
const book = createEpochBook(circuit)
const SEEN: readonly Observation[] = (() => {
  const seen: Observation[] = []
  const { failure } = simulate(SWARM, { watch: (observation) => seen.push(observation) })
  if (failure !== undefined) throw new Error(failure.message)
  return seen
})()

type Final = ObservationOf<'final'>
const A: Who = { name: 'a0', index: 0, honest: true, impaired: false }

const judged = (checker: Checker, seen: readonly Observation[]): string | undefined => {
  for (const observation of seen) {
    const wrong = checker.see(observation)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

const withFinals = (change: (final: Final) => Partial<Final['block']>): readonly Observation[] =>
  SEEN.map((one) =>
    one.type === 'final' ? { ...one, block: { ...one.block, ...change(one) } } : one,
  )

describe('headers: what no honest member votes for is noticed in what became final', () => {
  const withHeader = (change: (header: Header) => Partial<Header>): readonly Observation[] =>
    withFinals(({ block: { block } }) =>
      block.header.height === 3
        ? { block: { ...block, header: { ...block.header, ...change(block.header) } } }
        : {},
    )
  const emptyChain = withFinals(({ block: { block } }) => ({
    block: { ...block, header: { ...block.header, transactionCount: 0, flags: FLAG_EMPTY } },
  }))
  const cases: readonly (readonly [string, readonly Observation[], string | undefined])[] = [
    ['the run as it was', SEEN, undefined],
    ['another network', withHeader(({ stateRoot }) => ({ chainId: stateRoot })), 'another network'],
    ['another version', withHeader(({ version }) => ({ version: version + 1 })), 'or version'],
    ['another next set', withHeader(({ stateRoot }) => ({ nextSetHash: stateRoot })), 'set or'],
    [
      'another proposer',
      withHeader(({ view }) => ({ proposerIndex: (view + 1) % 4 })),
      'by member',
    ],
    ['a false flag', withHeader(({ flags }) => ({ flags: flags ^ FLAG_EMPTY })), 'empty is'],
    ['too late', withHeader(({ timestampMs }) => ({ timestampMs: timestampMs + 900 })), 'ahead'],
    [
      'too early',
      withHeader(({ timestampMs }) => ({ timestampMs: timestampMs - 9_000 })),
      'behind',
    ],
    [
      'another past',
      withHeader(({ stateRoot }) => ({ historyRoot: stateRoot })),
      'commits to other blocks',
    ],
    ['only empty blocks', emptyChain, '25 empty blocks'],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const wrong = judged(createHeaders({ swarm: SWARM, origin, book }), seen)
    if (complaint === undefined) expect(wrong).toBeUndefined()
    else expect(wrong).toContain(complaint)
  })
})

test('ancestry: what is final by a notarization is noticed', () => {
  const notarized = SEEN.map((one) =>
    one.type === 'final'
      ? { ...one, certificate: Object.assign({ ...one.certificate }, { kind: 'notarize' }) }
      : one,
  )
  expect(judged(createAncestry(originOf(genesis)), SEEN)).toBeUndefined()
  expect(judged(createAncestry(originOf(genesis)), notarized)).toContain('by no finalization')
})

describe('supply: balances that are not the supply are noticed', () => {
  const rewritten = (family: string, from: RegExp, to: string): readonly Observation[] =>
    withFinals(({ block: { writes } }) => ({
      writes: writes.map((write) =>
        write.family === family ? { ...write, text: write.text.replace(from, to) } : write,
      ),
    }))
  const cases: readonly (readonly [string, readonly Observation[], string | undefined])[] = [
    ['the run as it was', SEEN, undefined],
    ['one balance more', rewritten('balance', /"available":\d+/, '"available":77'), 'balances of'],
    ['a supply of nothing', rewritten('asset', /"supply":[1-9]\d*/, '"supply":0'), 'supply 0'],
  ]
  test.each(cases)('%s', (_, seen, complaint) => {
    const wrong = judged(createSupply(genesis), seen)
    if (complaint === undefined) expect(wrong).toBeUndefined()
    else expect(wrong).toContain(complaint)
  })
})

test('supply: the largest there can be is added up exactly, in whatever order a block writes', () => {
  const texts: Record<string, unknown>[][] = [
    [{ id: 'a', supply: AMOUNT_MAX, issued: AMOUNT_MAX, burned: 0 }, balanceOf('x', AMOUNT_MAX)],
    [balanceOf('y', 6), balanceOf('x', AMOUNT_MAX - 6)],
  ]
  const finals = SEEN.filter((one) => one.type === 'final')
  const checker = createSupply(genesis)
  for (const [index, records] of texts.entries()) {
    const final = finals.find(({ block }) => block.block.header.height === index + 1)
    if (final === undefined) throw new Error('no block')
    const writes = records.map((record, slot) => ({
      family: 'wallet' in record ? 'balance' : 'asset',
      slot,
      key: `${slot}`,
      text: JSON.stringify(record),
    }))
    expect(checker.see({ ...final, block: { ...final.block, writes } })).toBeUndefined()
  }
})

const balanceOf = (wallet: string, available: number): Record<string, unknown> => ({
  wallet,
  asset: 'a',
  available,
  held: 0,
})

describe('what a node says of its disk', () => {
  test('a claim of what the store has not acknowledged is noticed', () => {
    expect(judged(createMonotone(), SEEN)).toBeUndefined()
    const claimed = SEEN.map((one) => (one.type === 'claim' ? { ...one, height: 999 } : one))
    expect(judged(createMonotone(), claimed)).toContain('claims height 999')
  })

  test('a finalize vote whose ancestors are not on disk is noticed', () => {
    expect(judged(createVotes(), SEEN)).toBeUndefined()
    const unfinal = SEEN.filter(({ type }) => type !== 'final' && type !== 'tip')
    const gap = unfinal.map((one) =>
      one.type === 'durable'
        ? {
            ...one,
            records: one.records.map((record) =>
              record.type === 'block' && record.height === 2
                ? { ...record, height: record.height + 1_000 }
                : record,
            ),
          }
        : one,
    )
    expect(judged(createVotes(), gap)).toContain('without any block of height 2 on disk')
  })

  test('an ancestor that is on disk is there, though only the journals of others name it', () => {
    const unfinal = SEEN.filter(({ type }) => type !== 'final')
    const [name] = unfinal.flatMap((one) => (one.type === 'durable' ? [one.who.name] : []))
    const unnamed = unfinal.map((one) =>
      one.type === 'durable' && one.who.name !== name
        ? {
            ...one,
            records: one.records.filter((record) => record.type !== 'block' || record.height !== 2),
          }
        : one,
    )
    expect(judged(createVotes(), unnamed)).toBeUndefined()
  })
})

test('a transaction that makes a rule throw is noticed', () => {
  const report: Observation = { who: A, atMs: 0, type: 'report', code: 'transaction_quarantined' }
  expect(
    judged(
      createHonest(() => false),
      [report],
    ),
  ).toContain('quarantined')
})
