import { type Dispatcher, Pool } from 'undici'

/** What the API said; `status` 0 where no answer came. */
export type LoadAnswer = {
  readonly status: number
  /** `Retry-After` is there. */
  readonly saysWhen: boolean
  readonly text: string
}

/** As long as the API lets anybody wait for an outcome. */
const WAIT = 'wait=30'
const ANSWER_WAIT_MS = 60_000
const HEADERS = {
  json: { 'content-type': 'application/json', prefer: WAIT },
  jose: { 'content-type': 'application/jose', prefer: WAIT },
} as const

/** Requests to one node over connections that stay open, as tills have them. */
export class LoadClient {
  readonly #pool: Pool

  constructor(apiUrl: string, connections: number) {
    this.#pool = new Pool(new URL(apiUrl).origin, {
      ...{ connections, pipelining: 1 },
      ...{ headersTimeout: ANSWER_WAIT_MS, bodyTimeout: ANSWER_WAIT_MS },
    })
  }

  /** One signed transaction. */
  submit(text: string): Promise<LoadAnswer> {
    return this.#ask({
      method: 'POST',
      path: '/v1/transactions',
      headers: HEADERS.jose,
      body: text,
    })
  }

  /** Several signed transactions in one request. */
  submitAll(transactions: readonly string[]): Promise<LoadAnswer> {
    const body = JSON.stringify({ transactions })
    return this.#ask({
      ...{ method: 'POST', path: '/v1/transactions/batch', headers: HEADERS.json, body },
    })
  }

  /** A request that does nothing, for what a request costs. */
  ping(): Promise<LoadAnswer> {
    return this.#ask({ method: 'GET', path: '/livez' })
  }

  async close(): Promise<void> {
    await this.#pool.close()
  }

  async #ask(request: Dispatcher.RequestOptions): Promise<LoadAnswer> {
    try {
      const { statusCode, headers, body } = await this.#pool.request(request)
      const saysWhen = headers['retry-after'] !== undefined
      return { status: statusCode, saysWhen, text: await body.text() }
    } catch (error) {
      return { status: 0, saysWhen: false, text: String(error) }
    }
  }
}
