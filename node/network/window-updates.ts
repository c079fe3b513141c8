import { type YamuxMuxerInit, yamux } from '@libp2p/yamux'
import { deliverDirectly } from './direct-delivery.ts'
import { dispatches, skipUnheard } from './unheard-events.ts'

/** What yamux keeps of a stream's receive window. */
type Windowed = {
  readonly recvWindow: number
  readonly recvWindowCapacity: number
  readonly state: number
  sendWindowUpdate: () => void
}

/** A muxer that makes every stream, ours and theirs, in one place. */
type StreamMaker = { _newStream: (...details: readonly unknown[]) => object }

/** yamux's `StreamState.Established`: only then an update carries nothing but the window. */
const ESTABLISHED = 3

/**
 * yamux whose streams tell their peer of the window they have regained when half of it is used up,
 * as its specification advises. The library tells after every frame, which doubles the frames of a
 * connection of small messages, each with its own encryption and write. A version of it that works
 * otherwise stays as it is.
 */
export const thriftyYamux = (init: YamuxMuxerInit): ReturnType<typeof yamux> => {
  const create = yamux(init)
  return () => {
    const factory = create()
    return {
      ...factory,
      protocol: factory.protocol,
      createStreamMuxer: (connection) => {
        const muxer = factory.createStreamMuxer(connection)
        if (makesStreams(muxer)) watch(muxer)
        return muxer
      },
    }
  }
}

const watch = (muxer: StreamMaker): void => {
  const make = muxer._newStream.bind(muxer)
  muxer._newStream = (...details) => {
    const stream = make(...details)
    if (isWindowed(stream)) updateByHalves(stream)
    if (dispatches(stream)) skipUnheard(stream)
    deliverDirectly(stream)
    return stream
  }
}

const updateByHalves = (stream: Windowed): void => {
  const update = stream.sendWindowUpdate.bind(stream)
  stream.sendWindowUpdate = () => {
    const half = stream.recvWindow / 2
    if (stream.state !== ESTABLISHED || stream.recvWindowCapacity < half) update()
  }
}

const makesStreams = (muxer: object): muxer is StreamMaker =>
  '_newStream' in muxer && typeof muxer._newStream === 'function'

const isWindowed = (stream: object): stream is Windowed =>
  'sendWindowUpdate' in stream &&
  typeof stream.sendWindowUpdate === 'function' &&
  'recvWindow' in stream &&
  typeof stream.recvWindow === 'number' &&
  'recvWindowCapacity' in stream &&
  typeof stream.recvWindowCapacity === 'number' &&
  'state' in stream &&
  typeof stream.state === 'number'
