import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  authoritiesAt,
  isUp,
  nameOf,
  openNetwork,
  openPair,
  says,
  stopAll,
} from './recorded-network.ts'

const text = (words: string): Uint8Array => Buffer.from(words)

const closing: (() => void)[] = []

afterEach(async () => {
  await stopAll()
  for (const close of closing.splice(0)) close()
})

/** Passes everything on to a port of this machine, one byte a write. */
const dripTo = async (port: number): Promise<number> => {
  const server = createServer((near) => {
    const far = connect({ port, host: '127.0.0.1', noDelay: true })
    near.setNoDelay(true)
    drip(near, far)
    drip(far, near)
  })
  const { promise: listening, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await listening
  closing.push(() => server.close())
  const address: AddressInfo | string | null = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

const drip = (from: Socket, to: Socket): void => {
  from.on('data', (piece) => {
    for (const byte of piece) to.write(Uint8Array.of(byte))
  })
  from.on('error', () => to.destroy())
  from.on('close', () => to.destroy())
}

const portOf = (address: string): number => Number(address.split('/').at(-1))

describe('a line that delivers little at a time', () => {
  test('carries links and messages all the same', async () => {
    const behind = await openNetwork(2, { admission: authoritiesAt([1, '']) })
    const port = await dripTo(portOf(behind.address))
    const dialling = await openNetwork(1, {
      admission: authoritiesAt([2, `/ip4/127.0.0.1/tcp/${port}`]),
    })
    await Promise.all([dialling.first(isUp(2)), behind.first(isUp(1))])
    for (const words of ['one', 'two', 'three'])
      dialling.network.send(nameOf(2), 'vote', text(words))
    await behind.first(says('three'))
    behind.network.send(nameOf(1), 'vote', text('heard'))
    await dialling.first(says('heard'))
  })

  test('a read costs no error, even where nothing follows', async () => {
    const [a, b] = await openPair()
    const original = RangeError
    const raised = vi.fn((message?: string) => new original(message))
    vi.stubGlobal('RangeError', Object.assign(raised, { prototype: original.prototype }))
    try {
      a.network.send(nameOf(2), 'vote', text('hello'))
      await b.first(says('hello'))
      b.network.send(nameOf(1), 'vote', text('good evening'))
      await a.first(says('good evening'))
    } finally {
      vi.unstubAllGlobals()
    }
    expect(raised).not.toHaveBeenCalled()
  })
})
