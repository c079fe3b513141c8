import type { MessageStream } from '@libp2p/interface'

const LENGTH_BYTES = 2
/** Longer than anything that is buffered where not even a length is. */
const UNKNOWN_LENGTH = 65_535

type DecodeLength = (buffered: { readonly byteLength: number }) => number

/** Where noise takes apart what comes in. */
type Decoding = { readonly decoder: { lengthDecoder: DecodeLength } }

/**
 * Noise that waits for the length of its next frame in peace. The library asks for a length whenever
 * it has taken a frame out, and learns by an error, thrown and caught, that none is there yet: once
 * a read, with a stack trace of all that led there, which cost more than to decrypt the frame. Told of
 * a frame that is longer than what it holds, it waits just as well. A version of it that works
 * otherwise stays as it is.
 */
export const waitForLengths = (stream: MessageStream): void => {
  if (!decodes(stream)) return
  const { decoder } = stream
  const decode = decoder.lengthDecoder
  decoder.lengthDecoder = (buffered) =>
    buffered.byteLength < LENGTH_BYTES ? UNKNOWN_LENGTH : decode(buffered)
}

const decodes = (stream: object): stream is Decoding =>
  'decoder' in stream &&
  typeof stream.decoder === 'object' &&
  stream.decoder !== null &&
  'lengthDecoder' in stream.decoder &&
  typeof stream.decoder.lengthDecoder === 'function'
