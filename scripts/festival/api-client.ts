import { Pool } from 'undici'

/** What an API answered. `body` is parsed JSON, or undefined where there was none. */
export type ApiAnswer = {
  readonly status: number
  readonly replayed: boolean
  readonly body: unknown
}

/** No answer came: what was asked for may have happened, or not, or may still happen. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
}

export type ApiClientOptions = {
  readonly apiUrl: string
  readonly apiKey?: string
  /** Requests that may be on their way at one time. */
  readonly connectionsMax: number
  /** How long one answer is waited for; default: longer than any door takes. */
  readonly answerWaitMs?: number
  /** How long a till asks for the outcome of one payment before it gives up. */
  readonly patienceMs?: number
}

/** Longer than any door takes for an answer. */
const ANSWER_WAIT_MS = 15_000
const PATIENCE_MS = 60_000
/** Larger than any page of the API. */
const ANSWER_BYTES_MAX = 4_194_304

/** The client of one till: its own API key, its own kept-alive connections. */
export class ApiClient {
  readonly #pool: Pool
  readonly #headers: Headers
  readonly patienceMs: number

  constructor({ apiUrl, apiKey, connectionsMax, answerWaitMs, patienceMs }: ApiClientOptions) {
    this.patienceMs = patienceMs ?? PATIENCE_MS
    this.#pool = new Pool(new URL(apiUrl).origin, {
      connections: connectionsMax,
      headersTimeout: answerWaitMs ?? ANSWER_WAIT_MS,
      bodyTimeout: answerWaitMs ?? ANSWER_WAIT_MS,
      maxResponseSize: ANSWER_BYTES_MAX,
    })
    const bare = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
    this.#headers = {
      bare,
      json: { ...bare, 'content-type': 'application/json' },
      jose: { ...bare, 'content-type': 'application/jose' },
    }
  }

  /** Rejects with `NoAnswer`. */
  get(path: string): Promise<ApiAnswer> {
    return this.#ask({ method: 'GET', path, headers: this.#headers.bare })
  }

  /** Rejects with `NoAnswer`. A text is sent as a signed transaction, an object as JSON. */
  post(path: string, body?: object | string): Promise<ApiAnswer> {
    const { bare, json, jose } = this.#headers
    if (body === undefined) return this.#ask({ method: 'POST', path, headers: bare })
    return typeof body === 'string'
      ? this.#ask({ method: 'POST', path, headers: jose, body })
      : this.#ask({ method: 'POST', path, headers: json, body: JSON.stringify(body) })
  }

  close(): void {
    void this.#pool.destroy()
  }

  /** Without a stream for the answer: tills and nodes share the cores on which they are measured. */
  #ask(request: Asked): Promise<ApiAnswer> {
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void =>
        reject(new NoAnswer(`${request.method} ${request.path}`, { cause }))
      let status = 0
      let replayed = false
      const chunks: Buffer[] = []
      this.#pool.dispatch(request, {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, statusCode, headers) => {
          status = statusCode
          replayed = headers['idempotent-replayed'] === 'true'
        },
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          try {
            resolve({ status, replayed, body: jsonIn(chunks) })
          } catch (cause) {
            fail(cause)
          }
        },
        onResponseError: (_controller, cause) => fail(cause),
      })
    })
  }
}

type Headers = Readonly<Record<'bare' | 'json' | 'jose', Record<string, string>>>
type Asked = {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly headers: Record<string, string>
  readonly body?: string
}

/** Throws when it is none. */
const jsonIn = (chunks: readonly Buffer[]): unknown => {
  const text = Buffer.concat(chunks).toString()
  return text === '' ? undefined : JSON.parse(text)
}
