/** Bytes as the library passes them on: in one piece or in several. */
type Bytes = { readonly byteLength: number }

/** Whoever takes what a stream receives; of the event nothing but the bytes is looked at. */
type Listener = (event: { readonly data: Bytes }) => void

/** Where a stream takes what comes in and tells it. */
type Delivering = {
  readonly readBuffer: Bytes
  readonly readStatus: string
  readonly remoteWriteStatus: string
  onData: (data: Bytes) => void
  readonly dispatchReadBuffer: () => void
  readonly listenerCount: (type: string) => number
  addEventListener: (type: string, listener: Listener, options?: unknown) => void
  removeEventListener: (type: string, listener: Listener, options?: unknown) => void
}

/**
 * A stream that calls its listener for what it receives. The library buffers each piece, takes it out
 * again and dispatches a DOM event, on each of its three levels, which costs more than to decrypt a
 * vote. Whatever is unusual goes that way as before: several listeners, none yet, one for a single
 * message, a pause, bytes that wait, an end. A version of it that works otherwise stays as it is.
 */
export const deliverDirectly = (stream: object): void => {
  if (!delivers(stream)) return
  let listeners: readonly Listener[] = []
  let isPlain = true
  const add = stream.addEventListener.bind(stream)
  const remove = stream.removeEventListener.bind(stream)
  const buffer = stream.onData.bind(stream)
  stream.addEventListener = (type, listener, options) => {
    if (type === 'message') {
      listeners = [...listeners, listener]
      if (options !== undefined) isPlain = false
    }
    add(type, listener, options)
  }
  stream.removeEventListener = (type, listener, options) => {
    if (type === 'message') listeners = listeners.filter((other) => other !== listener)
    remove(type, listener, options)
  }
  stream.onData = (data) => {
    const [listener] = listeners
    const isAlone = isPlain && listeners.length === 1 && stream.listenerCount('message') === 1
    if (listener === undefined || !isAlone || !flows(stream) || data.byteLength === 0) {
      buffer(data)
      return
    }
    tell(listener, data)
    // An end that the bytes brought with them is seen to there.
    if (!flows(stream)) stream.dispatchReadBuffer()
  }
}

const flows = ({ readBuffer, readStatus, remoteWriteStatus }: Delivering): boolean =>
  readBuffer.byteLength === 0 && readStatus === 'readable' && remoteWriteStatus === 'writable'

/** As from an event: an error of the listener is nothing to the stream, and stops the process. */
const tell = (listener: Listener, data: Bytes): void => {
  try {
    listener({ data })
  } catch (error) {
    queueMicrotask(() => {
      throw error
    })
  }
}

const METHODS = [
  'onData',
  'dispatchReadBuffer',
  'listenerCount',
  'addEventListener',
  'removeEventListener',
] as const

const delivers = (stream: object): stream is Delivering =>
  METHODS.every((name) => name in stream && typeof Reflect.get(stream, name) === 'function') &&
  'readBuffer' in stream &&
  typeof stream.readBuffer === 'object' &&
  stream.readBuffer !== null &&
  'byteLength' in stream.readBuffer &&
  'readStatus' in stream &&
  'remoteWriteStatus' in stream
