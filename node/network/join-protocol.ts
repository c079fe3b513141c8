import type { Connection, Libp2p, Stream } from '@libp2p/interface'
import { multiaddr } from '@multiformats/multiaddr'
import { createLibp2p } from 'libp2p'
import type { NetworkId } from '#protocol/id.ts'
import { encodeFrame, FrameReader, LENGTH_BYTES } from './frame.ts'
import { hostInit } from './host.ts'
import { invitationSeed, nodeKeyOf } from './identity.ts'
import {
  JOIN_DEADLINE_MS,
  JOIN_REQUEST_BYTES_MAX,
  JOIN_RESPONSE_BYTES_MAX,
  JOINS_AT_ONCE_MAX,
} from './limits.ts'
import { NetworkError } from './network-error.ts'
import type { PeerName } from './network-port.ts'
import { protocolNames } from './protocol-names.ts'
import { stopHost } from './stop-host.ts'

/**
 * Answers the question of an invited peer: JSON text for JSON text. The signal says when nobody
 * waits for the answer any more. An error gives the peer no answer at all.
 */
export type JoinHandler = (peer: PeerName, request: string, signal: AbortSignal) => Promise<string>

export type JoinServerPorts = {
  readonly isInvited: (peer: PeerName) => boolean
  readonly onServed: (peer: PeerName, outcome: 'answered' | 'failed', error?: unknown) => void
}

/** Answers joins on this host, a few at one time; everybody else is cut off. */
export const serveJoins = async (
  host: Libp2p,
  network: NetworkId,
  handler: JoinHandler,
  ports: JoinServerPorts,
): Promise<void> => {
  let serving = 0
  const onStream = async (stream: Stream, connection: Connection): Promise<void> => {
    const peer = connection.remotePeer.toString()
    if (!ports.isInvited(peer) || serving >= JOINS_AT_ONCE_MAX) {
      connection.abort(new Error('no join for this peer now'))
      return
    }
    serving += 1
    try {
      await answer(stream, peer, handler)
      ports.onServed(peer, 'answered')
    } catch (error) {
      stream.abort(new Error('no answer'))
      ports.onServed(peer, 'failed', error)
    } finally {
      serving -= 1
    }
  }
  await host.handle(protocolNames(network).join, onStream, { maxInboundStreams: 1 })
}

export type JoinQuestion = {
  readonly network: NetworkId
  /** Multiaddr in text of the inviting authority, ending in `/p2p/` and its peer id. */
  readonly address: string
  /** The invitation's secret: this question is asked under the identity that follows from it. */
  readonly secret: Uint8Array
  /** JSON text of at most `JOIN_REQUEST_BYTES_MAX` bytes. */
  readonly request: string
}

/** Asks the inviting authority, and gives its answer's JSON text. Throws a `NetworkError`. */
export const requestJoin = async (
  question: JoinQuestion,
  deadlineMs = JOIN_DEADLINE_MS,
): Promise<string> => {
  const signal = AbortSignal.timeout(deadlineMs)
  const request = Buffer.from(question.request)
  if (request.length > JOIN_REQUEST_BYTES_MAX) {
    throw new NetworkError('too_long', `a join request has at most ${JOIN_REQUEST_BYTES_MAX} bytes`)
  }
  const host = await createLibp2p(
    hostInit({
      key: nodeKeyOf(invitationSeed(question.network, question.secret)),
      listen: [],
      announce: [],
      gater: { denyInboundConnection: () => true },
    }),
  )
  try {
    const stream = await openStream(host, question, signal)
    stream.send(encodeFrame([request]))
    const response = await readText(stream, JOIN_RESPONSE_BYTES_MAX, signal)
    await stream.close({ signal })
    return response
  } catch (error) {
    throw asNetworkError(error, signal)
  } finally {
    await stopHost(host)
  }
}

const answer = async (stream: Stream, peer: PeerName, handler: JoinHandler): Promise<void> => {
  const signal = AbortSignal.timeout(JOIN_DEADLINE_MS)
  const request = await readText(stream, JOIN_REQUEST_BYTES_MAX, signal)
  const response = Buffer.from(await handler(peer, request, signal))
  if (response.length > JOIN_RESPONSE_BYTES_MAX) {
    throw new NetworkError('too_long', `a join answer has at most ${JOIN_RESPONSE_BYTES_MAX} bytes`)
  }
  signal.throwIfAborted()
  stream.send(encodeFrame([response]))
  await stream.close({ signal })
}

const openStream = async (
  host: Libp2p,
  { address, network }: JoinQuestion,
  signal: AbortSignal,
): Promise<Stream> => {
  const connection = await host.dial(multiaddr(address), { signal })
  try {
    return await connection.newStream(protocolNames(network).join, { signal })
  } catch (cause) {
    signal.throwIfAborted()
    throw new NetworkError('refused', 'the authority does not know this invitation', { cause })
  }
}

/** The one message of the stream's first frame as UTF-8 text. */
const readText = async (stream: Stream, bytesMax: number, signal: AbortSignal): Promise<string> => {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>()
  const limits = { bytesMax: bytesMax + LENGTH_BYTES, messagesMax: 1 }
  const reader = new FrameReader(limits, {
    onFrame: ([message]) =>
      message === undefined
        ? reject(new NetworkError('broken_answer', 'an empty frame'))
        : resolve(message),
    onFault: (fault) => reject(new NetworkError('broken_answer', fault)),
  })
  const closed = () => reject(new NetworkError('refused', 'the peer closed without a word'))
  const aborted = () => reject(new NetworkError('deadline', 'the peer said nothing in time'))
  stream.addEventListener('message', (event) => reader.push(event.data.subarray()))
  stream.addEventListener('end', closed)
  stream.addEventListener('close', closed)
  signal.addEventListener('abort', aborted, { once: true })
  if (signal.aborted) aborted()
  try {
    return decodeText(await promise)
  } finally {
    reader.stop()
    signal.removeEventListener('abort', aborted)
  }
}

const decodeText = (bytes: Uint8Array): string => {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new NetworkError('broken_answer', 'not UTF-8 text', { cause })
  }
}

const asNetworkError = (error: unknown, signal: AbortSignal): NetworkError => {
  if (error instanceof NetworkError) return error
  if (signal.aborted) return new NetworkError('deadline', 'no answer in time', { cause: error })
  const isOther = error instanceof Error && error.name === 'EncryptionFailedError'
  return isOther
    ? new NetworkError('refused', 'another node answers at this address', { cause: error })
    : new NetworkError('unreachable', 'nobody answers at this address', { cause: error })
}
