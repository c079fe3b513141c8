import { describe, expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import type { CoreStorage } from '#node/loop/core-storage.ts'
import { encodeLinkMessage } from '#node/loop/link-message.ts'
import { NodeCore } from '#node/loop/node-core.ts'
import { BLOCK_TIME_PAUSE_MS } from '#node/outbox/outbox.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { createHistory } from '#protocol/state/history.ts'
import { verifySignature } from '#signature'
import { actor, peerId } from '../../support/actors.ts'
import { genesisOf } from '../../support/ledger-builders.ts'
import { certificateOf } from '../storage/machine.ts'
import { blockAt, digestOf } from '../storage/records.ts'
import { createAlarmClock } from './alarm-clock.ts'

const FOUR = ['anna', 'bela', 'cleo', 'dora'].map((name) => ({
  consensusKey: actor(`consensus/${name}`).key,
  operatorKey: actor(`operator/${name}`).key,
  peerId: peerId(name),
  addresses: ['/ip4/127.0.0.1/tcp/4001'],
}))

/** As if a block had told the time. */
const TIME_TOLD: Effect = {
  type: 'finalise',
  digests: [],
  headers: [],
  certificate: certificateOf(blockAt(1, digestOf('parent'))),
}

const createBench = () => {
  const genesis = { ...genesisOf(), authorities: FOUR }
  const { networkId, set, header, digest, ledger } = originOf(genesis)
  const alarms = createAlarmClock()
  const events: Event[] = []
  const saved: string[] = []
  const nothing = (): undefined => undefined
  const storage: CoreStorage = {
    write: nothing,
    commit: nothing,
    block: nothing,
    segments: nothing,
    saveOutbox: nothing,
    eraseOutbox: nothing,
    saveQuarantine: (hash) => saved.push(hash),
  }
  const standing = (): never => {
    throw new Error('nobody asks')
  }
  const core = new NodeCore({
    ...alarms,
    networkId,
    seating: {
      epoch: 1,
      set,
      leaderOffset: 0,
      ends: [],
      memory: [],
      seat: {
        kind: 'authority',
        me: 0,
        replica: {
          step: (event) => {
            events.push(event)
            return event.type === 'work' && event.flags.blockTimeAsked ? [TIME_TOLD] : []
          },
          standing,
          clockOffsetMs: standing,
        },
      },
    },
    reseat: standing,
    onSeated: nothing,
    ledger,
    history: createHistory(),
    final: { header, digest },
    limits: {
      mempool: { transactionsMax: 10, perScopeMax: 10, settledMax: 10 },
      block: { transactions: 10, bytes: 100_000 },
    },
    random: () => 0,
    network: { send: nothing, publish: nothing, score: nothing, peers: () => [] },
    storage,
    check: createInlineChecker(verifySignature),
    verify: verifySignature,
    report: nothing,
    quarantined: [digestOf('poison')],
    outbox: [],
    onFinal: nothing,
    onStored: nothing,
    onFatal: nothing,
  })
  const [, peer = ''] = set.members.map((member) => member.peerId)
  const types = (): readonly string[] => events.map(({ type }) => type)
  return { ...alarms, core, events, types, peer, saved }
}

const ASK = encodeLinkMessage({ type: 'blockTimeAsked' })

describe('a node that has not started', () => {
  test('hears nobody, and is told of peers that are up right after its start', () => {
    const { core, types, peer } = createBench()
    core.onMessage(peer, ASK)
    core.onPeer(peer, 'up')
    core.onPeer('venue', 'up')
    expect(types()).toEqual([])
    core.start()
    expect(types()).toEqual(['start', 'peerConnected'])
    core.onPeer(peer, 'down')
    expect(types().at(-1)).toBe('peerDisconnected')
  })

  test('remembers what it quarantined in earlier runs', () => {
    const { core } = createBench()
    expect(core.isQuarantined(digestOf('poison'))).toBe(true)
    expect(core.isQuarantined(digestOf('other'))).toBe(false)
  })
})

test('who asks for block time over and over makes work once in a while', () => {
  const { core, events, pass } = createBench()
  core.start()
  core.onMessage('venue', ASK)
  for (let at = 0; at < 100; at++) core.onMessage('venue', ASK)
  const asked = () => events.filter((event) => event.type === 'work' && event.flags.blockTimeAsked)
  expect(asked()).toHaveLength(1)
  pass(BLOCK_TIME_PAUSE_MS)
  core.onMessage('venue', ASK)
  expect(asked()).toHaveLength(2)
})
