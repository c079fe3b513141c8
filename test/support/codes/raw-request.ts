import { connect } from 'node:net'
import type { SeenAnswer } from '../contract.ts'

/** Longer than any server waits for the rest of a request. */
const ANSWER_WITHIN_MS = 60_000

/** Writes bytes that no HTTP client would, and reads what a server answers before it hangs up. */
export const answeredTo = (
  apiUrl: string,
  { method, url }: Pick<SeenAnswer, 'method' | 'url'>,
  request: string,
): Promise<SeenAnswer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(apiUrl)
    const socket = connect(Number(port), hostname, () => socket.write(request))
    const chunks: Buffer[] = []
    socket.setTimeout(ANSWER_WITHIN_MS, () => socket.destroy(new Error('no answer')))
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.destroy()
      const text = Buffer.concat(chunks).toString()
      const [head = ''] = text.split('\r\n\r\n', 1)
      const body = text.slice(head.length + '\r\n\r\n'.length)
      const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1])
      const contentType = /^content-type: *(.+?)\r?$/im.exec(head)?.[1] ?? ''
      resolve({ method, url, status, contentType, body })
    })
  })
