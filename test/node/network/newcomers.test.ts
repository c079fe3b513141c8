import { connect, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { NEWCOMERS_MAX } from '#node/network/limits.ts'
import {
  admitting,
  authoritiesAt,
  isUp,
  nameOf,
  openNetwork,
  type RecordedNetwork,
  stopAll,
} from './recorded-network.ts'

const SILENT = NEWCOMERS_MAX + 16
const VENUE = 7

const sockets = new Set<Socket>()
let isCrowding = false

afterEach(async () => {
  isCrowding = false
  for (const socket of sockets) socket.destroy()
  sockets.clear()
  await stopAll()
})

/** The first bytes of a dialler, and nothing after them. */
const GREETING = Buffer.from('\x13/multistream/1.0.0\n\x07/noise\n')

/** Connections that say `words` and stay; each that is closed comes again. Resolves once all are up. */
const crowd = async (
  { address }: RecordedNetwork,
  from: string,
  words: Uint8Array | undefined,
): Promise<void> => {
  isCrowding = true
  const port = Number(address.split('/').at(-1))
  const open = (): Promise<void> =>
    new Promise((resolve) => {
      const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => {
        if (words !== undefined) socket.write(words)
        resolve()
      })
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => {
        sockets.delete(socket)
        if (isCrowding) setTimeout(() => isCrowding && void open(), 1_000)
      })
    })
  await Promise.all(Array.from({ length: SILENT }, open))
}

describe('connections that never say who they are', () => {
  // The time limit is the claim: shorter than what the silent ones are given to speak.
  test.each([
    ['silent, from another host', '127.0.0.2', undefined],
    ['silent, from the same host', '127.0.0.1', undefined],
    ['that stop after a greeting', '127.0.0.2', GREETING],
  ])(
    '%s do not keep a restarted venue out, nor it from dialling',
    { timeout: 4_000 },
    async (_, from, words) => {
      const authority = await openNetwork(1)
      const list = authoritiesAt([1, authority.address])
      authority.network.admit({ ...list, followers: [nameOf(VENUE)] })
      await crowd(authority, from, words)
      const venue = await openNetwork(VENUE, { admission: admitting({}) })
      await crowd(venue, from, words)
      venue.network.admit(list)
      await Promise.all([authority.first(isUp(VENUE)), venue.first(isUp(1))])
      expect(authority.network.counters().crowded_out).toBeGreaterThan(0)
    },
  )

  test('are cut off, the oldest first, when they are too many', async () => {
    const { network, address } = await openNetwork(1)
    const closed: number[] = []
    const { promise, resolve } = Promise.withResolvers<void>()
    const port = Number(address.split('/').at(-1))
    for (let at = 0; at < NEWCOMERS_MAX + 2; at++) {
      await new Promise<void>((connected) => {
        const socket = connect({ port, host: '127.0.0.1' }, connected)
        sockets.add(socket)
        socket.on('error', () => undefined)
        socket.on('close', () => {
          closed.push(at)
          if (closed.length === 2) resolve()
        })
      })
    }
    await promise
    expect(closed.toSorted()).toEqual([0, 1])
    expect(network.counters().crowded_out).toBe(2)
  })
})
