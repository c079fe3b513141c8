import { describe, expect, test } from 'vitest'
import {
  createServer,
  SERVED_PEERS_MAX,
  SERVED_PER_SECOND,
  SERVED_QUEUE_BYTES_MAX,
} from '#node/sync/serve.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { BLOCK_BODY_BYTES_MAX } from '#protocol/chain/chain-limits.ts'
import type { FetchResponse } from '#protocol/chain/fetch.ts'
import { hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'
import { blockAt } from '../storage/records.ts'

const BLOCK: Block = { ...blockAt(1, ZERO_HASH), transactions: ['a', 'b'] }
const hashesOf = (...texts: readonly string[]) => texts.map((text) => hashOf(utf8(text)))

const createBench = (options: {
  readonly mempool?: readonly string[]
  readonly stored?: readonly Block[]
  readonly executed?: readonly Block[]
}) => {
  const { mempool = [], stored = [], executed = [] } = options
  const alarms = createAlarmClock()
  const sent: FetchResponse[] = []
  const queue = { bytes: 0 }
  const texts = new Map(mempool.map((text) => [hashOf(utf8(text)), text]))
  const serve = createServer({
    ...alarms,
    send: (_, response) => sent.push(response),
    queuedBytes: () => queue.bytes,
    executed: (digest) => executed.find((block) => block.digest === digest),
    transactionText: (hash) => texts.get(hash),
    storedBlock: (digest, done) => done(stored.find((block) => block.digest === digest)),
    snapshot: (_, respond) => respond(undefined),
    storedSegments: (_, done) => done([]),
  })
  return { ...alarms, serve, sent, queue }
}

describe('transactions of a block', () => {
  const request = {
    id: 1,
    type: 'transactions',
    digest: BLOCK.digest,
    hashes: hashesOf('b', 'a'),
  } as const

  test.each([
    ['waits in the mempool', { mempool: ['a', 'b'] }],
    ['is executed here', { executed: [BLOCK] }],
    ['is final, so that the mempool has forgotten them', { stored: [BLOCK] }],
    ['is final in part of what this node knew', { stored: [BLOCK], mempool: ['b'] }],
  ])('that %s are given in the order asked', (_, options) => {
    const { serve, sent } = createBench(options)
    serve('peer', request)
    expect(sent).toEqual([{ id: 1, type: 'transactions', transactions: ['b', 'a'] }])
  })

  test('are no more than one body holds, however much is asked for', () => {
    const large = Array.from({ length: 20 }, (_, at) => `${at}`.padEnd(65_536, 'x'))
    const { serve, sent } = createBench({ mempool: large })
    serve('peer', { ...request, hashes: hashesOf(...large) })
    const [response] = sent
    if (response?.type !== 'transactions') throw new Error('no transactions')
    const bytes = response.transactions.reduce((sum, { length }) => sum + length, 0)
    expect(bytes).toBe(BLOCK_BODY_BYTES_MAX)
  })
})

test('a block is served from memory or from the store, and its absence is told', () => {
  const { serve, sent } = createBench({ stored: [BLOCK] })
  serve('peer', { id: 1, type: 'block', digest: BLOCK.digest })
  serve('peer', { id: 2, type: 'block', digest: ZERO_HASH })
  serve('peer', { id: 3, type: 'segments', fromHeight: 9 })
  expect(sent).toEqual([
    { id: 1, type: 'block', block: BLOCK },
    { id: 2, type: 'absent' },
    { id: 3, type: 'absent' },
  ])
})

describe('a peer is left without an answer', () => {
  const request = { id: 1, type: 'block', digest: ZERO_HASH } as const

  test('beyond its questions of one second', () => {
    const { serve, sent, pass } = createBench({})
    for (let at = 0; at < 2 * SERVED_PER_SECOND; at++) serve('greedy', request)
    serve('modest', request)
    expect(sent).toHaveLength(SERVED_PER_SECOND + 1)
    pass(1_000)
    serve('greedy', request)
    expect(sent).toHaveLength(SERVED_PER_SECOND + 2)
  })

  test('until so many others have asked that its questions are forgotten', () => {
    const { serve, sent } = createBench({})
    for (let at = 0; at < SERVED_PER_SECOND; at++) serve('greedy', request)
    for (let other = 1; other < SERVED_PEERS_MAX; other++) serve(`peer ${other}`, request)
    const before = sent.length
    serve('greedy', request)
    expect(sent).toHaveLength(before)
    serve('one more', request)
    serve('greedy', request)
    expect(sent).toHaveLength(before + 2)
  })

  test('while so much is on its way to it that the next answer would be lost', () => {
    const { serve, sent, queue } = createBench({})
    queue.bytes = SERVED_QUEUE_BYTES_MAX + 1
    serve('slow', request)
    expect(sent).toEqual([])
    queue.bytes = 0
    serve('slow', request)
    expect(sent).toHaveLength(1)
  })
})
