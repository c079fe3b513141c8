import type { Clock } from './clock.ts'
import type { Credential } from './credential.ts'
import { type Json, objectIn } from './json.ts'
import { ANSWER_BYTES_MAX, ATTEMPT_MS, WAIT_SECONDS } from './limits.ts'
import { addressOf, type Operation } from './routes.ts'
import type { World } from './world.ts'

/** A request, before it is known where the node is and who asks. */
export type Sent = {
  readonly operation: Operation
  /** What stands in the braces of its path. */
  readonly named?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, string>>
  readonly body?: object
  /** A signed transaction, in place of a body; it needs no other credential. */
  readonly text?: string
}

/** What a node answered: JSON, with the status that says what it is. */
export type Answer = {
  readonly kind: 'answer'
  readonly status: number
  readonly body: Json
  readonly retryAfterMs: number | undefined
  readonly replayed: boolean
}

/** No answer, or none that can be read: what was asked for may have happened. */
export type Silence = { readonly kind: 'silence'; readonly code: 'no_answer' | 'answer_unreadable' }

export type TransportOptions = {
  /** Where the node is: `http://localhost:4101`. */
  readonly url: string
  readonly credential: Credential | undefined
  readonly world: World
  readonly clock: Clock
}

const NO_ANSWER: Silence = { kind: 'silence', code: 'no_answer' }
const UNREADABLE: Silence = { kind: 'silence', code: 'answer_unreadable' }

/** One node, over HTTP. */
export class Transport {
  readonly #options: TransportOptions
  readonly #origin: string
  readonly #base: string

  constructor(options: TransportOptions) {
    const { origin, pathname } = new URL(options.url)
    this.#options = options
    this.#origin = origin
    this.#base = pathname.replace(/\/$/, '')
  }

  get hasCredential(): boolean {
    return this.#options.credential !== undefined
  }

  /** One attempt. Never rejects for what the network or the node does. */
  async ask(sent: Sent, signal?: AbortSignal): Promise<Answer | Silence> {
    const { world } = this.#options
    const over = new AbortController()
    const late = world.pause(ATTEMPT_MS, over.signal).then(() => NO_ANSWER)
    const whole = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
    try {
      return await Promise.race([this.#exchange(sent, whole), late, ended(signal)])
    } finally {
      over.abort()
    }
  }

  /** The answer as it comes, for what is read while it is written; rejects as `fetch` does. */
  async open(sent: Sent, headers: Record<string, string>, signal: AbortSignal): Promise<Response> {
    const { method, path, body } = this.#addressed(sent)
    return await this.#options.world.fetch(`${this.#origin}${this.#base}${path}`, {
      method,
      headers: { ...(await this.#headers(sent, { method, path, body })), ...headers },
      redirect: 'error',
      cache: 'no-store',
      signal,
      ...(body !== undefined && { body }),
    })
  }

  async #exchange(sent: Sent, signal: AbortSignal): Promise<Answer | Silence> {
    let response: Response
    let text: string | undefined
    try {
      response = await this.open(sent, { prefer: `wait=${WAIT_SECONDS}` }, signal)
      text = await textOf(response)
    } catch {
      // Refused, dropped or cut off: whether the node got it nobody knows.
      return NO_ANSWER
    }
    const { headers, status } = response
    this.#options.clock.learn(headers.get('date'))
    const body = text !== undefined && isJson(headers) ? objectIn(text) : undefined
    if (body === undefined) return UNREADABLE
    const replayed = headers.get('idempotent-replayed') === 'true'
    return { kind: 'answer', status, body, replayed, retryAfterMs: retryAfterIn(headers) }
  }

  #addressed({ operation, named, query, body, text }: Sent) {
    const { method, path } = addressOf(operation, named)
    const search = new URLSearchParams(query).toString()
    const sentBody = text ?? (body === undefined ? undefined : JSON.stringify(body))
    return { method, path: search === '' ? path : `${path}?${search}`, body: sentBody }
  }

  async #headers(
    { text }: Sent,
    { method, path, body }: { method: 'GET' | 'POST'; path: string; body: string | undefined },
  ): Promise<Record<string, string>> {
    const type = text === undefined ? 'application/json' : 'application/jose'
    const typed = body === undefined ? {} : { 'content-type': type }
    // A signed transaction says itself who acts.
    if (text !== undefined || this.#options.credential === undefined) return typed
    const { clock } = this.#options
    const about = { method, path: `${this.#base}${path}`, body }
    const request = { ...about, origin: this.#origin, nowMs: clock.nowMs() }
    return { ...typed, ...(await this.#options.credential(request)) }
  }
}

/** Resolves once the signal aborts. */
const ended = (signal: AbortSignal | undefined): Promise<Silence> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve(NO_ANSWER)
    signal?.addEventListener('abort', () => resolve(NO_ANSWER), { once: true })
  })

const isJson = (headers: Headers): boolean =>
  /^application\/(?:problem\+)?json(?:;|$)/i.test(headers.get('content-type') ?? '')

/** Seconds, or a date (RFC 9110 §10.2.3); of what is neither, nothing. */
const retryAfterIn = (headers: Headers): number | undefined => {
  const said = headers.get('retry-after')
  if (said === null || !/^\d{1,9}$/.test(said)) return undefined
  return Number(said) * 1_000
}

/** The whole text, or undefined when it is longer than any answer. Rejects when it is cut off. */
const textOf = async (response: Response): Promise<string | undefined> => {
  const reader = response.body?.getReader()
  if (reader === undefined) return ''
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    bytes += value.length
    if (bytes > ANSWER_BYTES_MAX) {
      await reader.cancel()
      return undefined
    }
    text += decoder.decode(value, { stream: true })
  }
}
