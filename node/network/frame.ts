/** Bytes of a length: of a frame, and of each message in it. */
export const LENGTH_BYTES = 4

/**
 * What is written to a stream at once: length u32 (big-endian, of what follows), then every
 * message as length u32 and bytes, none of them empty. An empty frame (length 0) says only that
 * its sender is alive.
 */
export const encodeFrame = (messages: readonly Uint8Array[]): Uint8Array => {
  const length = messages.reduce((sum, message) => sum + LENGTH_BYTES + message.length, 0)
  const frame = new Uint8Array(LENGTH_BYTES + length)
  const view = viewOf(frame)
  view.setUint32(0, length)
  let offset = LENGTH_BYTES
  for (const message of messages) {
    view.setUint32(offset, message.length)
    frame.set(message, offset + LENGTH_BYTES)
    offset += LENGTH_BYTES + message.length
  }
  return frame
}

/** What a stream takes. */
export type FrameLimits = {
  /** Bytes of a frame after its length. */
  readonly bytesMax: number
  readonly messagesMax: number
}

export type FrameFault =
  /** A length above the stream's limit; nothing after it can be read. */
  | 'oversized_frame'
  /** Messages that do not fill the frame exactly, are empty, or are too many. */
  | 'broken_frame'

export type FrameHandlers = {
  /** Messages of one whole frame in order, each a copy of its own; none in an empty frame. */
  readonly onFrame: (messages: readonly Uint8Array[]) => void
  /** Called at most once; nothing is read after it. */
  readonly onFault: (fault: FrameFault) => void
}

const NOTHING = new Uint8Array(0)

/**
 * Frames from the pieces in which a stream delivers them. Holds at most one frame; any bytes
 * give frames or a fault.
 */
export class FrameReader {
  readonly #limits: FrameLimits
  readonly #handlers: FrameHandlers
  readonly #length = new Uint8Array(LENGTH_BYTES)
  #lengthFilled = 0
  #body: Uint8Array | undefined
  #bodyFilled = 0
  #stopped = false

  constructor(limits: FrameLimits, handlers: FrameHandlers) {
    this.#limits = limits
    this.#handlers = handlers
  }

  /** Takes the next bytes; handlers are called before it returns. */
  push(piece: Uint8Array): void {
    let rest = piece
    while (rest.length > 0 && !this.#stopped) {
      rest = this.#body === undefined ? this.#readLength(rest) : this.#readBody(rest, this.#body)
    }
  }

  /** Reads nothing more and forgets what it holds. */
  stop(): void {
    this.#stopped = true
    this.#body = undefined
  }

  #readLength(piece: Uint8Array): Uint8Array {
    const taken = piece.subarray(0, LENGTH_BYTES - this.#lengthFilled)
    this.#length.set(taken, this.#lengthFilled)
    this.#lengthFilled += taken.length
    if (this.#lengthFilled < LENGTH_BYTES) return NOTHING
    this.#lengthFilled = 0
    const length = viewOf(this.#length).getUint32(0)
    const rest = piece.subarray(taken.length)
    if (length > this.#limits.bytesMax) return this.#fail('oversized_frame')
    if (rest.length >= length) {
      this.#emit(rest.subarray(0, length))
      return rest.subarray(length)
    }
    this.#body = new Uint8Array(length)
    this.#bodyFilled = 0
    return rest
  }

  #readBody(piece: Uint8Array, body: Uint8Array): Uint8Array {
    const taken = piece.subarray(0, body.length - this.#bodyFilled)
    body.set(taken, this.#bodyFilled)
    this.#bodyFilled += taken.length
    if (this.#bodyFilled === body.length) {
      this.#body = undefined
      this.#emit(body)
    }
    return piece.subarray(taken.length)
  }

  #emit(body: Uint8Array): void {
    const messages = splitMessages(body, this.#limits.messagesMax)
    if (messages === undefined) this.#fail('broken_frame')
    else this.#handlers.onFrame(messages)
  }

  #fail(fault: FrameFault): Uint8Array {
    this.stop()
    this.#handlers.onFault(fault)
    return NOTHING
  }
}

const splitMessages = (body: Uint8Array, messagesMax: number): Uint8Array[] | undefined => {
  const view = viewOf(body)
  const messages: Uint8Array[] = []
  let offset = 0
  while (offset < body.length) {
    if (body.length - offset < LENGTH_BYTES || messages.length === messagesMax) return undefined
    const from = offset + LENGTH_BYTES
    const to = from + view.getUint32(offset)
    if (to === from || to > body.length) return undefined
    // Not slice(): a Buffer's shares its memory.
    messages.push(new Uint8Array(body.subarray(from, to)))
    offset = to
  }
  return messages
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
