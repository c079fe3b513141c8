import type { Stream } from '@libp2p/interface'
import type { Counters } from './counters.ts'
import { encodeFrame } from './frame.ts'
import {
  BULK_FRAME_BYTES_MAX,
  BULK_QUEUE_BYTES_MAX,
  BULK_WRITE_BYTES,
  LINK_FRAME_BYTES_MAX,
  LINK_FRAME_MESSAGES_MAX,
  LINK_QUEUE_BYTES_MAX,
  QUEUE_MESSAGES_MAX,
} from './limits.ts'
import type { Priority } from './network-port.ts'
import { OutgoingQueue, type Queued } from './queue.ts'

/** How one of the two streams of a link is used. */
export type LaneShape = {
  readonly queueBytesMax: number
  readonly frameBytesMax: number
  readonly frameMessagesMax: number
  /** Bytes written in one turn of the event loop. */
  readonly writeBytesMax: number
}

/** Short messages: everything of one turn in one frame and one write. */
export const LINK_LANE: LaneShape = {
  queueBytesMax: LINK_QUEUE_BYTES_MAX,
  frameBytesMax: LINK_FRAME_BYTES_MAX,
  frameMessagesMax: LINK_FRAME_MESSAGES_MAX,
  writeBytesMax: LINK_FRAME_BYTES_MAX,
}

/** Long messages: one a frame, written in pieces, so that a frame of the other stream gets between. */
export const BULK_LANE: LaneShape = {
  queueBytesMax: BULK_QUEUE_BYTES_MAX,
  frameBytesMax: BULK_FRAME_BYTES_MAX,
  frameMessagesMax: 1,
  writeBytesMax: BULK_WRITE_BYTES,
}

const NOTHING = new Uint8Array(0)

/**
 * Messages on their way into one stream. They leave at the end of the event loop's turn, those of
 * one turn together, and wait whenever the stream says that it is full.
 */
export class Lane {
  readonly #stream: Stream
  readonly #shape: LaneShape
  readonly #counters: Counters
  readonly #queue: OutgoingQueue
  /** What is left of a frame that is being written. */
  #rest: Uint8Array = NOTHING
  #turn: NodeJS.Immediate | undefined
  #stopped = false
  #sentAnything = false

  constructor(stream: Stream, shape: LaneShape, counters: Counters) {
    this.#stream = stream
    this.#shape = shape
    this.#counters = counters
    this.#queue = new OutgoingQueue({
      bytesMax: shape.queueBytesMax,
      messagesMax: QUEUE_MESSAGES_MAX,
    })
    stream.addEventListener('drain', () => this.#schedule())
  }

  get queuedBytes(): number {
    return this.#queue.bytes + this.#rest.length
  }

  get queuedMessages(): number {
    return this.#queue.count
  }

  push(priority: Priority, message: Uint8Array): Queued {
    const queued = this.#queue.push(priority, message)
    this.#schedule()
    return queued
  }

  /** Sends an empty frame unless something left, or waits to leave, since the last call. */
  keepAlive(): void {
    if (!this.#sentAnything && this.queuedBytes === 0 && this.#canWrite()) {
      this.#write(encodeFrame([]))
    }
    this.#sentAnything = false
  }

  stop(): void {
    this.#stopped = true
    if (this.#turn !== undefined) clearImmediate(this.#turn)
  }

  #schedule(): void {
    if (this.#turn !== undefined || this.#stopped || this.queuedBytes === 0) return
    this.#turn = setImmediate(() => {
      this.#turn = undefined
      this.#flush()
    })
  }

  #flush(): void {
    if (!this.#canWrite()) return
    if (this.#rest.length === 0) this.#rest = this.#nextFrame()
    const piece = this.#rest.subarray(0, this.#shape.writeBytesMax)
    this.#rest = this.#rest.subarray(piece.length)
    this.#write(piece)
    this.#schedule()
  }

  #nextFrame(): Uint8Array {
    const { frameBytesMax, frameMessagesMax } = this.#shape
    const messages = this.#queue.takeFrame(frameBytesMax, frameMessagesMax)
    this.#counters.frames_out += 1
    this.#counters.messages_out += messages.length
    return encodeFrame(messages)
  }

  #canWrite(): boolean {
    return (
      !this.#stopped && this.#stream.writeStatus === 'writable' && !this.#stream.writableNeedsDrain
    )
  }

  #write(bytes: Uint8Array): void {
    this.#sentAnything = true
    this.#counters.bytes_out += bytes.length
    try {
      this.#stream.send(bytes)
    } catch {
      // The stream closed under us; its close event ends the link.
      this.stop()
    }
  }
}
