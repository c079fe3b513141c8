import { LENGTH_BYTES } from './frame.ts'
import { PRIORITIES, type Priority } from './network-port.ts'

export type QueueLimits = {
  readonly bytesMax: number
  readonly messagesMax: number
}

/** What happened to a message that was put in a queue. */
export type Queued =
  /** `dropped`: messages of lower priority that made room for it, by priority. */
  | { readonly queued: true; readonly dropped: readonly Priority[] }
  /** No room among those of its priority and above. */
  | { readonly queued: false }

/**
 * Messages that wait for one peer: the highest priority leaves first, the oldest of it first.
 * When full, the lowest priority makes room, its newest message first; never one of the same or
 * a higher priority, so that a full queue of votes refuses a vote instead of losing one silently.
 */
export class OutgoingQueue {
  readonly #limits: QueueLimits
  readonly #waiting: Record<Priority, Lane> = {
    vote: new Lane(),
    proposal: new Lane(),
    transaction: new Lane(),
    sync: new Lane(),
  }
  #bytes = 0
  #count = 0

  constructor(limits: QueueLimits) {
    this.#limits = limits
  }

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#count
  }

  push(priority: Priority, message: Uint8Array): Queued {
    if (!this.#canMakeRoom(priority, message)) return { queued: false }
    const dropped: Priority[] = []
    while (!this.#hasRoom(this.#bytes, this.#count, message)) {
      const lowest = PRIORITIES.findLast((each) => this.#waiting[each].count > 0) ?? 'sync'
      this.#left(this.#waiting[lowest].dropNewest())
      dropped.push(lowest)
    }
    this.#waiting[priority].push(message)
    this.#bytes += message.length
    this.#count += 1
    return { queued: true, dropped }
  }

  /** The next messages of one frame: at most `bytesMax` with their lengths, but at least one. */
  takeFrame(bytesMax: number, messagesMax: number): Uint8Array[] {
    const taken: Uint8Array[] = []
    let bytes = 0
    for (const priority of PRIORITIES) {
      const lane = this.#waiting[priority]
      for (let next = lane.first(); next !== undefined; next = lane.first()) {
        bytes += LENGTH_BYTES + next.length
        if (taken.length === messagesMax || (taken.length > 0 && bytes > bytesMax)) return taken
        taken.push(next)
        this.#left(lane.dropFirst())
      }
    }
    return taken
  }

  /** Whether there is room once everything of a lower priority is gone. */
  #canMakeRoom(priority: Priority, message: Uint8Array): boolean {
    const staying = PRIORITIES.slice(0, PRIORITIES.indexOf(priority) + 1)
    const bytes = staying.reduce((sum, each) => sum + this.#waiting[each].bytes, 0)
    const count = staying.reduce((sum, each) => sum + this.#waiting[each].count, 0)
    return this.#hasRoom(bytes, count, message)
  }

  #hasRoom(bytes: number, count: number, message: Uint8Array): boolean {
    return bytes + message.length <= this.#limits.bytesMax && count < this.#limits.messagesMax
  }

  #left(message: Uint8Array | undefined): void {
    if (message === undefined) return
    this.#bytes -= message.length
    this.#count -= 1
  }
}

/** First in, first out, without moving the rest at each step. */
class Lane {
  #messages: Uint8Array[] = []
  #from = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  get count(): number {
    return this.#messages.length - this.#from
  }

  push(message: Uint8Array): void {
    this.#messages.push(message)
    this.#bytes += message.length
  }

  first(): Uint8Array | undefined {
    return this.#messages[this.#from]
  }

  dropFirst(): Uint8Array | undefined {
    const message = this.first()
    if (message === undefined) return undefined
    this.#from += 1
    this.#bytes -= message.length
    if (this.#from * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#from)
      this.#from = 0
    }
    return message
  }

  dropNewest(): Uint8Array | undefined {
    const message = this.count === 0 ? undefined : this.#messages.pop()
    this.#bytes -= message?.length ?? 0
    return message
  }
}
