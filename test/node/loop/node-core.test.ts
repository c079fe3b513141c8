import { describe, expect, test } from 'vitest'
import type { Effect } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import { REOFFER_MAX } from '#consensus/limits.ts'
import type { CoreStorage } from '#node/loop/core-storage.ts'
import { decodeLinkMessage, encodeLinkMessage } from '#node/loop/link-message.ts'
import { NodeCore } from '#node/loop/node-core.ts'
import type { Seating } from '#node/loop/seating.ts'
import { STRANGERS_MAX } from '#node/loop/stranger-pauses.ts'
import { BLOCK_TIME_PAUSE_MS } from '#node/outbox/outbox.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import { authoritySetOf } from '#protocol/chain/authority-set.ts'
import { createHistory } from '#protocol/state/history.ts'
import { signTransaction } from '#protocol/transaction/sign.ts'
import { verifySignature } from '#signature'
import { actor, peerId } from '../../support/actors.ts'
import { COLLECTOR, genesisOf } from '../../support/ledger-builders.ts'
import { createForge } from '../pipeline/block-forge.ts'
import { certificateOf } from '../storage/machine.ts'
import { blockAt, digestOf } from '../storage/records.ts'
import { createAlarmClock } from './alarm-clock.ts'
import { greetingOf } from './live-core.ts'

const membersOf = (...names: readonly string[]) =>
  names.map((name) => ({
    consensusKey: actor(`consensus/${name}`).key,
    operatorKey: actor(`operator/${name}`).key,
    peerId: peerId(name),
    addresses: ['/ip4/127.0.0.1/tcp/4001'],
  }))
const GENESIS = { ...genesisOf(), authorities: membersOf('anna', 'bela', 'cleo', 'dora') }
const { header: HEADER, digest: DIGEST } = originOf(GENESIS)
/** Of the next epoch, in which one is new. */
const NEXT_SET = authoritySetOf(membersOf('anna', 'bela', 'cleo', 'emil'))

/** As if a block had told the time. */
const TIME_TOLD: Effect = {
  type: 'finalise',
  digests: [],
  headers: [],
  certificate: certificateOf(blockAt(1, digestOf('parent'))),
}

const EPOCH_OVER: Effect = {
  type: 'endEpoch',
  end: {
    header: HEADER,
    digest: DIGEST,
    certificate: certificateOf(blockAt(1, digestOf('parent'))),
    next: { epoch: 2, set: NEXT_SET, version: 1 },
  },
}

/** An authority whose agreement does one thing when it is asked for block time, and else nothing. */
const createBench = (answer: Effect = TIME_TOLD) => {
  const { networkId, set, header, digest, ledger } = originOf(GENESIS)
  const alarms = createAlarmClock()
  const events: Event[] = []
  const saved: string[] = []
  const sent: { readonly peer: string; readonly bytes: Uint8Array }[] = []
  const nothing = (): undefined => undefined
  const storage: CoreStorage = {
    write: nothing,
    commit: nothing,
    commitAndFreeze: nothing,
    freezeAt: nothing,
    block: nothing,
    segments: nothing,
    saveOutbox: nothing,
    eraseOutbox: nothing,
    saveQuarantine: (hash) => saved.push(hash),
  }
  const standing = (): never => {
    throw new Error('nobody asks')
  }
  const seating: Seating = {
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
          return event.type === 'work' && event.flags.blockTimeAsked ? [answer] : []
        },
        standing,
        clockOffsetMs: standing,
      },
    },
  }
  const core = new NodeCore({
    ...alarms,
    networkId,
    seating,
    reseat: ({ ends }) => ({ ...seating, epoch: 2, set: NEXT_SET, ends }),
    onSeated: nothing,
    ledger,
    history: createHistory(),
    final: { header, digest, certificate: null },
    limits: {
      mempool: { transactionsMax: 100, perScopeMax: 100, settledMax: 100 },
      block: { transactions: 10, bytes: 100_000 },
    },
    random: () => 0,
    network: {
      send: (to, _, bytes) => void sent.push({ peer: to, bytes }),
      publish: nothing,
      score: nothing,
      peers: () => [],
    },
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
  return { ...alarms, core, events, types, peer, saved, sent, networkId }
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

/** What a node outside the set says of another epoch. */
const STRANGE = greetingOf(9)

test('of strangers a bounded number is remembered as heard a moment ago', () => {
  const { core, events } = createBench()
  core.start()
  const hear = (first: number, last: number): number => {
    const before = events.length
    for (let at = first; at <= last; at++) core.onMessage(`stranger ${at}`, STRANGE)
    return events.slice(before).filter(({ type }) => type === 'stranger').length
  }
  expect(hear(1, STRANGERS_MAX)).toBe(STRANGERS_MAX)
  expect(hear(1, STRANGERS_MAX)).toBe(0)
  expect(hear(STRANGERS_MAX + 1, STRANGERS_MAX + 1)).toBe(1)
  expect(hear(1, 1)).toBe(1)
})

describe('of the transactions that wait', () => {
  const forge = createForge()
  const { body } = forge.transfer(1)

  /** More wait than are offered again; then agreement does this. Gives what is then sent to whom. */
  const offeredOn = (effect: Effect) => {
    const { core, sent, networkId, pass } = createBench(effect)
    core.start()
    const { key: signerKey, sign } = COLLECTOR
    const exp = Math.ceil(forge.world.nowMs() / 1_000) + 60
    for (let at = 0; at <= REOFFER_MAX; at++) {
      const jti = forge.world.jti()
      const text = signTransaction({ networkId, signerKey, sign, exp, jti, body })
      core.receive(text, ({ kind }) => expect(kind).toBe('accepted'))
    }
    pass(1_000)
    const before = sent.length
    core.onMessage('venue', ASK)
    const offered = new Map<string, number>()
    for (const { peer, bytes } of sent.slice(before)) {
      const decoded = decodeLinkMessage(bytes)
      if (!decoded.ok || decoded.value.type !== 'bundle') continue
      offered.set(peer, (offered.get(peer) ?? 0) + decoded.value.transactions.length)
    }
    return offered
  }

  test('a few are offered to the others again while a view does not end', () => {
    const offered = offeredOn({ type: 'reoffer', max: REOFFER_MAX })
    expect([...offered.values()]).toEqual([REOFFER_MAX, REOFFER_MAX, REOFFER_MAX])
  })

  test('a few are offered to a new authority as its first epoch begins', () => {
    expect(offeredOn(EPOCH_OVER)).toEqual(new Map([[peerId('emil'), REOFFER_MAX]]))
  })
})
