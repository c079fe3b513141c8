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
}

/** How long a client waits for an answer: longer than any door does. */
const ANSWER_WAIT_MS = 15_000
/** Larger than any page of the API. */
const ANSWER_BYTES_MAX = 4_194_304

/** The client of one till: its own API key, its own kept-alive connections. */
export class ApiClient {
  readonly #pool: Pool
  readonly #authorization: { readonly authorization?: string }

  constructor({ apiUrl, apiKey, connectionsMax }: ApiClientOptions) {
    this.#pool = new Pool(new URL(apiUrl).origin, {
      connections: connectionsMax,
      headersTimeout: ANSWER_WAIT_MS,
      bodyTimeout: ANSWER_WAIT_MS,
      maxResponseSize: ANSWER_BYTES_MAX,
    })
    this.#authorization = apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }
  }

  /** Rejects with `NoAnswer`. */
  get(path: string): Promise<ApiAnswer> {
    return this.#ask('GET', path)
  }

  /** Rejects with `NoAnswer`. A text is sent as a signed transaction, an object as JSON. */
  post(path: string, body?: object | string): Promise<ApiAnswer> {
    return this.#ask('POST', path, body)
  }

  close(): void {
    void this.#pool.destroy()
  }

  async #ask(method: 'GET' | 'POST', path: string, body?: object | string): Promise<ApiAnswer> {
    const sent = sentOf(body)
    try {
      const answer = await this.#pool.request({
        method,
        path,
        headers: { ...this.#authorization, ...sent.headers },
        body: sent.text ?? null,
      })
      const text = await answer.body.text()
      return {
        status: answer.statusCode,
        replayed: answer.headers['idempotent-replayed'] === 'true',
        body: text === '' ? undefined : JSON.parse(text),
      }
    } catch (cause) {
      throw new NoAnswer(`${method} ${path}`, { cause })
    }
  }
}

const sentOf = (body: object | string | undefined) => {
  if (body === undefined) return { text: undefined, headers: {} }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'application/jose' : 'application/json'
  return { text, headers: { 'content-type': type } }
}
