import type { World } from '#api/client/world.ts'

/** What goes wrong with one exchange. */
export const FAULTS = [
  'none',
  'request_lost',
  'answer_lost',
  'answer_never_ends',
  'request_never_ends',
  'answered_twice',
  'answer_of_another',
  'truncated',
  'html',
  'text_type',
  'empty',
  'internal_before',
  'internal_after',
  'bad_gateway',
  'blocked',
  'overloaded',
  'rate_limited',
  'starting',
  'kept',
] as const
export type Fault = (typeof FAULTS)[number]

type State = 'applied' | 'cancelled' | 'refused' | 'captured' | 'lost'

/** A node in memory whose answers go wrong as told; what it did is there to be counted. */
export class HostileNode {
  /** Next exchanges, then nothing goes wrong. */
  readonly faults: Fault[]
  /** Charges by payment id: more than one is a failure of the client. */
  readonly charges = new Map<string, number>()
  readonly states = new Map<string, State>()
  /** Paths in the order in which they arrived. */
  readonly heard: string[] = []
  /** What was sent after these is in flight and arrives later. */
  readonly late: (() => void)[] = []
  /** Cards as they stand; one that is as asked is answered without any transaction. */
  readonly cards = new Map<string, 'blank' | 'active' | 'blocked'>()
  /** What was asked for under an id that is in use. */
  readonly #contents = new Map<string, string>()
  /** How it answers what it cannot do while it is cut off. */
  cutOff: 'ledger_required' | 'lease_missing' | 'lease_insufficient' | undefined
  /** Whether it takes what is asked for out of a lease. */
  captures = false
  /** Whether this key may cancel. */
  mayCancel = true
  /** The time of its newest block. */
  ledgerMs = 0
  readonly #refuses: boolean

  constructor(faults: readonly Fault[], options: { readonly refuses?: boolean } = {}) {
    this.faults = [...faults]
    this.#refuses = options.refuses ?? false
  }

  readonly fetch: World['fetch'] = async (url, request) => {
    const fault = this.faults.shift() ?? 'none'
    const { pathname } = new URL(url)
    const body = typeof request.body === 'string' ? request.body : ''
    const handle = (): Response => this.#handle(request.method ?? 'GET', pathname, body)
    return await this.#spoil(fault, handle, request.signal ?? undefined)
  }

  /** Requests that were thought to be lost arrive after all. */
  deliverLate(): void {
    for (const deliver of this.late.splice(0)) deliver()
  }

  async #spoil(
    fault: Fault,
    handle: () => Response,
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    switch (fault) {
      case 'none':
        return handle()
      case 'request_lost':
        this.late.push(() => void handle())
        throw new TypeError('fetch failed')
      case 'answer_lost':
        handle()
        throw new TypeError('fetch failed')
      case 'request_never_ends':
        this.late.push(() => void handle())
        return await never(signal)
      case 'answer_never_ends':
        handle()
        return await never(signal)
      case 'answered_twice':
        handle()
        return handle()
      case 'answer_of_another': {
        const answer = await handle().text()
        const other = answer.replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-7/g, '00000000-0000-7')
        return json(200, other)
      }
      case 'truncated': {
        const answer = await handle().text()
        return json(200, answer.slice(0, answer.length / 2))
      }
      case 'html':
        handle()
        return new Response('<html>captive portal</html>', {
          headers: { 'content-type': 'text/html' },
        })
      case 'text_type':
        return new Response(await handle().text(), { headers: { 'content-type': 'text/plain' } })
      case 'empty':
        handle()
        return new Response(null, { status: 204 })
      case 'internal_before':
        return problem(500, 'internal', true)
      case 'internal_after':
        handle()
        return problem(500, 'internal', true)
      case 'bad_gateway':
        handle()
        return new Response('bad gateway', {
          status: 502,
          headers: { 'content-type': 'text/plain' },
        })
      case 'blocked':
        return problem(503, 'node_blocked', true, { 'retry-after': '1' })
      case 'overloaded':
        return problem(503, 'node_overloaded', true, { 'retry-after': '2' })
      case 'rate_limited':
        return problem(429, 'rate_limited', true, { 'retry-after': '3' })
      case 'starting':
        return problem(503, 'node_starting', true, { 'retry-after': '1' })
      case 'kept': {
        const value: unknown = JSON.parse(await handle().text())
        const id = idIn(value)
        return json(202, JSON.stringify({ id, status: 'pending', since: TIME }))
      }
    }
  }

  #handle(method: string, path: string, body: string): Response {
    this.heard.push(`${method} ${path}`)
    const cancel = /^\/v1\/payments\/([^/]+)\/cancel$/.exec(path)
    if (cancel?.[1] !== undefined) return this.#cancel(cancel[1])
    const asked = /^\/v1\/transactions\/([^/]+)$/.exec(path)
    if (asked?.[1] !== undefined) return this.#tell(asked[1])
    const card = /^\/v1\/cards\/([^/]+)(?:\/(activate|block))?$/.exec(path)
    if (card?.[1] !== undefined) return this.#card(card[1], card[2], body)
    if (path === '/v1/network') return json(200, JSON.stringify(networkAt(this.ledgerMs)))
    if (method === 'GET') return json(200, JSON.stringify({ items: [] }))
    return this.#order(idIn(JSON.parse(body)), body)
  }

  #card(name: string, change: string | undefined, body: string): Response {
    const state = this.cards.get(name)
    const card = { id: cardIdOf(name), state }
    if (change === undefined) {
      return state === undefined
        ? problem(404, 'record_unknown', false)
        : json(200, JSON.stringify({ card, balances: [] }))
    }
    const asked = change === 'block' ? 'blocked' : 'active'
    const id = idIn(JSON.parse(body))
    if (this.states.get(id) === 'cancelled') return this.#answer(id, 'cancelled', {})
    if (state === asked) {
      return json(200, JSON.stringify({ card }), { 'idempotent-replayed': 'true' })
    }
    this.cards.set(name, asked)
    this.states.set(id, 'applied')
    const changed = {
      card: { id: cardIdOf(name), state: asked },
      transaction: viewOf(id, 'applied'),
    }
    return json(201, JSON.stringify(changed))
  }

  #order(id: string, body: string): Response {
    const known = this.states.get(id)
    const content = this.#contents.get(id) ?? body
    if (content !== body) return problem(409, 'id_reused', false)
    if (this.cutOff !== undefined && (known === undefined || known === 'captured')) {
      return problem(503, this.cutOff, true, { 'retry-after': '1' })
    }
    this.#contents.set(id, body)
    if (known !== undefined) return this.#answer(id, known, { 'idempotent-replayed': 'true' })
    const taken = this.captures ? 'captured' : 'applied'
    const state = this.#refuses ? 'refused' : taken
    this.states.set(id, state)
    if (state !== 'refused') this.charges.set(id, (this.charges.get(id) ?? 0) + 1)
    return this.#answer(id, state, {})
  }

  #cancel(id: string): Response {
    if (!this.mayCancel) return problem(403, 'action_not_granted', false)
    const known = this.states.get(id)
    if (known === 'applied' || known === 'captured') {
      const outcome = viewOf(id, known)
      return problem(409, 'already_applied', false, {}, { paymentId: id, outcome })
    }
    if (known === undefined) this.states.set(id, 'cancelled')
    return json(200, JSON.stringify(viewOf(id, known ?? 'cancelled')))
  }

  #tell(id: string): Response {
    const known = this.states.get(id)
    if (known === undefined) return problem(404, 'record_unknown', false, {}, { paymentId: id })
    return json(200, JSON.stringify(viewOf(id, known)))
  }

  #answer(id: string, state: State, headers: Record<string, string>): Response {
    if (state === 'applied') return json(201, JSON.stringify(viewOf(id, state)), headers)
    if (state === 'captured') return json(201, JSON.stringify(viewOf(id, state)), headers)
    if (state === 'lost') {
      return problem(410, 'capture_lost', false, headers, {
        paymentId: id,
        outcome: viewOf(id, state),
      })
    }
    const facts = { paymentId: id, recorded: true, height: 7, index: 0, time: TIME }
    return state === 'cancelled'
      ? problem(410, 'cancelled', false, headers, facts)
      : problem(422, 'insufficient_funds', false, headers, { ...facts, missingAmount: 150 })
  }
}

export const TIME = '2026-06-21T18:04:05.123Z'

/** Every tag is of one card. */
export const cardIdOf = (name: string): string => (name.startsWith('crd1') ? name : 'crd1tagged')

/** What a node says of a payment. */
export const viewOf = (id: string, status: State): object => {
  const at = { height: 7, index: 0, time: TIME }
  switch (status) {
    case 'applied':
      return { id, status, kind: 'sale', amount: 650, legs: [], movements: [], created: [], ...at }
    case 'cancelled':
      return { id, status, ...at }
    case 'refused':
      return { id, status, code: 'insufficient_funds', recorded: true, missingAmount: 150, ...at }
    case 'captured':
      return { id, status, offline: true, ...CAPTURE, left: 350 }
    case 'lost':
      return { id, status, code: 'hold_closed', ...CAPTURE }
  }
}

const CAPTURE = { lease: 'hld1x', amount: 650, captured: TIME }

export const VALIDITY_MS = 345_600_000

export const networkAt = (ledgerMs: number, validityMs: number = VALIDITY_MS): object => ({
  ...{ id: 'net1x', height: 1, time: new Date(ledgerMs).toISOString() },
  validityMs: { place: validityMs, wallet: validityMs, key: validityMs },
})

export const json = (
  status: number,
  text: string,
  headers: Record<string, string> = {},
): Response =>
  new Response(text, { status, headers: { 'content-type': 'application/json', ...headers } })

export const problem = (
  status: number,
  code: string,
  retryable: boolean,
  headers: Record<string, string> = {},
  facts: object = {},
): Response =>
  new Response(
    JSON.stringify({
      type: `urn:kermesse:problem:${code}`,
      ...{ title: code, status, detail: code, code, retryable, recorded: false, ...facts },
    }),
    { status, headers: { 'content-type': 'application/problem+json', ...headers } },
  )

/** Ends only when whoever waits gives up. */
const never = (signal: AbortSignal | undefined): Promise<Response> =>
  new Promise((_, reject) => {
    signal?.addEventListener('abort', () => reject(new TypeError('aborted')), { once: true })
  })

const idIn = (value: unknown): string => {
  if (typeof value !== 'object' || value === null) return ''
  if ('id' in value && typeof value.id === 'string') return value.id
  return 'paymentId' in value && typeof value.paymentId === 'string' ? value.paymentId : ''
}
