import { describe, expect, test } from 'vitest'
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_TRANSACTIONS_MAX,
  decodeLinkMessage,
} from '#node/loop/link-message.ts'
import { BUNDLE_GAP_MS } from '#node/pipeline/bundler.ts'
import { createOffers, SUBMIT_TO_ALL_MAX } from '#node/pipeline/offers.ts'
import { setOf } from '../../consensus/stand-in-keys.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'

const SET = setOf(4)
const PEERS = SET.members.map(({ peerId }) => peerId)
const LARGE_SET = setOf(SUBMIT_TO_ALL_MAX + 1)

const createBench = ({
  down = [],
  view = 0,
  set = SET,
}: {
  readonly down?: readonly string[]
  readonly view?: number
  readonly set?: typeof SET
} = {}) => {
  const alarms = createAlarmClock()
  const sent: {
    readonly peer: string
    readonly texts: readonly string[]
    readonly toAll: boolean | undefined
  }[] = []
  const offers = createOffers({
    ...alarms,
    set,
    leaderOffset: 0,
    network: {
      send: (peer, _, bytes) => {
        const decoded = decodeLinkMessage(bytes)
        if (!decoded.ok) throw new Error(decoded.code)
        const { value } = decoded
        const bundle = value.type === 'bundle' ? value : undefined
        const texts = bundle?.transactions ?? [value.type]
        sent.push({ peer, texts, toAll: bundle?.toAll })
      },
      publish: () => undefined,
      score: () => undefined,
      peers: () => [],
    },
    others: set.members.map(({ peerId }) => peerId),
    isUp: (peer) => !down.includes(peer),
    finalView: () => view,
  })
  return { ...alarms, offers, sent }
}

test('what waits as an epoch begins goes to the new authorities, and none need pass it on', () => {
  const { offers, sent } = createBench()
  offers.handOver(['a', 'b'], (peer) => peer === PEERS[1] || peer === PEERS[3])
  expect(sent).toEqual(
    [PEERS[1], PEERS[3]].map((peer) => ({ peer, texts: ['a', 'b'], toAll: true })),
  )
})

test('what is gathered leaves at once when a block is about to name it', () => {
  const { offers, sent, pass } = createBench()
  offers.relay('a')
  pass(0)
  offers.relay('b')
  offers.flush()
  expect(sent.map(({ texts }) => texts)).toEqual([
    ...PEERS.map(() => ['a']),
    ...PEERS.map(() => ['b']),
  ])
  pass(BUNDLE_GAP_MS)
  expect(sent).toHaveLength(2 * PEERS.length)
})

describe('a submission', () => {
  test('goes straight to every authority, who proposes next before all, and none need pass it on', () => {
    const { offers, sent, pass } = createBench({ view: 9 })
    offers.submit(['a'])
    pass(0)
    const order = [2, 3, 0, 1].map((at) => PEERS[at])
    expect(sent).toEqual(order.map((peer) => ({ peer, texts: ['a'], toAll: true })))
  })

  test('of many authorities goes to who leads the next view and to the one after', () => {
    const { offers, sent, pass } = createBench({ view: 6, set: LARGE_SET })
    offers.submit(['a'])
    pass(0)
    const leaders = [7, 8].map((at) => LARGE_SET.members[at]?.peerId)
    expect(sent).toEqual(leaders.map((peer) => ({ peer, texts: ['a'], toAll: false })))
  })

  test('passes by who is down; those that hear it pass it on', () => {
    const one = createBench({ down: PEERS.slice(1, 2) })
    one.offers.submit(['a'])
    one.pass(0)
    expect(one.sent).toEqual([{ peer: PEERS[2], texts: ['a'], toAll: false }])
    const both = createBench({ down: PEERS.slice(1, 3) })
    both.offers.submit(['a'])
    both.pass(0)
    expect(both.sent.map(({ peer, toAll }) => [peer, toAll])).toEqual(
      PEERS.map((peer) => [peer, false]),
    )
  })

  test('that is overdue goes to every authority again, to be passed on', () => {
    const { offers, sent } = createBench()
    offers.repeat(['a'])
    expect(sent).toEqual(PEERS.map((peer) => ({ peer, texts: ['a'], toAll: false })))
  })
})

describe('bundles', () => {
  test('leave at once when idle, and gather while one has just left', () => {
    const { offers, sent, pass } = createBench()
    offers.relay('a')
    pass(0)
    offers.relay('b')
    offers.relay('c')
    pass(BUNDLE_GAP_MS - 1)
    expect(sent.filter(({ peer }) => peer === PEERS[0])).toHaveLength(1)
    pass(1)
    expect(sent.at(-1)?.texts).toEqual(['b', 'c'])
  })

  test.each([
    ['transactions', Array.from({ length: 2 * BUNDLE_TRANSACTIONS_MAX + 1 }, (_, at) => `${at}`)],
    ['bytes', Array.from({ length: 9 }, (_, at) => `${at}`.repeat(BUNDLE_BYTES_MAX / 3))],
    ['bytes of one', ['x'.repeat(BUNDLE_BYTES_MAX), 'y', 'z'.repeat(BUNDLE_BYTES_MAX)]],
  ])('keep within the bounds of one message: %s; none is lost, the order stays', (_, texts) => {
    const { offers, sent, pass } = createBench()
    for (const text of texts) offers.relay(text)
    pass(10)
    offers.repeat(texts)
    const bundles = sent.filter(({ peer }) => peer === PEERS[0])
    expect(bundles.flatMap((bundle) => bundle.texts)).toEqual([...texts, ...texts])
    for (const bundle of bundles) {
      expect(bundle.texts.length).toBeLessThanOrEqual(BUNDLE_TRANSACTIONS_MAX)
      expect(bundle.texts.join('').length).toBeLessThanOrEqual(BUNDLE_BYTES_MAX)
    }
  })
})

test('block time is asked of every authority', () => {
  const { offers, sent } = createBench()
  offers.askBlockTime()
  expect(sent).toEqual(PEERS.map((peer) => ({ peer, texts: ['blockTimeAsked'], toAll: undefined })))
})
