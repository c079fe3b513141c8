import type { Socket } from 'node:net'

/** How bytes fare in one direction: at once, late, or not until it changes. */
export type Flow = { readonly tag: 'open'; readonly delayMs: number } | { readonly tag: 'held' }

export const AT_ONCE: Flow = { tag: 'open', delayMs: 0 }

/** Bytes that wait in one direction; beyond it the sender is not read any more. */
const WAITING_BYTES_MAX = 1_048_576

type Chunk = { readonly bytes: Uint8Array; readonly dueMs: number }

/** One direction of a proxied connection: in order, whole, and no faster than its flow allows. */
export class OneWay {
  readonly #from: Socket
  readonly #to: Socket
  readonly #onHeld: (bytes: number) => void
  readonly #waiting: Chunk[] = []
  #waitingBytes = 0
  #flow: Flow
  #timer: NodeJS.Timeout | undefined
  #hasEnded = false

  constructor(
    ends: { readonly from: Socket; readonly to: Socket },
    flow: Flow,
    onHeld: (bytes: number) => void,
  ) {
    this.#from = ends.from
    this.#to = ends.to
    this.#flow = flow
    this.#onHeld = onHeld
    this.#from.on('data', (bytes) => this.#onData(bytes))
    this.#from.once('close', () => {
      this.#hasEnded = true
      this.#pass()
    })
    this.#to.on('drain', () => this.#pass())
  }

  set flow(flow: Flow) {
    this.#flow = flow
    this.#pass()
  }

  #onData(bytes: Uint8Array | string): void {
    if (typeof bytes === 'string') throw new Error('a socket without an encoding gives bytes')
    const { tag } = this.#flow
    if (tag === 'held') this.#onHeld(bytes.byteLength)
    const delayMs = this.#flow.tag === 'open' ? this.#flow.delayMs : 0
    this.#waiting.push({ bytes, dueMs: performance.now() + delayMs })
    this.#waitingBytes += bytes.byteLength
    this.#pass()
  }

  /** Writes what is due; a closing is passed on last, and held back as bytes are. */
  #pass(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    while (this.#flow.tag === 'open' && !this.#to.writableNeedDrain) {
      const [next] = this.#waiting
      if (next === undefined) {
        if (this.#hasEnded) this.#to.destroySoon()
        break
      }
      const earlyMs = next.dueMs - performance.now()
      if (earlyMs > 0) {
        this.#timer = setTimeout(() => this.#pass(), Math.ceil(earlyMs))
        break
      }
      this.#waiting.shift()
      this.#waitingBytes -= next.bytes.byteLength
      if (!this.#to.destroyed) this.#to.write(next.bytes)
    }
    if (this.#waitingBytes > WAITING_BYTES_MAX) this.#from.pause()
    else if (this.#from.isPaused()) this.#from.resume()
  }
}
