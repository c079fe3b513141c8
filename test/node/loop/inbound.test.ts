import { describe, expect, test } from 'vitest'
import { createInbound } from '#node/loop/inbound.ts'
import { encodeLinkMessage } from '#node/loop/link-message.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import { createIngress } from '#node/pipeline/ingress.ts'
import { networkIdOf } from '#protocol/genesis.ts'
import { verifySignature } from '#signature'
import { COLLECTOR, createWorld } from '../../support/ledger-builders.ts'
import { createForge } from '../pipeline/block-forge.ts'
import { digestOf, voteIn } from '../storage/records.ts'

const forge = createForge()
const foreign = createWorld({ heartbeatMs: 60_000 })

const createBench = () => {
  const { mempool } = forge.node()
  const scores: string[] = []
  const log: string[] = []
  const receive = createInbound({
    network: {
      send: () => undefined,
      publish: () => undefined,
      score: (peer, reason, verdict) => void scores.push(`${peer} ${reason} ${verdict}`),
      peers: () => [],
    },
    ingress: createIngress({
      networkId: networkIdOf(forge.world.genesis),
      mempool,
      check: createInlineChecker(verifySignature),
      isQuarantined: () => false,
    }),
    authorityIndex: (peer) => (peer === 'authority' ? 2 : undefined),
    onConsensus: (from, { type }) => log.push(`${type} of ${from}`),
    onStranger: () => false,
    onAccepted: (transactions, { firstHand }) => log.push(`${transactions.length} ${firstHand}`),
    onRequest: (_, { type }) => log.push(`asks ${type}`),
    onResponse: (_, { type }) => log.push(`answers ${type}`),
    onBlockTimeAsked: (from) => log.push(`time for ${from}`),
  })
  const bundle = (from: string, ...transactions: readonly string[]): void =>
    receive(from, encodeLinkMessage({ type: 'bundle', transactions, toAll: false }))
  const bundleToAll = (from: string, ...transactions: readonly string[]): void =>
    receive(from, encodeLinkMessage({ type: 'bundle', transactions, toAll: true }))
  return { receive, bundle, bundleToAll, scores, log }
}

describe('a bundle', () => {
  test('is first hand unless an authority sends it, and what is known is nobody’s fault', () => {
    const { bundle, scores, log } = createBench()
    const [first, second] = [forge.transfer(1), forge.transfer(2)]
    bundle('venue', first.text)
    bundle('authority', second.text, first.text)
    bundle('venue', second.text)
    expect(log).toEqual(['1 true', '1 false'])
    expect(scores).toEqual([])
  })

  test('that its sender gives to every authority is passed on by none', () => {
    const { bundleToAll, log } = createBench()
    bundleToAll('venue', forge.transfer(1).text)
    expect(log).toEqual(['1 false'])
  })

  test('with what no honest node passes on counts against its sender, each by its reason', () => {
    const { bundle, scores, log } = createBench()
    const { text } = forge.transfer(1)
    const other = foreign.sign(COLLECTOR, forge.transfer(2).body).text
    bundle('venue', 'nonsense', other, `${text.slice(0, -4)}AAAA`)
    expect(log).toEqual([])
    expect(scores).toEqual([
      'venue invalid_transaction reject',
      'venue invalid_transaction reject',
      'venue invalid_signature reject',
    ])
  })
})

test('votes count by the seat of their link; who has none may not vote', () => {
  const { receive, scores, log } = createBench()
  const record = voteIn(1)
  if (record.type !== 'vote') throw new Error('not a vote')
  const message = { type: 'vote', vote: record.vote } as const
  const bytes = encodeLinkMessage({ type: 'consensus', message })
  receive('authority', bytes)
  receive('venue', bytes)
  expect(log).toEqual(['vote of 2'])
  expect(scores).toEqual(['venue wrong_domain reject'])
})

test('questions and answers are passed on; bytes that mean nothing are a fault', () => {
  const { receive, scores, log } = createBench()
  receive(
    'venue',
    encodeLinkMessage({
      type: 'request',
      request: { id: 1, type: 'block', digest: digestOf('x') },
    }),
  )
  receive('venue', encodeLinkMessage({ type: 'response', response: { id: 1, type: 'absent' } }))
  receive('venue', encodeLinkMessage({ type: 'blockTimeAsked' }))
  for (const bytes of [[], [0], [9, 9], [5, 0], [2, 0, 255, 255, 255, 255], [2, 2, 0, 0, 0, 0]])
    receive('venue', Uint8Array.from(bytes))
  expect(log).toEqual(['asks block', 'answers absent', 'time for venue'])
  expect(scores).toEqual(Array.from({ length: 6 }, () => 'venue undecodable reject'))
})
