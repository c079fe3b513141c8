import type { Certificate } from '#protocol/chain/certificate.ts'
import type { Clock, Timers } from './ports.ts'

/** How long a certificate that lets a view begin may wait for a message to travel with. */
export const LATE_MS = 50
/**
 * From when on a notarization travels with another message. The finalize vote that it permits is the
 * first of them: whoever can use that holds the notarization, or lacks votes that are on their way.
 */
export const NOTARIZED_RIDES_AFTER_MS = 20
/**
 * How long one that makes a block final may: nothing is decided upon it, and the next proposal carries
 * it, or one of a later block that says as much.
 */
export const LATE_FINAL_MS = 500
/** From when on it travels with another message: under load a later one has taken its place by then. */
export const FINAL_RIDES_AFTER_MS = 250

type Waiting = {
  readonly kind: Certificate['kind']
  readonly view: number
  /** From then on it leaves with an urgent message. */
  readonly ridesAtMs: number
  /** Then it leaves by itself. */
  readonly dueMs: number
  readonly send: () => void
}

/**
 * Certificates of the members, which only matter when something else was lost, for every honest
 * peer makes them of the votes itself: they ride along with an urgent message, or leave shortly.
 */
export class LateCertificates {
  readonly #clock: Clock
  readonly #timers: Timers
  #waiting: readonly Waiting[] = []
  /** When the first of those that wait has to leave. */
  #dueMs = Number.POSITIVE_INFINITY

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }) {
    this.#clock = clock
    this.#timers = timers
  }

  /**
   * A finalization says all that those at or below its view do: they need not leave any more, and it
   * leaves no later than they would have. A notarization does not press it: a block that is final so
   * soon was delayed for nobody.
   */
  add({ kind, view }: Certificate, send: () => void): void {
    const nowMs = this.#clock.monotonicMs()
    const isFinal = kind === 'finalize'
    const waiting: Waiting[] = []
    let ridesAtMs = nowMs + RIDES_AFTER_MS[kind]
    let dueMs = nowMs + (isFinal ? LATE_FINAL_MS : LATE_MS)
    for (const other of this.#waiting) {
      if (!isFinal || other.view > view) waiting.push(other)
      else if (other.kind !== 'notarize') {
        ridesAtMs = Math.min(ridesAtMs, other.ridesAtMs)
        dueMs = Math.min(dueMs, other.dueMs)
      }
    }
    waiting.push({ kind, view, ridesAtMs, dueMs, send })
    this.#keep(waiting)
  }

  /** Sends what may ride along; called beside every urgent message, so that both share a frame. */
  release(): void {
    if (this.#waiting.length === 0) return
    const nowMs = this.#clock.monotonicMs()
    const riding = this.#waiting.filter(({ ridesAtMs }) => ridesAtMs <= nowMs)
    if (riding.length === 0) return
    this.#keep(this.#waiting.filter(({ ridesAtMs }) => ridesAtMs > nowMs))
    for (const { send } of riding) send()
  }

  /** The first that has to leave takes the others along. */
  #leave(): void {
    const leaving = this.#waiting
    this.#keep([])
    for (const { send } of leaving) send()
  }

  #keep(waiting: readonly Waiting[]): void {
    this.#waiting = waiting
    const dueMs = Math.min(...waiting.map((each) => each.dueMs))
    if (dueMs === this.#dueMs) return
    this.#dueMs = dueMs
    if (waiting.length === 0) this.#timers.clear('late')
    else this.#timers.set('late', dueMs, () => this.#leave())
  }
}

const RIDES_AFTER_MS = {
  notarize: NOTARIZED_RIDES_AFTER_MS,
  nullify: 0,
  finalize: FINAL_RIDES_AFTER_MS,
} as const satisfies Record<Certificate['kind'], number>
