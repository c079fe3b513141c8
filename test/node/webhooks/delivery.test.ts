import { describe, expect, test, vi } from 'vitest'
import type { Events } from '#api/ports/events.ts'
import type { WebhookPause } from '#api/ports/webhooks.ts'
import type { Answer } from '#node/webhooks/courier.ts'
import { Delivery, type DeliveryParts } from '#node/webhooks/delivery.ts'
import {
  FAILING_MS_MAX,
  REFUSALS_MAX,
  RETRY_MAX_MS,
  SET_ASIDE_IN_A_ROW_MAX,
} from '#node/webhooks/limits.ts'
import { blockOf, openStream } from '../../api/event-source.ts'
import { PLACE } from '../../api/fake-ports.ts'

const answered = (code: number): Answer => ({ kind: 'answered', status: code })
const UNREACHABLE: Answer = { kind: 'failed', failure: 'connection_refused' }

/** A delivery whose receiver a test plays; its pauses pass in no time, and are noted. */
const deliver = (
  events: Events,
  answer: (event: string, attempt: number) => Answer | Promise<Answer>,
  change: Partial<DeliveryParts> = {},
) => {
  const attempts: string[] = []
  const saved: DeliveryParts['progress'][] = []
  const letters: string[] = []
  const pauses: WebhookPause[] = []
  const sleeps: number[] = []
  let nowMs = 1_000_000
  const parts: DeliveryParts = {
    events,
    reader: { kind: 'place', place: PLACE },
    filter: { blocks: false },
    progress: { id: 'whe_1', height: 0, index: 0, setAsideInARow: 0 },
    attempt: async ({ id }) => {
      attempts.push(id)
      return await answer(id, attempts.filter((one) => one === id).length)
    },
    mayRead: () => true,
    wallMs: () => nowMs,
    random: () => 0.5,
    sleep: async (ms, signal) => {
      signal.throwIfAborted()
      sleeps.push(ms)
      nowMs += ms
    },
    save: async (progress) => void saved.push(progress),
    setAside: async ({ event }) => {
      letters.push(event)
      return 'kept'
    },
    onTaken: () => undefined,
    onFailed: () => undefined,
    pause: async (by) => void pauses.push(by),
    onFault: (cause) => {
      throw cause
    },
    ...change,
  }
  const delivery = new Delivery(parts)
  return { delivery, attempts, saved, letters, pauses, sleeps, pass: (ms: number) => (nowMs += ms) }
}

const once = (attempts: readonly string[]): readonly string[] => [...new Set(attempts)]

const SIX = ['evt_1-0', 'evt_1-1', 'evt_2-0', 'evt_2-1', 'evt_3-0', 'evt_3-1']

const threeBlocks = () => {
  const stream = openStream()
  stream.append(...blockOf(1), ...blockOf(2), ...blockOf(3))
  return stream
}

describe('a delivery', () => {
  test('brings every event in order, one at a time, and notes each that was taken', async () => {
    const { events, append } = threeBlocks()
    let open = 0
    const { delivery, attempts, saved } = deliver(events, async () => {
      open += 1
      expect(open).toBe(1)
      await new Promise(setImmediate)
      open -= 1
      return answered(204)
    })
    await vi.waitFor(() => expect(attempts).toHaveLength(6))
    append(...blockOf(4))
    await vi.waitFor(() => expect(saved).toHaveLength(8))
    await delivery.stop()
    expect(attempts).toEqual([...SIX, 'evt_4-0', 'evt_4-1'])
    expect(saved.map(({ height, index }) => [height, index]).slice(0, 3)).toEqual([
      [1, 0],
      [1, 1],
      [2, 0],
    ])
  })

  test('goes on after the last that was noted, wherever it was cut', async () => {
    for (const cut of [1, 2, 3, 5]) {
      const { events } = threeBlocks()
      const stopped = Promise.withResolvers<void>()
      const first = deliver(events, (event) => {
        if (event !== SIX[cut]) return answered(200)
        stopped.resolve()
        return new Promise<Answer>(() => undefined)
      })
      await stopped.promise
      // The process dies here: what it was about to note is lost.
      const progress = first.saved.at(-1)
      const second = deliver(events, () => answered(200), progress && { progress })
      await vi.waitFor(() => expect(second.saved.at(-1)).toMatchObject({ height: 3, index: 1 }))
      await second.delivery.stop()
      expect([...first.attempts.slice(0, cut), ...second.attempts]).toEqual(SIX)
    }
  })

  test('does not note what was answered before it is on disk', async () => {
    const { events } = threeBlocks()
    const disk = Promise.withResolvers<void>()
    const { delivery, attempts } = deliver(events, () => answered(200), {
      save: () => disk.promise,
    })
    await vi.waitFor(() => expect(attempts).toHaveLength(1))
    expect(delivery.progress()).toMatchObject({ height: 0, index: 0 })
    disk.resolve()
    await vi.waitFor(() => expect(attempts).toHaveLength(6))
    await delivery.stop()
  })

  test('tries one event until it is taken, with pauses that double and are left to chance', async () => {
    const { events } = threeBlocks()
    const { delivery, attempts, sleeps } = deliver(events, (event, attempt) =>
      event === 'evt_2-0' && attempt < 5 ? UNREACHABLE : answered(200),
    )
    await vi.waitFor(() => expect(attempts).toHaveLength(10))
    await delivery.stop()
    expect(once(attempts)).toEqual(SIX)
    expect(sleeps).toEqual([750, 1_500, 3_000, 6_000])
  })

  test('waits as long as its receiver asks, and no longer than an hour', async () => {
    const { events } = threeBlocks()
    const asks = [30_000, 30 * 86_400_000]
    const { delivery, attempts, sleeps } = deliver(events, (event, attempt) => {
      const retryAfterMs = event === 'evt_1-0' ? asks[attempt - 1] : undefined
      return retryAfterMs === undefined
        ? answered(200)
        : { kind: 'answered', status: 429, retryAfterMs }
    })
    await vi.waitFor(() => expect(attempts).toHaveLength(8))
    await delivery.stop()
    expect(sleeps).toEqual([30_000, RETRY_MAX_MS])
  })

  test('sets aside what is refused again and again, and goes on', async () => {
    const { events } = threeBlocks()
    const { delivery, attempts, letters, saved } = deliver(events, (event) =>
      event === 'evt_1-1' ? answered(500) : answered(200),
    )
    await vi.waitFor(() => expect(once(attempts)).toHaveLength(6))
    await delivery.stop()
    expect(letters).toEqual(['evt_1-1'])
    expect(attempts.filter((event) => event === 'evt_1-1')).toHaveLength(REFUSALS_MAX)
    expect(saved.at(-1)).toEqual(expect.objectContaining({ setAsideInARow: 0 }))
  })

  test('sets aside no more than a few in a row: then it is the receiver, and is paused', async () => {
    const { events } = threeBlocks()
    const { attempts, letters, pauses } = deliver(events, () => answered(404))
    await vi.waitFor(() => expect(pauses).toEqual(['unreachable']))
    expect(letters).toEqual(SIX.slice(0, SET_ASIDE_IN_A_ROW_MAX))
    expect(once(attempts)).toEqual(SIX.slice(0, SET_ASIDE_IN_A_ROW_MAX + 1))
  })

  test('pauses after three days of failing, at the event it could not bring', async () => {
    const { events } = threeBlocks()
    const { delivery, pauses, saved, sleeps, letters } = deliver(events, (event) =>
      event === 'evt_2-0' ? UNREACHABLE : answered(200),
    )
    await vi.waitFor(() => expect(pauses).toEqual(['unreachable']))
    const waitedMs = sleeps.reduce((sum, ms) => sum + ms, 0)
    expect(waitedMs).toBeGreaterThanOrEqual(FAILING_MS_MAX)
    expect(waitedMs).toBeLessThan(FAILING_MS_MAX + RETRY_MAX_MS)
    expect(letters).toEqual([])
    expect(saved.at(-1)).toMatchObject({ height: 1, index: 1, failingSinceMs: 1_000_000 })
    expect(delivery.pending()).toMatchObject({ event: 'evt_2-0' })
  })

  test('counts the days of failing on after a restart', async () => {
    const { events } = threeBlocks()
    const failingSinceMs = 1_000_000 - FAILING_MS_MAX + 1
    const progress = { id: 'whe_1', height: 1, index: 1, failingSinceMs, setAsideInARow: 0 }
    const { pauses, attempts } = deliver(events, () => UNREACHABLE, { progress })
    await vi.waitFor(() => expect(pauses).toEqual(['unreachable']))
    expect(attempts.length).toBeLessThan(4)
  })

  test.each<[string, WebhookPause, Answer, Partial<DeliveryParts>]>([
    ['a receiver that is gone', 'gone', answered(410), {}],
    ['a grant that ended', 'grant_ended', answered(200), { mayRead: () => false }],
    ['a full list', 'dead_letters_full', answered(400), { setAside: async () => 'full' }],
  ])('pauses for %s, and loses nothing', async (_, by, answer, change) => {
    const { events } = threeBlocks()
    const { pauses, saved } = deliver(events, () => answer, change)
    await vi.waitFor(() => expect(pauses).toEqual([by]))
    expect(saved.every(({ height }) => height === 0)).toBe(true)
  })

  test('stops in the midst of an attempt or of a pause, and says nothing more', async () => {
    const { events } = threeBlocks()
    const hanging = deliver(events, (_event, _attempt) => new Promise<Answer>(() => undefined), {
      attempt: (_envelope, signal) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(UNREACHABLE))
        }),
    })
    await hanging.delivery.stop()
    expect([hanging.saved, hanging.pauses]).toEqual([[], []])
  })

  test('brings what its filter shows, and blocks when they are asked for', async () => {
    const { events } = threeBlocks()
    const { delivery, attempts } = deliver(events, () => answered(200), {
      filter: { kinds: new Set(['refund']), blocks: true },
    })
    await vi.waitFor(() => expect(attempts).toHaveLength(3))
    await delivery.stop()
    expect(attempts.every((event) => /^evt_[123]-/.test(event))).toBe(true)
  })
})
