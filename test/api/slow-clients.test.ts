import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { BODY_BYTES_MAX } from '#api/limits.ts'
import { createServer } from '#api/server.ts'
import { keyOfScalar, makeCertificate } from '#node/tls/certificate.ts'
import { fakePorts } from './fake-ports.ts'
import { AUTHORIZED } from './open-server.ts'

/** A server that listens, and a client of it that says this and no more. */
const heardBy = async (
  said: string,
  options: Partial<Parameters<typeof createServer>[0]> = {},
): Promise<string> => {
  const app = await createServer({ ports: fakePorts(), requestTimeoutMs: 40, ...options })
  onTestFinished(() => app.close())
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let heard = ''
  socket.on('data', (chunk) => {
    heard += chunk.toString()
  })
  socket.on('error', () => undefined)
  socket.write(said)
  // The client stays for as long as it is let.
  await once(socket, 'close')
  return heard
}

describe('a client is cut off that', () => {
  test.each([
    ['says nothing after its first line', 'GET /v1/network HTTP/1.1\r\n'],
    ['never ends its headers', 'GET /v1/network HTTP/1.1\r\nhost: a\r\nx-a: b'],
    [
      'never ends its body',
      'POST /v1/transactions HTTP/1.1\r\nhost: a\r\ncontent-type: application/jose\r\ncontent-length: 90\r\n\r\na',
    ],
  ])('%s, and is told so', async (_, said) => {
    const heard = await heardBy(said)
    expect(heard).toMatch(/^HTTP\/1\.1 408 /)
    expect(heard).toContain('"code":"request_timeout"')
  })

  test('was told so and stays', async () => {
    const app = await createServer({ ports: fakePorts(), requestTimeoutMs: 40 })
    onTestFinished(() => app.close())
    const url = await app.listen({ host: '127.0.0.1', port: 0 })
    const port = Number(new URL(url).port)
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
    onTestFinished(() => void socket.destroy())
    socket.on('error', () => undefined)
    socket.resume()
    socket.write('GET /v1/network HTTP/1.1\r\n')
    await once(socket, 'end')
    const open = () =>
      new Promise((resolve) => app.server.getConnections((_error, count) => resolve(count)))
    await vi.waitFor(async () => expect(await open()).toBe(0), { timeout: 5_000 })
  })

  test('never begins with TLS', async () => {
    const scalar = new Uint8Array(32).fill(5)
    const key = keyOfScalar(scalar)
    const certificate = await makeCertificate(key, { names: ['localhost'], nowMs: Date.now() })
    const pem = String(key.export({ type: 'pkcs8', format: 'pem' }))
    expect(await heardBy('', { tls: { key: pem, certificate } })).toBe('')
  })
})

describe('a body', () => {
  const listening = async () => {
    const app = await createServer({ ports: fakePorts() })
    onTestFinished(() => app.close())
    return await app.listen({ host: '127.0.0.1', port: 0 })
  }
  const posted = async (body: string | ReadableStream, headers: Record<string, string>) => {
    const url = await listening()
    return await fetch(`${url}/v1/transactions`, {
      method: 'POST',
      headers: { ...headers, ...AUTHORIZED },
      body,
      duplex: 'half',
    })
  }

  test('of the most bytes is read, of one more it is not', async () => {
    const jose = { 'content-type': 'application/jose' }
    const most = await posted('a'.repeat(BODY_BYTES_MAX), jose)
    expect(await most.json()).toMatchObject({ code: 'request_invalid' })
    const more = await posted('a'.repeat(BODY_BYTES_MAX + 1), jose)
    expect(more.status).toBe(413)
    expect(await more.json()).toMatchObject({ code: 'too_large' })
  })

  test('that does not say its length is read no further than that', async () => {
    const chunk = new Uint8Array(16_384).fill(97)
    let sent = 0
    const endless = new ReadableStream({
      pull: (controller) => {
        sent += chunk.length
        controller.enqueue(chunk)
      },
    })
    const answer = await posted(endless, { 'content-type': 'application/jose' }).then(
      ({ status }) => status,
      // The connection may end before the answer is read.
      () => 413,
    )
    expect(answer).toBe(413)
    expect(sent).toBeLessThan(BODY_BYTES_MAX + 4_194_304)
  })
})
