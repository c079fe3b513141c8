import type { MessageStream } from '@libp2p/interface'

/** Where a stream tells what happens to it. */
type Dispatching = Pick<MessageStream, 'safeDispatchEvent' | 'listenerCount'>

/**
 * Makes no event of a stream that nobody listens for. The library tells on each of its three levels
 * that it has nothing left to write, after every write, and making a DOM event and dispatching it to
 * nobody costs about as much as to encrypt a vote.
 */
export const skipUnheard = (stream: Dispatching): void => {
  const dispatch = stream.safeDispatchEvent.bind(stream)
  stream.safeDispatchEvent = (type, detail) =>
    stream.listenerCount(type) === 0 || dispatch(type, detail)
}

export const dispatches = (stream: object): stream is Dispatching =>
  'safeDispatchEvent' in stream &&
  typeof stream.safeDispatchEvent === 'function' &&
  'listenerCount' in stream &&
  typeof stream.listenerCount === 'function'
