import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  createFetcher,
  FETCH_FIRST_WAIT_MS,
  FETCH_ROUNDS_MAX,
  FETCHES_IN_FLIGHT_MAX,
  FETCHES_WAITING_MAX,
  type Found,
  type Want,
} from '#node/sync/fetcher.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import type { FetchRequest, FetchResponse } from '#protocol/chain/fetch.ts'
import { headerDigest } from '#protocol/chain/header.ts'
import type { Segment } from '#protocol/chain/segment.ts'
import { hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'
import { certificateOf } from '../storage/machine.ts'
import { blockAt, chainOf, digestOf } from '../storage/records.ts'

const TEXTS = ['a', 'b', 'c']
const HASHES = TEXTS.map((text) => hashOf(utf8(text)))
const BODY = { type: 'transactions', digest: digestOf('body'), hashes: HASHES } as const
const PEERS = ['p0', 'p1', 'p2']

type Circumstances = { readonly up?: (peer: string) => boolean; readonly random?: () => number }

const createBench = ({ up = () => true, random = () => 0 }: Circumstances = {}) => {
  const alarms = createAlarmClock()
  const asked: { readonly peer: string; readonly request: FetchRequest }[] = []
  const fetcher = createFetcher({
    ...alarms,
    random,
    isUp: up,
    send: (peer, request) => asked.push({ peer, request }),
  })
  const answers: (Found | undefined)[] = []
  const last = () => {
    const question = asked.at(-1)
    if (question === undefined) throw new Error('nobody was asked')
    return question
  }
  return {
    ...alarms,
    fetcher,
    asked,
    answers,
    last,
    collect: (found?: Found) => void answers.push(found),
    texts: (transactions: readonly string[], { peer, request: { id } } = last()) =>
      fetcher.onResponse(peer, { id, type: 'transactions', transactions }),
  }
}

describe('final blocks are what was asked for', () => {
  const want = { type: 'segments', fromHeight: 1 } as const
  const emptyChain = (length: number, view = 0): readonly Block[] => {
    const blocks: Block[] = []
    for (const block of chainOf(length)) {
      const header = {
        ...block.header,
        view: block.header.view + view,
        parentDigest: blocks.at(-1)?.digest ?? block.header.parentDigest,
        transactionCount: 0,
        transactionRoot: createTransactionTree([]).root(),
      }
      blocks.push({ header, digest: headerDigest(header), transactions: [], outcomes: [] })
    }
    return blocks
  }
  const chain = emptyChain(4)
  const segmentOf = (blocks: readonly Block[], certified = blocks.at(-1)) => {
    if (certified === undefined) throw new Error('no block')
    return { blocks, certificate: certificateOf(certified) }
  }
  const isTaken = (segments: readonly Segment[]): boolean => {
    const bench = createBench()
    bench.fetcher.fetch(want, PEERS, bench.collect)
    const { peer, request } = bench.last()
    bench.fetcher.onResponse(peer, { id: request.id, type: 'segments', segments })
    return bench.answers.length > 0
  }
  const long = emptyChain(SEGMENT_BLOCKS_MAX + 1)

  test.each<[string, readonly Segment[], boolean]>([
    ['one after the other', [segmentOf(chain.slice(0, 2)), segmentOf(chain.slice(2))], true],
    ['the end of one run that fills an answer', [segmentOf(long.slice(1))], true],
    ['the end of one run that had room for more', [segmentOf(chain.slice(2))], false],
    [
      'the end of a run, and more',
      [segmentOf(chain.slice(1, 2)), segmentOf(chain.slice(2))],
      false,
    ],
    [
      'of another chain in the middle',
      [segmentOf([...chain.slice(0, 2), ...emptyChain(3, 9).slice(2)])],
      false,
    ],
    ['with the word on another block', [segmentOf(chain, chain[2])], false],
    ['more than one answer holds', [segmentOf(long.slice(0, 9)), segmentOf(long.slice(9))], false],
    ['none', [], false],
  ])('%s: taken or asked of another', (_, segments, taken) => {
    expect(isTaken(segments)).toBe(taken)
  })
})

describe('a thing that is fetched', () => {
  test('is asked for once, and given to everybody who wants it', () => {
    const bench = createBench()
    bench.fetcher.fetch(BODY, PEERS, bench.collect)
    bench.fetcher.fetch(BODY, PEERS, bench.collect)
    expect(bench.asked).toHaveLength(1)
    bench.texts(TEXTS)
    expect(bench.answers).toHaveLength(2)
    expect(bench.armed()).toEqual([])
  })

  test('is had from the next peer when one is silent, and from the silent one when it is late', () => {
    const bench = createBench()
    bench.fetcher.fetch(BODY, PEERS, bench.collect)
    const first = bench.last()
    bench.pass(FETCH_FIRST_WAIT_MS)
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['p0', 'p1'])
    bench.texts(TEXTS, first)
    expect(bench.answers).toEqual([{ type: 'transactions', transactions: TEXTS, from: 'p0' }])
    bench.texts(TEXTS)
    expect(bench.answers).toHaveLength(1)
  })

  test('waits longer for each silence, and not for who is down or has nothing', () => {
    const down = ['p0', 'p1', 'p2', 'p3', 'p4']
    const bench = createBench({ up: (peer) => !down.includes(peer) })
    bench.fetcher.fetch(BODY, [...down, 'p5', 'p6', 'p7'], bench.collect)
    bench.pass(FETCH_FIRST_WAIT_MS)
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['p5', 'p6'])
    bench.texts([])
    bench.pass(1.5 * FETCH_FIRST_WAIT_MS - 1)
    expect(bench.last().peer).toBe('p7')
    bench.pass(1)
    expect(bench.asked.map(({ peer }) => peer)).toEqual(['p5', 'p6', 'p7', 'p5'])
  })

  test('is not had when every peer says so in two rounds, or is down', () => {
    const bench = createBench()
    bench.fetcher.fetch(BODY, PEERS, bench.collect)
    for (let turn = 0; turn < PEERS.length * FETCH_ROUNDS_MAX; turn++) bench.texts([])
    expect(bench.answers).toEqual([undefined])
    expect(bench.asked).toHaveLength(PEERS.length * FETCH_ROUNDS_MAX)
    const alone = createBench({ up: () => false })
    alone.fetcher.fetch(BODY, PEERS, alone.collect)
    alone.fetcher.fetch(BODY, [], alone.collect)
    expect(alone.answers).toEqual([undefined, undefined])
  })

  test('is given up in the end when all are silent', () => {
    const bench = createBench()
    bench.fetcher.fetch(BODY, PEERS, bench.collect)
    bench.pass(60_000)
    expect(bench.answers).toEqual([undefined])
    expect(bench.armed()).toEqual([])
  })

  test('is not answered after it was cancelled, and makes room for the next', () => {
    const bench = createBench()
    for (let at = 0; at <= FETCHES_IN_FLIGHT_MAX; at++) {
      bench.fetcher.fetch({ type: 'block', digest: digestOf(`${at}`) }, PEERS, bench.collect)
    }
    expect(bench.asked).toHaveLength(FETCHES_IN_FLIGHT_MAX)
    bench.fetcher.cancel({ type: 'block', digest: digestOf('0') })
    expect(bench.asked).toHaveLength(FETCHES_IN_FLIGHT_MAX + 1)
    const [first] = bench.asked
    if (first !== undefined)
      bench.fetcher.onResponse('p0', { id: first.request.id, type: 'absent' })
    expect(bench.answers).toEqual([])
  })

  test('beyond what may wait is answered at once', () => {
    const bench = createBench()
    for (let at = 0; at <= FETCHES_WAITING_MAX; at++) {
      bench.fetcher.fetch({ type: 'block', digest: digestOf(`${at}`) }, PEERS, bench.collect)
    }
    expect(bench.answers).toEqual([undefined])
  })
})

describe('an answer is not one', () => {
  const block = blockAt(3, ZERO_HASH)
  const [one, two, three] = chainOf(3)
  if (one === undefined || two === undefined || three === undefined) throw new Error('no chain')
  const cases: readonly [string, Want, (id: number) => FetchResponse][] = [
    [
      'a text twice instead of another',
      BODY,
      (id) => ({ id, type: 'transactions', transactions: ['a', 'a', 'b'] }),
    ],
    ['a text too few', BODY, (id) => ({ id, type: 'transactions', transactions: ['a', 'b'] })],
    ['a foreign text', BODY, (id) => ({ id, type: 'transactions', transactions: ['a', 'b', 'x'] })],
    [
      'another block',
      { type: 'block', digest: digestOf('other') },
      (id) => ({ id, type: 'block', block }),
    ],
    [
      'another body',
      { type: 'block', digest: block.digest },
      (id) => ({ id, type: 'block', block: { ...block, transactions: ['x'] } }),
    ],
    [
      'blocks from another height',
      { type: 'segments', fromHeight: 1 },
      (id) => ({
        id,
        type: 'segments',
        segments: [{ blocks: [two], certificate: certificateOf(two) }],
      }),
    ],
    [
      'blocks with a gap',
      { type: 'segments', fromHeight: 1 },
      (id) => ({
        id,
        type: 'segments',
        segments: [{ blocks: [one, three], certificate: certificateOf(three) }],
      }),
    ],
    ['another kind of thing', BODY, (id) => ({ id, type: 'absent' })],
  ]
  const ask = (want: Want) => {
    const bench = createBench()
    bench.fetcher.fetch(want, PEERS, bench.collect)
    return bench
  }

  test.each(cases)('%s: the next peer is asked', (_, want, responseOf) => {
    const bench = ask(want)
    const { peer, request } = bench.last()
    bench.fetcher.onResponse(peer, responseOf(request.id))
    expect(bench.answers).toEqual([])
    expect(bench.asked).toHaveLength(2)
    expect(bench.last().peer).not.toBe(peer)
  })

  test('when it comes from somebody who was not asked', () => {
    const bench = ask(BODY)
    bench.texts(TEXTS, { ...bench.last(), peer: 'stranger' })
    expect(bench.answers).toEqual([])
    expect(bench.asked).toHaveLength(1)
  })
})

test('who is asked first for a block is a matter of chance, for transactions it is the leader', () => {
  const draws = [0.9, 0.1, 0.5]
  const bench = createBench({ random: () => draws.shift() ?? 0 })
  bench.fetcher.fetch({ type: 'block', digest: digestOf('block') }, PEERS, bench.collect)
  bench.fetcher.fetch(BODY, PEERS, bench.collect)
  expect(bench.asked.map(({ peer }) => peer)).toEqual(['p1', 'p0'])
})

type Act =
  | { readonly do: 'fetch' | 'cancel'; readonly key: number }
  | { readonly do: 'answer'; readonly at: number; readonly good: boolean }
  | { readonly do: 'pass'; readonly ms: number }

const acts = fc.array(
  fc.oneof(
    fc.record({ do: fc.constantFrom('fetch' as const, 'cancel' as const), key: fc.nat(11) }),
    fc.record({ do: fc.constant('answer' as const), at: fc.nat(40), good: fc.boolean() }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(2_000) }),
  ),
  { maxLength: 60 },
)

const createLedgerOfQuestions = () => {
  const bench = createBench()
  const questions: { readonly key: number; answers: number; wanted: number }[] = []
  const wantOf = (key: number): Want => ({ ...BODY, digest: digestOf(`${key}`) })
  const fetch = (key: number): void => {
    const question = { key, answers: 0, wanted: 1 }
    questions.push(question)
    bench.fetcher.fetch(wantOf(key), PEERS, () => {
      question.answers += 1
    })
  }
  const cancel = (key: number): void => {
    bench.fetcher.cancel(wantOf(key))
    const open = questions.filter((one) => one.key === key && one.answers === 0)
    for (const one of open) one.wanted = 0
  }
  const answer = (at: number, texts: readonly string[]): void => {
    const question = bench.asked[at % Math.max(1, bench.asked.length)]
    if (question !== undefined) bench.texts(texts, question)
  }
  const run = (act: Act): void => {
    if (act.do === 'pass') bench.pass(act.ms)
    if (act.do === 'fetch') fetch(act.key)
    if (act.do === 'cancel') cancel(act.key)
    if (act.do === 'answer') answer(act.at, act.good ? TEXTS : [])
  }
  return { ...bench, questions, run }
}

test('every question has exactly one answer unless it was cancelled, and none after that', () => {
  fc.assert(
    fc.property(acts, (plan) => {
      const { questions, run, pass, armed } = createLedgerOfQuestions()
      for (const act of plan) run(act)
      pass(600_000)
      for (const { answers, wanted } of questions) expect(answers).toBe(wanted)
      expect(armed()).toEqual([])
    }),
  )
})
