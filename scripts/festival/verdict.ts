import { z } from 'zod'
import { type ApiAnswer, type ApiClient, NoAnswer } from './api-client.ts'

/** The outcome of a payment id, as the API told it: the one it has, but for what is `captured`. */
export type Verdict =
  | {
      readonly status: 'applied'
      readonly kind: string
      readonly amount: number | undefined
      readonly height: number
      readonly index: number
    }
  | { readonly status: 'refused'; readonly code: string }
  | { readonly status: 'cancelled' }
  | { readonly status: 'expired' }
  /** A charge from now on, out of a lease: its place in the ledger is asked for when the link is back. */
  | { readonly status: 'captured'; readonly amount: number; readonly lease: string }
  /** Was captured, and is the venue's loss for this reason. */
  | { readonly status: 'lost'; readonly code: string }
  /** A venue without a link that cannot do this: nothing of it was kept, then or before. */
  | { readonly status: 'unavailable'; readonly code: string }

/** What one answer says of a payment: its outcome, or what the till must do to learn it. */
type Told = Verdict | 'ask' | 'repeat'

const ASK_PAUSE_MS = 200

/**
 * Sends an order until its one outcome is known, or it is a charge without a link: the same request
 * again after an answer that was lost or a node that is busy, and a question after "accepted, not
 * final yet".
 */
export const settleOrder = async (
  client: ApiClient,
  { path, id, body }: { readonly path: string; readonly id: string; readonly body: object },
): Promise<Verdict> => {
  // A till that does not learn an outcome in time gives up, which fails the festival.
  const endMs = performance.now() + client.patienceMs
  const traffic = countsOf(client)
  let isKeptNowhere = true
  const attempt = async (ask: () => Promise<ApiAnswer>): Promise<Told> => {
    const answer = await answerOf(traffic, ask)
    const told = toldBy(answer)
    if (typeof told !== 'string' && told.status === 'unavailable' && !isKeptNowhere) return 'repeat'
    isKeptNowhere &&= answer !== undefined && KEEPS_NOTHING.has(answer.status)
    return told
  }
  let told = await attempt(() => client.post(path, body))
  while (told === 'ask' || told === 'repeat') {
    if (performance.now() > endMs) throw new Error(`no outcome of ${id} in time`)
    await pause(ASK_PAUSE_MS)
    const isAsked = told === 'ask'
    told = await attempt(() => (isAsked ? outcomeOf(client, id) : client.post(path, body)))
  }
  return told
}

/** Asks once for what became of a payment; undefined: that cannot be said now. */
export const askOutcome = async (client: ApiClient, id: string): Promise<Verdict | undefined> => {
  const told = toldBy(await answerOf(countsOf(client), () => outcomeOf(client, id)))
  return typeof told === 'string' ? undefined : told
}

const outcomeOf = (client: ApiClient, id: string): Promise<ApiAnswer> =>
  client.get(`/v1/transactions/${id}`)

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms))

/** What became of the requests for orders that a client sent. */
export type Traffic = {
  /** On their way now. */
  readonly inFlight: number
  /** Cut off: no answer came, and none will. */
  readonly cut: number
}

export const trafficOf = (client: ApiClient): Traffic => ({ ...countsOf(client) })

type Counts = { inFlight: number; cut: number }
const counted = new WeakMap<ApiClient, Counts>()

const countsOf = (client: ApiClient): Counts => {
  const known = counted.get(client) ?? { inFlight: 0, cut: 0 }
  counted.set(client, known)
  return known
}

const answerOf = async (
  counts: Counts,
  ask: () => Promise<ApiAnswer>,
): Promise<ApiAnswer | undefined> => {
  counts.inFlight += 1
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    counts.cut += 1
    return undefined
  } finally {
    counts.inFlight -= 1
  }
}

const Body = z.object({
  status: z.union([z.string(), z.number()]).optional(),
  kind: z.string().optional(),
  amount: z.number().optional(),
  lease: z.string().optional(),
  height: z.number().optional(),
  index: z.number().optional(),
  code: z.string().optional(),
  outcome: z.unknown().optional(),
})
type Body = z.infer<typeof Body>

/** Statuses of a node that says: not now. */
const BUSY = new Set([429, 500, 502, 503, 504])
/** Those of them that promise that nothing was kept. */
const KEEPS_NOTHING = new Set([429, 503])
/** What a node without a link says of what it cannot do without one. */
const UNABLE = new Set(['ledger_required', 'lease_missing', 'lease_insufficient'])

const toldBy = (answer: ApiAnswer | undefined): Told => {
  if (answer === undefined) return 'repeat'
  const parsed = Body.safeParse(answer.body)
  if (BUSY.has(answer.status)) {
    const { code = '' } = parsed.data ?? {}
    return UNABLE.has(code) ? { status: 'unavailable', code } : 'repeat'
  }
  if (answer.status === 202) return 'ask'
  if (!parsed.success) throw new Error(`an answer that says nothing: ${JSON.stringify(answer)}`)
  return answer.status < 300 ? toldByOutcome(parsed.data) : toldByProblem(parsed.data)
}

const toldByOutcome = (body: Body): Told => {
  const { kind = '', amount, lease = '', height = 0, index = 0, code = '' } = body
  switch (body.status) {
    case 'applied':
      return { status: 'applied', kind, amount, height, index }
    case 'captured':
      return { status: 'captured', amount: amount ?? 0, lease }
    case 'cancelled':
    case 'expired':
      return { status: body.status }
    case 'refused':
    case 'lost':
      return { status: body.status, code }
    default:
      return 'ask'
  }
}

/** A cancellation that came second, and a capture that was lost, are problems with an outcome. */
const toldByProblem = (body: Body): Told => {
  const code = body.code ?? ''
  if (code === 'cancelled' || code === 'expired') return { status: code }
  if (code !== 'already_applied' && code !== 'capture_lost') return { status: 'refused', code }
  const outcome = Body.safeParse(body.outcome)
  return outcome.success ? toldByOutcome(outcome.data) : 'ask'
}
