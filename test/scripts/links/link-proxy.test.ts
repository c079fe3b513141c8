import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { freePorts } from '#scripts/federation/ports.ts'
import { LinkProxy, type LinkState, WHOLE } from '#scripts/links/link-proxy.ts'
import { AT_ONCE } from '#scripts/links/one-way.ts'
import { tcpEndsOf } from '#scripts/links/sockets.ts'

const HELD = { tag: 'held' } as const
const CUT: LinkState = { toTarget: HELD, toDialler: HELD, refused: false }
const WAIT = { timeout: 5_000, interval: 5 }

const endings: (() => void)[] = []
afterEach(() => {
  for (const end of endings.splice(0)) end()
})

/** What has come to one end of a connection. */
type End = { readonly socket: Socket; readonly heard: () => string; readonly isOver: () => boolean }

const endOf = (socket: Socket): End => {
  let text = ''
  let isOver = false
  socket.setEncoding('utf8').on('data', (chunk) => {
    text += chunk
  })
  socket.on('error', () => undefined)
  socket.on('close', () => {
    isOver = true
  })
  endings.push(() => socket.destroy())
  return { socket, heard: () => text, isOver: () => isOver }
}

const openProxy = async () => {
  const targets: End[] = []
  const server = createServer((socket) => targets.push(endOf(socket)))
  const [target = 0, listen = 0] = await freePorts(2)
  server.listen(target, '127.0.0.1')
  await once(server, 'listening')
  const proxy = await LinkProxy.open({ listen, target })
  endings.push(
    () => server.close(),
    () => proxy.close(),
  )
  return { proxy, targets, listen, targetPort: target }
}

const dial = (port: number): End => endOf(connect({ port, host: '127.0.0.1' }))

/** A connection over which both ends have spoken. */
const connected = async () => {
  const made = await openProxy()
  const dialler = dial(made.listen)
  dialler.socket.write('a')
  await expect.poll(() => made.targets[0]?.heard(), WAIT).toBe('a')
  const [target] = made.targets
  if (target === undefined) throw new Error('nobody was reached')
  target.socket.write('b')
  await expect.poll(dialler.heard, WAIT).toBe('b')
  return { ...made, dialler, target }
}

/** Long enough for bytes that are not held: another way over the same proxy. */
const afterAWhile = async (proxy: LinkProxy, heldBytes: number): Promise<void> =>
  await expect.poll(() => proxy.counters.heldBytes, WAIT).toBe(heldBytes)

test('a cut holds what is said, and a heal passes it on whole and in order', async () => {
  const { proxy, dialler, target } = await connected()
  proxy.state = CUT
  dialler.socket.write('12')
  target.socket.write('345')
  await afterAWhile(proxy, 5)
  expect([target.heard(), dialler.heard()]).toEqual(['a', 'b'])
  proxy.state = WHOLE
  await expect.poll(() => [target.heard(), dialler.heard()], WAIT).toEqual(['a12', 'b345'])
})

test('a cut one way lets the other way through', async () => {
  const { proxy, dialler, target } = await connected()
  proxy.state = { ...CUT, toDialler: AT_ONCE }
  dialler.socket.write('12')
  target.socket.write('345')
  await expect.poll(dialler.heard, WAIT).toBe('b345')
  await afterAWhile(proxy, 2)
  expect(target.heard()).toBe('a')
})

test('an end that goes away behind a cut is not noticed before the heal', async () => {
  const { proxy, dialler, target } = await connected()
  proxy.state = CUT
  dialler.socket.write('1')
  await afterAWhile(proxy, 1)
  dialler.socket.destroy()
  await expect.poll(dialler.isOver, WAIT).toBe(true)
  target.socket.write('2')
  await afterAWhile(proxy, 2)
  expect(target.isOver()).toBe(false)
  proxy.state = WHOLE
  await expect.poll(() => [target.heard(), target.isOver()], WAIT).toEqual(['a1', true])
})

test('a connection that is dialled through a cut reaches nobody until it heals', async () => {
  const { proxy, targets, listen, targetPort } = await openProxy()
  proxy.state = CUT
  const dialler = dial(listen)
  await once(dialler.socket, 'connect')
  dialler.socket.write('1')
  // Whoever comes by another way afterwards is the first to be there.
  dial(targetPort).socket.write('2')
  await expect.poll(() => targets.map(({ heard }) => heard()), WAIT).toEqual(['2'])
  proxy.state = WHOLE
  await expect.poll(() => targets.map(({ heard }) => heard()), WAIT).toEqual(['2', '1'])
})

test('a refusing link ends what there is and what comes, at both ends', async () => {
  const { proxy, dialler, target, targets, listen } = await connected()
  proxy.state = { ...CUT, refused: true }
  await expect.poll(() => [dialler.isOver(), target.isOver()], WAIT).toEqual([true, true])
  const next = dial(listen)
  await expect.poll(next.isOver, WAIT).toBe(true)
  expect(targets).toHaveLength(1)
  expect(proxy.counters).toEqual({ heldBytes: 0, refusals: 2 })
})

test('a slow link passes on everything, late', async () => {
  const { proxy, dialler, target } = await connected()
  proxy.state = { ...WHOLE, toTarget: { tag: 'open', delayMs: 120 } }
  const startMs = performance.now()
  dialler.socket.write('12')
  await expect.poll(target.heard, WAIT).toBe('a12')
  expect(performance.now() - startMs).toBeGreaterThanOrEqual(119)
})

test('more than it may keep waiting is left with the sender, and comes later', async () => {
  const { proxy, dialler, target } = await connected()
  proxy.state = CUT
  const megabyte = 'x'.repeat(1_048_576)
  for (let count = 0; count < 16; count += 1) dialler.socket.write(megabyte)
  await expect.poll(() => proxy.counters.heldBytes, WAIT).toBeGreaterThan(1_048_576)
  expect(proxy.counters.heldBytes).toBeLessThan(4 * 1_048_576)
  proxy.state = WHOLE
  await expect.poll(() => target.heard().length, WAIT).toBe(16 * 1_048_576 + 1)
})

test('a target that is not there ends the connection', async () => {
  const [listen = 0, target = 0] = await freePorts(2)
  const proxy = await LinkProxy.open({ listen, target })
  endings.push(() => proxy.close())
  await expect.poll(dial(listen).isOver, WAIT).toBe(true)
})

test('the connections of a process are seen from outside it', async () => {
  const { proxy, listen, targetPort, dialler } = await connected()
  const ends = tcpEndsOf(process.pid)
  const { localPort } = dialler.socket
  expect(ends).toContainEqual({ localPort, remotePort: listen })
  expect(ends).toContainEqual({ localPort: targetPort, remotePort: proxy.targetSidePorts[0] })
})
