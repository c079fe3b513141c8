import type { Socket } from 'node:net'
import { ANSWER_LINGER_MS } from './limits.ts'
import { PROBLEM_MEDIA_TYPE, type ProblemCode, problemOf } from './problem/problem.ts'

const CODES: ReadonlyMap<string | undefined, ProblemCode> = new Map([
  ['HPE_HEADER_OVERFLOW', 'headers_too_large'],
  ['ERR_HTTP_REQUEST_TIMEOUT', 'request_timeout'],
])

/** Answers bytes that are not an HTTP request, and ends the connection, also of who does not hang up. */
export const onClientError = (error: Error & { readonly code?: string }, socket: Socket): void => {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const problem = problemOf(CODES.get(error.code) ?? 'request_invalid')
  const body = JSON.stringify(problem)
  socket.end(
    [
      `HTTP/1.1 ${problem.status} Problem`,
      `content-type: ${PROBLEM_MEDIA_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      'connection: close',
      '',
      body,
    ].join('\r\n'),
  )
  // At once would cut the answer off, where bytes of the client are unread still.
  const linger = setTimeout(() => socket.destroy(), ANSWER_LINGER_MS)
  socket.once('close', () => clearTimeout(linger))
}
