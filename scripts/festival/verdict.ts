import { z } from 'zod'
import { type ApiAnswer, type ApiClient, NoAnswer } from './api-client.ts'

/** The one outcome of a payment id, as the API told it. */
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

/** What one answer says of a payment: its outcome, or what the till must do to learn it. */
type Told = Verdict | 'ask' | 'repeat'

const ASK_PAUSE_MS = 200

/**
 * Sends an order until its one outcome is known: the same request again after an answer that was
 * lost or a node that is busy, and a question after "accepted, not final yet".
 */
export const settleOrder = async (
  client: ApiClient,
  { path, id, body }: { readonly path: string; readonly id: string; readonly body: object },
): Promise<Verdict> => {
  // A till that does not learn an outcome in time gives up, which fails the festival.
  const endMs = performance.now() + client.patienceMs
  const traffic = countsOf(client)
  const attempt = (ask: () => Promise<ApiAnswer>) => answerOf(traffic, ask)
  let told = toldBy(await attempt(() => client.post(path, body)))
  while (told === 'ask' || told === 'repeat') {
    if (performance.now() > endMs) throw new Error(`no outcome of ${id} in time`)
    await pause(ASK_PAUSE_MS)
    const isAsked = told === 'ask'
    told = toldBy(
      await attempt(() =>
        isAsked ? client.get(`/v1/transactions/${id}`) : client.post(path, body),
      ),
    )
  }
  return told
}

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
  height: z.number().optional(),
  index: z.number().optional(),
  code: z.string().optional(),
  outcome: z.unknown().optional(),
})
type Body = z.infer<typeof Body>

/** Statuses of a node that says: not now, and nothing was kept. */
const BUSY = new Set([429, 500, 502, 503, 504])

const toldBy = (answer: ApiAnswer | undefined): Told => {
  if (answer === undefined || BUSY.has(answer.status)) return 'repeat'
  if (answer.status === 202) return 'ask'
  const parsed = Body.safeParse(answer.body)
  if (!parsed.success) throw new Error(`an answer that says nothing: ${JSON.stringify(answer)}`)
  return answer.status < 300 ? toldByOutcome(parsed.data) : toldByProblem(parsed.data)
}

const toldByOutcome = (body: Body): Told => {
  switch (body.status) {
    case 'applied':
      return {
        status: 'applied',
        kind: body.kind ?? '',
        amount: body.amount,
        height: body.height ?? 0,
        index: body.index ?? 0,
      }
    case 'cancelled':
      return { status: 'cancelled' }
    case 'expired':
      return { status: 'expired' }
    case 'refused':
      return { status: 'refused', code: body.code ?? '' }
    default:
      return 'ask'
  }
}

/** A cancellation that came second is a problem whose outcome is the payment's. */
const toldByProblem = (body: Body): Told => {
  const code = body.code ?? ''
  if (code === 'cancelled' || code === 'expired') return { status: code }
  if (code !== 'already_applied') return { status: 'refused', code }
  const outcome = Body.safeParse(body.outcome)
  return outcome.success ? toldByOutcome(outcome.data) : 'ask'
}
