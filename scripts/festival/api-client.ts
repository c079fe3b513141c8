import { Agent, type IncomingMessage, request } from 'node:http'

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
  readonly #agent: Agent
  readonly #url: URL
  readonly #authorization: { readonly authorization?: string }

  constructor({ apiUrl, apiKey, connectionsMax }: ApiClientOptions) {
    this.#agent = new Agent({ keepAlive: true, maxSockets: connectionsMax, scheduling: 'fifo' })
    this.#url = new URL(apiUrl)
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
    this.#agent.destroy()
  }

  #ask(method: 'GET' | 'POST', path: string, body?: object | string): Promise<ApiAnswer> {
    const sent = sentOf(body)
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown): void => reject(new NoAnswer(`${method} ${path}`, { cause }))
      const asking = request(
        {
          agent: this.#agent,
          host: this.#url.hostname,
          port: this.#url.port,
          method,
          path,
          headers: { ...this.#authorization, ...sent.headers },
          timeout: ANSWER_WAIT_MS,
        },
        (response) => receive(response).then(resolve, fail),
      )
      asking.on('timeout', () => asking.destroy(new Error('no answer in time')))
      asking.on('error', fail)
      asking.end(sent.text)
    })
  }
}

const sentOf = (body: object | string | undefined) => {
  if (body === undefined) return { text: undefined, headers: {} }
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const type = typeof body === 'string' ? 'application/jose' : 'application/json'
  return {
    text,
    headers: { 'content-type': type, 'content-length': Buffer.byteLength(text) },
  }
}

const receive = (response: IncomingMessage): Promise<ApiAnswer> =>
  new Promise((resolve, reject) => {
    let text = ''
    response.setEncoding('utf8')
    response.on('data', (chunk: string) => {
      text += chunk
      if (text.length > ANSWER_BYTES_MAX) response.destroy(new Error('the answer is too long'))
    })
    response.on('error', reject)
    response.on('end', () => {
      try {
        resolve({
          status: response.statusCode ?? 0,
          replayed: response.headers['idempotent-replayed'] === 'true',
          body: text === '' ? undefined : JSON.parse(text),
        })
      } catch (error) {
        reject(error)
      }
    })
  })
