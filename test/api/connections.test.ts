import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { createServer } from '#api/server.ts'
import { keyOfScalar, makeCertificate } from '#node/tls/certificate.ts'
import { fakePorts } from './fake-ports.ts'

const BOUNDS = { max: 8, crowded: 4, perAddress: 2 }
const ONE = '127.0.0.1'
const OTHER = '127.0.0.2'
const ASKING = 'GET /livez HTTP/1.1\r\nhost: a\r\n'
const ASKED = `${ASKING}\r\n`

/** Whether the server says so, or cuts it. */
const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.once('close', () => resolve())
  })

const pem = async () => {
  const key = keyOfScalar(new Uint8Array(32).fill(5))
  const certificate = await makeCertificate(key, { names: ['localhost'], nowMs: Date.now() })
  return { key: String(key.export({ type: 'pkcs8', format: 'pem' })), certificate }
}

const opened = async (tls?: Awaited<ReturnType<typeof pem>>) => {
  const app = await createServer({ ports: fakePorts(), connections: BOUNDS, tls })
  onTestFinished(() => app.close())
  const url = await app.listen({ host: ONE, port: 0 })
  const port = Number(new URL(url).port)
  /** Comes from an address, and says this once it is let in. */
  const come = (localAddress: string, said: string): Socket => {
    const plain = connect({ port, host: ONE, localAddress })
    const socket =
      tls === undefined ? plain : connectTls({ socket: plain, rejectUnauthorized: false })
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => socket.write(said))
    plain.on('error', () => undefined)
    socket.on('error', () => undefined)
    onTestFinished(() => void socket.destroy())
    return socket
  }
  const ask = async (address: string): Promise<Socket> => {
    const socket = come(address, ASKED)
    const ended = closed(socket).then(() => ['closed'])
    const [answer] = await Promise.race([once(socket, 'data'), ended])
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /)
    return socket
  }
  return { come, ask }
}

test.each([
  ['plain', undefined],
  ['TLS', pem],
])('who holds many %s connections gets no more, and others do', async (_, made) => {
  const { come, ask } = await opened(await made?.())
  const held = Array.from({ length: BOUNDS.crowded }, () => come(ONE, ASKING))
  const event = made === undefined ? 'connect' : 'secureConnect'
  await Promise.all(held.map((socket) => once(socket, event)))
  await closed(come(ONE, ASKED))
  await ask(OTHER)
  await Promise.all(
    held.map((socket) => {
      socket.destroy()
      return closed(socket)
    }),
  )
  await expect.poll(() => ask(ONE).then(Boolean, () => false)).toBe(true)
})

test('connections that ask nothing make room once there are many', async () => {
  const { ask } = await opened()
  const idle: Socket[] = []
  while (idle.length < BOUNDS.crowded) idle.push(await ask(ONE))
  const ended = Promise.all(idle.map(closed))
  await ask(OTHER)
  await ended
  await ask(ONE)
})
