import { type EventFilter, shows } from '#api/events/filter.ts'
import type { EventReader, Events } from '#api/ports/events.ts'
import type { Position } from '#api/ports/ledger.ts'
import type { WebhookAnswer, WebhookPause, WebhookPending } from '#api/ports/webhooks.ts'
import type { StoredDeadLetter, WebhookProgress } from '../storage/webhook-facts.ts'
import { pauseAfterMs } from './back-off.ts'
import type { Answer } from './courier.ts'
import { type Envelope, envelopeOf } from './envelope.ts'
import {
  DELIVERY_PAGE,
  FAILING_MS_MAX,
  PASSED_OVER_NOTE_MS,
  REFUSALS_MAX,
  RETRY_MAX_MS,
  SET_ASIDE_IN_A_ROW_MAX,
} from './limits.ts'
import { verdictOf } from './verdict.ts'

export type DeliveryParts = {
  readonly events: Events
  readonly reader: EventReader
  readonly filter: EventFilter
  readonly progress: WebhookProgress
  readonly attempt: (envelope: Envelope, signal: AbortSignal) => Promise<Answer>
  /** Whether who made the endpoint may read still. */
  readonly mayRead: () => boolean
  readonly wallMs: () => number
  readonly random: () => number
  /** Rejects when `signal` aborts. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
  readonly retryFirstMs?: number
  /** On disk when it resolves; rejects when `signal` aborts while the disk does not keep up. */
  readonly save: (progress: WebhookProgress, signal: AbortSignal) => Promise<void>
  /** Keeps an event that is given up; `full`: there is no room, and it is not kept. */
  readonly setAside: (
    letter: Omit<StoredDeadLetter, 'webhook'>,
    progress: WebhookProgress,
  ) => Promise<'kept' | 'full'>
  readonly onTaken: (event: string) => void
  readonly onFailed: () => void
  /** Nothing more is delivered; on disk when it resolves. */
  readonly pause: (by: WebhookPause) => Promise<void>
  /** It failed by a fault of ours, or of the disk; whether it is tried again after a while. */
  readonly onFault: (cause: unknown) => 'stops' | 'goes_on'
}

/** The delivery of events to one endpoint, in their order, until it is stopped or pauses. */
export class Delivery {
  readonly #parts: DeliveryParts
  readonly #stopping = new AbortController()
  readonly #ended: Promise<void>
  #progress: WebhookProgress
  #pending: WebhookPending | undefined
  #notedMs: number

  constructor(parts: DeliveryParts) {
    this.#parts = parts
    this.#progress = parts.progress
    this.#notedMs = parts.wallMs()
    this.#ended = this.#runOn()
  }

  /** What is on disk. */
  progress(): WebhookProgress {
    return this.#progress
  }

  pending(): WebhookPending | undefined {
    return this.#pending
  }

  /** Resolves when nothing is under way any more; an attempt that is cut off counts as failed. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the delivery is stopped'))
    await this.#ended
  }

  /** From where it is on disk, again and again: a fault of ours may be of one moment. */
  async #runOn(): Promise<void> {
    const { onFault, sleep } = this.#parts
    const { signal } = this.#stopping
    for (let faults = 1; !signal.aborted; faults++) {
      try {
        return await this.#run()
      } catch (cause) {
        if (signal.aborted || onFault(cause) === 'stops') return
      }
      await sleep(this.#pauseAfterMs(faults), signal).catch(() => undefined)
    }
  }

  async #run(): Promise<void> {
    const { events, reader, filter } = this.#parts
    const { signal } = this.#stopping
    let position: Position = { height: this.#progress.height, index: this.#progress.index }
    await events.reach(position.height, signal)
    for (;;) {
      signal.throwIfAborted()
      const page = await events.after({ reader, after: position, limit: DELIVERY_PAGE })
      for (const entry of page.entries) {
        if (!shows(filter, entry)) continue
        const isPaused = await this.#deliver(envelopeOf(entry))
        if (isPaused) return
      }
      position = page.next
      await this.#passOver(position)
      if (!page.more) await events.reach(position.height + 1, signal)
    }
  }

  /** Until the event is taken or set aside; true when the endpoint pauses before that. */
  async #deliver(envelope: Envelope): Promise<boolean> {
    const { attempt, mayRead, onFailed, wallMs } = this.#parts
    const { signal } = this.#stopping
    for (let attempts = 1, refusals = 0; ; attempts++) {
      signal.throwIfAborted()
      if (!mayRead()) return await this.#pause('grant_ended')
      this.#pending = { ...pendingOf(envelope), ...lastOf(this.#pending), attempts: attempts - 1 }
      const answer = await attempt(envelope, signal)
      signal.throwIfAborted()
      const verdict = verdictOf(answer)
      if (verdict === 'taken') return await this.#taken(envelope)
      onFailed()
      if (verdict === 'gone') return await this.#pause('gone')
      if (verdict === 'refused') refusals += 1
      const last = toldOf(answer)
      if (refusals >= REFUSALS_MAX && this.#progress.setAsideInARow < SET_ASIDE_IN_A_ROW_MAX) {
        return await this.#setAside(envelope, { attempts, last })
      }
      const failingSinceMs = await this.#failing(wallMs())
      if (wallMs() - failingSinceMs >= FAILING_MS_MAX) return await this.#pause('unreachable')
      await this.#wait(envelope, { attempts, last, answer })
    }
  }

  async #taken(envelope: Envelope): Promise<boolean> {
    const { onTaken, wallMs } = this.#parts
    const { id } = this.#progress
    await this.#note({ id, ...envelope.position, deliveredMs: wallMs(), setAsideInARow: 0 })
    this.#pending = undefined
    onTaken(envelope.id)
    return false
  }

  async #setAside(
    { id: event, position }: Envelope,
    { attempts, last }: { readonly attempts: number; readonly last: WebhookAnswer },
  ): Promise<boolean> {
    const { setAside, wallMs } = this.#parts
    const setAsideInARow = this.#progress.setAsideInARow + 1
    const progress = { ...withoutFailing(this.#progress), ...position, setAsideInARow }
    const letter = { event, ...position, attempts, last, setAsideMs: wallMs() }
    if ((await setAside(letter, progress)) === 'full') return await this.#pause('dead_letters_full')
    this.#progress = progress
    this.#pending = undefined
    return false
  }

  /** Since when it fails; a restart does not begin anew. */
  async #failing(nowMs: number): Promise<number> {
    const { failingSinceMs } = this.#progress
    if (failingSinceMs !== undefined) return failingSinceMs
    await this.#note({ ...this.#progress, failingSinceMs: nowMs })
    return nowMs
  }

  async #wait(
    envelope: Envelope,
    {
      attempts,
      last,
      answer,
    }: { readonly attempts: number; readonly last: WebhookAnswer; readonly answer: Answer },
  ): Promise<void> {
    const { sleep, wallMs } = this.#parts
    const ownMs = this.#pauseAfterMs(attempts)
    const askedMs = answer.kind === 'answered' ? (answer.retryAfterMs ?? 0) : 0
    const ms = Math.max(ownMs, Math.min(askedMs, RETRY_MAX_MS))
    this.#pending = { ...pendingOf(envelope), attempts, last, nextAttemptMs: wallMs() + ms }
    await sleep(ms, this.#stopping.signal)
  }

  #pauseAfterMs(failures: number): number {
    const { random, retryFirstMs: firstMs } = this.#parts
    return pauseAfterMs(failures, { random, ...(firstMs !== undefined && { firstMs }) })
  }

  async #pause(by: WebhookPause): Promise<boolean> {
    await this.#parts.pause(by)
    return true
  }

  /** What nobody here is to be told of is not looked through again after every start. */
  async #passOver(position: Position): Promise<void> {
    const nowMs = this.#parts.wallMs()
    if (nowMs - this.#notedMs < PASSED_OVER_NOTE_MS || isAt(this.#progress, position)) return
    await this.#note({ ...this.#progress, ...position })
  }

  async #note(progress: WebhookProgress): Promise<void> {
    await this.#parts.save(progress, this.#stopping.signal)
    this.#progress = progress
    this.#notedMs = this.#parts.wallMs()
  }
}

const pendingOf = ({ id, timeMs }: Envelope) => ({ event: id, timeMs })

const lastOf = (pending: WebhookPending | undefined) =>
  pending?.last === undefined ? {} : { last: pending.last }

const toldOf = (answer: Answer): WebhookAnswer =>
  answer.kind === 'answered' ? { status: answer.status } : { failure: answer.failure }

const withoutFailing = ({ failingSinceMs: _, ...progress }: WebhookProgress): WebhookProgress =>
  progress

const isAt = (progress: WebhookProgress, { height, index }: Position): boolean =>
  progress.height === height && progress.index === index
