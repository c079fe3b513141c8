import { afterEach, describe, expect, test } from 'vitest'
import { topicsOf } from '#node/network/create-network.ts'
import { FAULTS_MAX, GOSSIP_MESSAGE_BYTES_MAX } from '#node/network/limits.ts'
import type { Topic, Verdict } from '#node/network/network-port.ts'
import {
  authoritiesAt,
  isUp,
  nameOf,
  openNetwork,
  type RecordedNetwork,
  says,
  stopAll,
} from './recorded-network.ts'

const text = (words: string): Uint8Array => Buffer.from(words)
const gossipOf = ({ happenings }: RecordedNetwork) =>
  happenings.filter(({ what }) => what === 'gossip')

afterEach(stopAll)

/** Publishes until it is heard: a topic is heard from a moment after the link is up. */
const publishUntilHeard = async (
  from: RecordedNetwork,
  topic: Topic,
  to: RecordedNetwork,
): Promise<void> => {
  let attempt = 0
  const again = setInterval(() => {
    attempt += 1
    from.network.publish(topic, text(`ready? ${attempt}`))
  }, 20)
  await to.first((happening) => happening.what === 'gossip')
  clearInterval(again)
}

/** An authority with a venue that follows it, each hearing what it should. */
const openAuthorityAndVenue = async (verdict: Verdict = 'accept') => {
  const authority = await openNetwork(1, { topics: topicsOf('authority'), verdict })
  const list = authoritiesAt([1, authority.address])
  authority.network.admit({ ...list, followers: [nameOf(7)] })
  const venue = await openNetwork(7, { admission: list, topics: topicsOf('follower'), verdict })
  await Promise.all([authority.first(isUp(7)), venue.first(isUp(1))])
  return [authority, venue] as const
}

describe('gossip', () => {
  test('a venue hears blocks, votes and status; the authority hears transactions', async () => {
    const [authority, venue] = await openAuthorityAndVenue()
    await publishUntilHeard(authority, 'blocks', venue)
    await publishUntilHeard(venue, 'transactions', authority)
    for (const topic of ['blocks', 'votes', 'status'] as const) {
      authority.network.publish(topic, text(`of ${topic}`))
      const happening = await venue.first(says(`of ${topic}`))
      expect(happening).toMatchObject({ what: 'gossip', topic, from: nameOf(1) })
    }
    venue.network.publish('transactions', text('a sale'))
    await authority.first(says('a sale'))
  })

  test('the same bytes are heard once', async () => {
    const [authority, venue] = await openAuthorityAndVenue()
    await publishUntilHeard(authority, 'blocks', venue)
    for (const words of ['again', 'again', 'again', 'last']) {
      authority.network.publish('blocks', text(words))
    }
    await venue.first(says('last'))
    expect(gossipOf(venue).filter(says('again'))).toHaveLength(1)
  })

  test.each(['accept', 'ignore', 'reject'] as const)(
    'what a listener finds is to %s is passed on by nobody',
    async (verdict) => {
      const middle = await openNetwork(1, { topics: ['transactions'], verdict })
      const list = authoritiesAt([1, middle.address])
      middle.network.admit({ ...list, followers: [nameOf(7), nameOf(8)] })
      const one = await openNetwork(7, { admission: list, topics: ['transactions'] })
      const other = await openNetwork(8, { admission: list, topics: ['transactions'] })
      await publishUntilHeard(middle, 'transactions', one)
      await publishUntilHeard(middle, 'transactions', other)
      await publishUntilHeard(one, 'transactions', middle)
      one.network.publish('transactions', text('pass it on'))
      await middle.first(says('pass it on'))
      middle.network.publish('transactions', text('after it'))
      await other.first(says('after it'))
      expect(gossipOf(other).filter(says('pass it on'))).toHaveLength(0)
    },
  )

  test('whoever keeps publishing what is rejected is refused for a while', async () => {
    const [authority, venue] = await openAuthorityAndVenue('reject')
    let attempt = 0
    const again = setInterval(() => {
      attempt += 1
      venue.network.publish('transactions', text(`garbage ${attempt}`))
    }, 20)
    await authority.first(
      ({ what, ...rest }) =>
        what === 'report' && 'report' in rest && rest.report.code === 'peer_refused_for_a_while',
    )
    clearInterval(again)
    expect(gossipOf(authority)).toHaveLength(FAULTS_MAX)
    expect(authority.network.counters()).toMatchObject({ faults: FAULTS_MAX, bans: 1 })
  })

  test('what nobody can hear is no error, and what is too long is counted', async () => {
    const { network } = await openNetwork(1)
    network.publish('blocks', text('to nobody'))
    network.publish('blocks', new Uint8Array(GOSSIP_MESSAGE_BYTES_MAX + 1))
    expect(network.counters().dropped_too_long).toBe(1)
  })

  test('a whole block of a megabyte is heard', async () => {
    const [authority, venue] = await openAuthorityAndVenue()
    await publishUntilHeard(authority, 'blocks', venue)
    const block = new Uint8Array(GOSSIP_MESSAGE_BYTES_MAX).fill(3)
    authority.network.publish('blocks', block)
    await venue.first(
      (happening) => happening.what === 'gossip' && happening.bytes.length === block.length,
    )
  })
})
