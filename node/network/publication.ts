import { hash } from 'node:crypto'
import { GOSSIP_SEEN_MAX } from './limits.ts'

const DATA_TAG = 0x12
const TOPIC_TAG = 0x22
const MESSAGES_TAG = 0x12

/**
 * One unsigned message as gossipsub frames it: the length of an RPC, then `messages = 2`, a message of
 * `data = 2` and `topic = 4` (github.com/libp2p/specs, pubsub).
 */
export const encodePublication = (topic: string, data: Uint8Array): Uint8Array => {
  const content = fieldLength(data.length) + fieldLength(topic.length)
  const whole = fieldLength(content)
  const frame = new Uint8Array(varintLength(whole) + whole)
  let at = putVarint(frame, 0, whole)
  frame[at++] = MESSAGES_TAG
  at = putVarint(frame, at, content)
  frame[at++] = DATA_TAG
  at = putVarint(frame, at, data.length)
  frame.set(data, at)
  at += data.length
  frame[at++] = TOPIC_TAG
  at = putVarint(frame, at, topic.length)
  for (let index = 0; index < topic.length; index += 1) frame[at + index] = topic.charCodeAt(index)
  return frame
}

/** A tag, a length and so many bytes. */
const fieldLength = (length: number): number => 1 + varintLength(length) + length

const varintLength = (value: number): number => {
  let length = 1
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) length += 1
  return length
}

const putVarint = (into: Uint8Array, at: number, value: number): number => {
  let offset = at
  let rest = value
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) into[offset++] = (rest & 0x7f) | 0x80
  into[offset++] = rest
  return offset
}

/** What was said or heard of late, so that the same bytes are said and heard once. */
export class SeenPublications {
  readonly #forMs: number
  readonly #nowMs: () => number
  /** When each is forgotten, by its digest; the first is the oldest. */
  readonly #until = new Map<string, number>()

  constructor(forMs: number, nowMs: () => number) {
    this.#forMs = forMs
    this.#nowMs = nowMs
  }

  /** False when it was there. */
  add(data: Uint8Array): boolean {
    const nowMs = this.#nowMs()
    for (const [oldest, untilMs] of this.#until) {
      if (untilMs > nowMs) break
      this.#until.delete(oldest)
    }
    const digest = hash('sha256', data, 'base64')
    if (this.#until.has(digest)) return false
    this.#until.set(digest, nowMs + this.#forMs)
    const oldest = this.#until.size > GOSSIP_SEEN_MAX ? this.#until.keys().next().value : undefined
    if (oldest !== undefined) this.#until.delete(oldest)
    return true
  }
}
