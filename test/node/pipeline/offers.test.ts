import { describe, expect, test } from 'vitest'
import {
  BUNDLE_BYTES_MAX,
  BUNDLE_TRANSACTIONS_MAX,
  decodeLinkMessage,
} from '#node/loop/link-message.ts'
import { BUNDLE_GAP_MS } from '#node/pipeline/bundler.ts'
import { createOffers } from '#node/pipeline/offers.ts'
import { setOf } from '../../consensus/stand-in-keys.ts'
import { createAlarmClock } from '../loop/alarm-clock.ts'

const SET = setOf(4)
const PEERS = SET.members.map(({ peerId }) => peerId)

const createBench = ({
  down = [],
  view = 0,
}: {
  readonly down?: readonly string[]
  readonly view?: number
} = {}) => {
  const alarms = createAlarmClock()
  const sent: { readonly peer: string; readonly texts: readonly string[] }[] = []
  const offers = createOffers({
    ...alarms,
    set: SET,
    leaderOffset: 0,
    network: {
      send: (peer, _, bytes) => {
        const decoded = decodeLinkMessage(bytes)
        if (!decoded.ok) throw new Error(decoded.code)
        const { value } = decoded
        sent.push({ peer, texts: value.type === 'bundle' ? value.transactions : [value.type] })
      },
      publish: () => undefined,
      score: () => undefined,
      peers: () => [],
    },
    others: PEERS,
    isUp: (peer) => !down.includes(peer),
    finalView: () => view,
  })
  return { ...alarms, offers, sent }
}

describe('a submission', () => {
  test('goes to who leads the next view and to the one after', () => {
    const { offers, sent, pass } = createBench({ view: 6 })
    offers.toLeaders(['a'])
    pass(0)
    expect(sent.map(({ peer }) => peer)).toEqual([PEERS[3], PEERS[0]])
  })

  test('passes by a leader that is down, and goes to everybody when both are', () => {
    const one = createBench({ down: PEERS.slice(1, 2) })
    one.offers.toLeaders(['a'])
    one.pass(0)
    expect(one.sent.map(({ peer }) => peer)).toEqual([PEERS[2]])
    const both = createBench({ down: PEERS.slice(1, 3) })
    both.offers.toLeaders(['a'])
    both.pass(0)
    expect(both.sent.map(({ peer }) => peer)).toEqual(PEERS)
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
    offers.toAll(texts)
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
  expect(sent).toEqual(PEERS.map((peer) => ({ peer, texts: ['blockTimeAsked'] })))
})
