import { afterEach, describe, expect, test } from 'vitest'
import { LINK_MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX } from '#node/network/limits.ts'
import type { Priority } from '#node/network/network-port.ts'
import {
  admitting,
  authoritiesAt,
  isDown,
  isLinkDownReport,
  isUp,
  isUpAgain,
  nameOf,
  openBareHost,
  openLinkStreams,
  openNetwork,
  openPair,
  type RecordedNetwork,
  says,
  stopAll,
} from './recorded-network.ts'

const text = (words: string): Uint8Array => Buffer.from(words)

/** What the messages of a network say, in the order in which they came. */
const heard = ({ happenings }: RecordedNetwork): string[] =>
  happenings.flatMap((happening) =>
    happening.what === 'message' ? [Buffer.from(happening.bytes.subarray(0, 20)).toString()] : [],
  )

/** A clock, and the moment at which it was read so often that many keep-alives have passed. */
const clockOfNight = () => {
  const { promise: night, resolve } = Promise.withResolvers<void>()
  let readings = 0
  const nowMs = (): number => {
    readings += 1
    if (readings > 200) resolve()
    return performance.now()
  }
  return { night, nowMs }
}

afterEach(stopAll)

describe('links', () => {
  test('two admitted authorities hear each other, and each knows the other is there', async () => {
    const [a, b] = await openPair()
    a.network.send(nameOf(2), 'vote', text('hello'))
    b.network.send(nameOf(1), 'vote', text('good evening'))
    await Promise.all([a.first(says('good evening')), b.first(says('hello'))])
    expect(a.network.peers()).toEqual([{ peer: nameOf(2), role: 'authority', queuedBytes: 0 }])
    expect(b.network.peers()).toEqual([{ peer: nameOf(1), role: 'authority', queuedBytes: 0 }])
  })

  test('a pair of authorities that can both dial ends up with one link', async () => {
    const [a, b] = await openPair()
    expect([a, b].map(({ network }) => network.counters().links_up)).toEqual([1, 1])
  })

  test.each([
    [1, 2],
    [2, 1],
  ])('when %i and %i dial each other at once, one link is left', async (one, other) => {
    const a = await openNetwork(one)
    const b = await openNetwork(other)
    a.network.admit(authoritiesAt([one, a.address], [other, b.address]))
    // To b it is a follower itself, which dials without waiting for anybody.
    b.network.admit(authoritiesAt([one, a.address]))
    await Promise.all([a.first(isUp(other)), b.first(isUp(one))])
    const knock = setInterval(() => a.network.send(nameOf(other), 'vote', text('knock')), 20)
    await b.first(says('knock'))
    clearInterval(knock)
    expect([a, b].map(({ network }) => network.peers().length)).toEqual([1, 1])
  })

  test('a follower that only dials is linked with its authority', async () => {
    const authority = await openNetwork(1)
    const list = authoritiesAt([1, authority.address])
    authority.network.admit({ ...list, followers: [nameOf(7)] })
    const follower = await openNetwork(7, { listen: [], admission: list })
    await Promise.all([authority.first(isUp(7)), follower.first(isUp(1))])
    follower.network.send(nameOf(1), 'transaction', text('a sale'))
    await authority.first(says('a sale'))
    expect(authority.network.peers()[0]?.role).toBe('follower')
  })

  test('an authority is also found by name', async () => {
    const authority = await openNetwork(1)
    const port = authority.address.split('/').at(-1)
    authority.network.admit({
      ...authoritiesAt([1, authority.address]),
      observers: [nameOf(7)],
    })
    await openNetwork(7, { admission: authoritiesAt([1, `/dns4/localhost/tcp/${port}`]) })
    await authority.first(isUp(7))
  })

  test('messages of one turn leave in one frame, votes before proposals before the rest', async () => {
    const [a, b] = await openPair()
    const order: readonly Priority[] = ['sync', 'transaction', 'vote', 'proposal', 'vote']
    for (const [index, priority] of order.entries()) {
      a.network.send(nameOf(2), priority, text(`${priority} ${index}`))
    }
    await b.first(says('sync 0'))
    expect(heard(b)).toEqual(['vote 2', 'vote 4', 'proposal 3', 'transaction 1', 'sync 0'])
    expect(a.network.counters().frames_out).toBe(1)
  })

  test('a message sent from inside a handler is not delivered inside it', async () => {
    const [a, b] = await openPair()
    a.network.send(nameOf(2), 'vote', text('one'))
    expect(heard(b)).toEqual([])
    await b.first(says('one'))
  })

  test('a long message arrives whole and does not delay the votes behind it', async () => {
    const [a, b] = await openPair()
    const body = new Uint8Array(5_000_000).fill(7)
    a.network.send(nameOf(2), 'proposal', body)
    a.network.send(nameOf(2), 'vote', text('vote'))
    const arrived = await b.first(
      (happening) => happening.what === 'message' && happening.bytes.length > 100,
    )
    expect(heard(b)[0]).toBe('vote')
    const whole = arrived.what === 'message' && Buffer.compare(arrived.bytes, body) === 0
    expect(whole).toBe(true)
  })

  test.each([LINK_MESSAGE_BYTES_MAX, LINK_MESSAGE_BYTES_MAX + 1, MESSAGE_BYTES_MAX])(
    'a message of %i bytes arrives',
    async (length) => {
      const [a, b] = await openPair()
      a.network.send(nameOf(2), 'sync', new Uint8Array(length).fill(1))
      await b.first(
        (happening) => happening.what === 'message' && happening.bytes.length === length,
      )
    },
  )

  test('what cannot be sent is counted', async () => {
    const { network } = await openNetwork(1)
    network.send(nameOf(2), 'vote', text('into the void'))
    expect(network.counters().dropped_not_linked).toBe(1)
    const [a] = await openPair()
    a.network.send(nameOf(2), 'sync', new Uint8Array(MESSAGE_BYTES_MAX + 1))
    a.network.send(nameOf(2), 'sync', new Uint8Array(0))
    expect(a.network.counters().dropped_too_long).toBe(2)
  })

  test('a full queue drops sync first, counted, and the vote still arrives', async () => {
    const [a, b] = await openPair()
    for (let sent = 0; sent < 40; sent++) {
      a.network.send(nameOf(2), 'sync', new Uint8Array(70_000))
    }
    a.network.send(nameOf(2), 'vote', text('vote'))
    await b.first(says('vote'))
    expect(a.network.counters().dropped_sync).toBeGreaterThan(0)
    expect(a.network.counters().dropped_vote).toBe(0)
    expect(heard(b)[0]).toBe('vote')
  })

  test('votes that overrun the queue part the pair, which links again', async () => {
    const [a, b] = await openPair()
    for (let sent = 0; sent < 40; sent++) {
      a.network.send(nameOf(2), 'vote', new Uint8Array(70_000))
    }
    await a.first(isDown(2))
    await b.first(isDown(1))
    expect(a.network.counters().dropped_vote).toBeGreaterThan(0)
    await a.first(isUpAgain(a, 2))
  })

  test('a peer that restarts is linked again', async () => {
    const [a, b] = await openPair()
    await b.network.stop()
    await a.first(isDown(2))
    const again = await openNetwork(2, {
      listen: [b.address],
      admission: authoritiesAt([1, a.address], [2, b.address]),
    })
    await again.first(isUp(1))
    await a.first(isUpAgain(a, 2))
    a.network.send(nameOf(2), 'vote', text('welcome back'))
    await again.first(says('welcome back'))
  })

  test('a peer that says nothing any more is held to be dead', async () => {
    const a = await openNetwork(1, { timing: { keepAliveMs: 30, silenceMs: 100 } })
    a.network.admit(admitting({ followers: [nameOf(7)] }))
    const mute = await openBareHost(7)
    await openLinkStreams(mute, a)
    await a.first(isUp(7))
    const end = await a.first(isLinkDownReport)
    expect(end).toMatchObject({ report: { facts: { why: 'silent' } } })
  })

  test('an idle link stays, for both sides keep it alive', async () => {
    const timing = { keepAliveMs: 10, silenceMs: 100 }
    const { night, nowMs } = clockOfNight()
    const [a, b] = await openPair({ timing, nowMs }, { timing })
    await night
    expect([a, b].map(({ network }) => network.counters().links_down)).toEqual([0, 0])
    a.network.send(nameOf(2), 'vote', text('good morning'))
    await b.first(says('good morning'))
  })

  test('who is no longer admitted is disconnected', async () => {
    const [a, b] = await openPair()
    a.network.admit(authoritiesAt([1, a.address]))
    await Promise.all([a.first(isDown(2)), b.first(isDown(1))])
    expect(a.network.peers()).toEqual([])
  })

  test('stops in under a second, with links up', async () => {
    const [a] = await openPair()
    const startedAtMs = performance.now()
    await a.network.stop()
    expect(performance.now() - startedAtMs).toBeLessThan(1_000)
  })
})
