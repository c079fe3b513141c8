import type { Connection, Stream, StreamMessageEvent } from '@libp2p/interface'
import type { InboundBudget } from './budget.ts'
import type { Counters } from './counters.ts'
import { type FrameFault, FrameReader } from './frame.ts'
import { BULK_LANE, Lane, type LaneShape, LINK_LANE } from './lane.ts'
import { LINK_MESSAGE_BYTES_MAX, MESSAGE_BYTES_MAX } from './limits.ts'
import type { PeerName, Priority } from './network-port.ts'

/** What no honest peer does on a link. */
export type LinkFault = FrameFault | 'budget_overrun'

/** Why a link ended. */
export type LinkEnd =
  | LinkFault
  | 'closed'
  | 'silent'
  | 'superseded'
  | 'queue_overrun'
  | 'gossip_lost'
  | 'not_admitted'
  | 'misbehaved'
  | 'stopped'

const FAULTS: readonly string[] = [
  'oversized_frame',
  'broken_frame',
  'budget_overrun',
] satisfies readonly LinkFault[]

export const isLinkFault = (why: LinkEnd): why is LinkFault => FAULTS.includes(why)

/** The two streams of a link and whose they are. */
export type LinkStreams = {
  readonly peer: PeerName
  readonly connection: Connection
  readonly link: Stream
  readonly bulk: Stream
  readonly openedBy: 'us' | 'them'
}

export type LinkPorts = {
  readonly counters: Counters
  readonly budget: InboundBudget
  readonly nowMs: () => number
  readonly onMessage: (from: PeerName, message: Uint8Array) => void
  /** Called once, in a later microtask than the one that ended it. */
  readonly onEnd: (link: Link, why: LinkEnd) => void
}

/** One pair's long-lived streams, while they last. */
export class Link {
  readonly streams: LinkStreams
  readonly openedAtMs: number
  readonly #ports: LinkPorts
  readonly #short: Lane
  readonly #long: Lane
  readonly #readers: FrameReader[] = []
  #heardAtMs: number
  #ended = false

  constructor(streams: LinkStreams, ports: LinkPorts) {
    this.streams = streams
    this.#ports = ports
    this.openedAtMs = ports.nowMs()
    this.#heardAtMs = this.openedAtMs
    this.#short = new Lane(streams.link, LINK_LANE, ports.counters)
    this.#long = new Lane(streams.bulk, BULK_LANE, ports.counters)
    this.#read(streams.link, LINK_LANE)
    this.#read(streams.bulk, BULK_LANE)
  }

  get queuedBytes(): number {
    return this.#short.queuedBytes + this.#long.queuedBytes
  }

  get heardAtMs(): number {
    return this.#heardAtMs
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Queues a message; a vote that finds no room ends the link, for the peer must not miss it. */
  send(priority: Priority, message: Uint8Array): void {
    const { counters } = this.#ports
    if (message.length === 0 || message.length > MESSAGE_BYTES_MAX) {
      counters.dropped_too_long += 1
      return
    }
    const lane = message.length > LINK_MESSAGE_BYTES_MAX ? this.#long : this.#short
    const queued = lane.push(priority, message)
    if (queued.queued) {
      for (const dropped of queued.dropped) counters[`dropped_${dropped}`] += 1
      return
    }
    counters[`dropped_${priority}`] += 1
    if (priority === 'vote') this.end('queue_overrun')
  }

  keepAlive(): void {
    this.#short.keepAlive()
  }

  /** Closes the connection, unless another link took over: then its streams are not ours to close. */
  end(why: LinkEnd): void {
    if (this.#ended) return
    this.#ended = true
    this.#ports.counters.dropped_link_lost += this.#short.queuedMessages + this.#long.queuedMessages
    this.#short.stop()
    this.#long.stop()
    for (const reader of this.#readers) reader.stop()
    if (why !== 'superseded') this.streams.connection.abort(new Error(`link ended: ${why}`))
    queueMicrotask(() => this.#ports.onEnd(this, why))
  }

  #read(stream: Stream, shape: LaneShape): void {
    const { peer } = this.streams
    const { counters, budget, nowMs, onMessage } = this.#ports
    const limits = { bytesMax: shape.frameBytesMax, messagesMax: shape.frameMessagesMax }
    const reader = new FrameReader(limits, {
      onFault: (fault) => this.end(fault),
      onFrame: (messages) => {
        counters.frames_in += 1
        if (!budget.spend(0, messages.length, nowMs())) {
          this.end('budget_overrun')
          return
        }
        for (const message of messages) {
          if (this.#ended) return
          counters.messages_in += 1
          onMessage(peer, message)
        }
      },
    })
    this.#readers.push(reader)
    stream.addEventListener('message', (event) => this.#onBytes(event, reader))
    stream.addEventListener('remoteCloseWrite', () => this.end('closed'))
    stream.addEventListener('close', () => this.end('closed'))
    if (stream.status !== 'open' || stream.remoteWriteStatus === 'closed') this.end('closed')
  }

  #onBytes(event: StreamMessageEvent, reader: FrameReader): void {
    const { counters, budget, nowMs } = this.#ports
    const bytes = event.data.subarray()
    counters.bytes_in += bytes.length
    this.#heardAtMs = nowMs()
    if (budget.spend(bytes.length, 0, this.#heardAtMs)) reader.push(bytes)
    else this.end('budget_overrun')
  }
}
