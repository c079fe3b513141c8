import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { Dialer } from '#node/network/dialer.ts'
import { REDIAL_MAX_MS } from '#node/network/limits.ts'

const PEER = 'peer'
const TARGET = { peer: PEER, addresses: ['/ip4/127.0.0.1/tcp/1'], patienceMs: 0 }

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

/** A dialer whose dials open a link, and then do what the test says before they are done. */
const dialing = (afterOpening: (dialer: Dialer) => void | Promise<void>) => {
  let dials = 0
  const dialer: Dialer = new Dialer({
    random: () => 0,
    onFailure: () => undefined,
    open: async () => {
      dials += 1
      dialer.linked(PEER)
      await afterOpening(dialer)
    },
  })
  dialer.want([TARGET], () => false)
  return { dialer, dials: () => dials }
}

describe('a wanted peer', () => {
  test('is dialled once while its link is up', async () => {
    const { dialer, dials } = dialing(() => undefined)
    await vi.advanceTimersByTimeAsync(10 * REDIAL_MAX_MS)
    expect(dials()).toBe(1)
    dialer.stop()
  })

  test('is dialled again when its link was lost before the dial was done', async () => {
    const { dialer, dials } = dialing((own) => own.lost(PEER, false))
    await vi.advanceTimersByTimeAsync(10 * REDIAL_MAX_MS)
    expect(dials()).toBeGreaterThan(5)
    dialer.stop()
  })

  test('is not dialled any more once it is not wanted, whatever becomes of the dial', async () => {
    const { dials } = dialing((own) => {
      own.lost(PEER, false)
      own.want([], () => false)
    })
    await vi.advanceTimersByTimeAsync(10 * REDIAL_MAX_MS)
    expect(dials()).toBe(1)
  })
})
