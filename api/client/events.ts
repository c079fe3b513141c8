import { clientError, type KermesseError } from './error.ts'
import { type Frame, FrameReader } from './frame-reader.ts'
import { objectIn } from './json.ts'
import { PAUSE_FIRST_MS, STREAM_SILENCE_MS } from './limits.ts'
import { persist } from './persist.ts'
import { errorOf } from './told.ts'
import type { Transport } from './transport.ts'
import type { AppliedTransaction } from './wire.ts'
import type { World } from './world.ts'

/** One entry of the stream. Keep `cursor` with what you did about it: it is where to go on. */
export type LedgerEvent = {
  readonly cursor: string
  /** `transaction`, `block`, or what a newer node tells beside them. */
  readonly type: string
  readonly data: EventData
}
/** A recorded transaction of the place, or numbers of a block. Read the members that you know. */
export type EventData = Partial<AppliedTransaction> & { readonly [member: string]: unknown }

export type EventOptions = {
  /** Go on after this cursor; absent: from now on. */
  readonly after?: string
  /** Kinds of transaction; absent: all of them. */
  readonly kinds?: readonly string[]
  /** Whether to tell blocks; default: not. */
  readonly blocks?: boolean
  /** Ends the stream. */
  readonly signal?: AbortSignal
}

/**
 * What becomes final, each once and in order, through any number of broken connections, until `signal`
 * aborts. Rejects with the `KermesseError` of a node that refuses the stream for good.
 */
export async function* followEvents(
  parts: { readonly transport: Transport; readonly world: World },
  options: EventOptions,
): AsyncGenerator<LedgerEvent, void, undefined> {
  let cursor = options.after
  while (options.signal?.aborted !== true) {
    for await (const frame of connection(parts, options, cursor)) {
      // Whoever resumes after an entry must not be given it again.
      if (frame.id !== undefined) cursor = frame.id
      const event = eventOf(frame)
      if (event !== undefined) yield event
    }
    await parts.world.pause(PAUSE_FIRST_MS * (1 + parts.world.random()), options.signal)
  }
}

/** The frames of one connection, until it breaks or is silent for too long. */
async function* connection(
  { transport, world }: { readonly transport: Transport; readonly world: World },
  options: EventOptions,
  cursor: string | undefined,
): AsyncGenerator<Frame, void, undefined> {
  const over = new AbortController()
  const { signal } = options
  const whole = signal === undefined ? over.signal : AbortSignal.any([signal, over.signal])
  try {
    const response = await opened({ transport, world }, { ...options, cursor, whole })
    if (response === undefined) return
    const frames = new FrameReader()
    for await (const text of textsOf(response, { world, over, whole })) {
      yield* frames.read(text)
    }
  } finally {
    over.abort()
  }
}

type Opening = EventOptions & {
  readonly cursor: string | undefined
  readonly whole: AbortSignal
}

const opened = async (
  { transport, world }: { readonly transport: Transport; readonly world: World },
  opening: Opening,
): Promise<Response | undefined> => {
  const { kinds, blocks, cursor, whole } = opening
  const query = {
    blocks: String(blocks ?? false),
    ...(kinds !== undefined && { kinds: kinds.join(',') }),
  }
  const headers = {
    accept: 'text/event-stream',
    ...(cursor !== undefined && { 'last-event-id': cursor }),
  }
  const attempt = async (): Promise<{
    over: boolean
    response?: Response
    retryAfterMs?: number
  }> => {
    const response = await transport
      .open({ operation: 'streamEvents', query }, headers, whole)
      .catch(() => undefined)
    if (response === undefined) return { over: false }
    if (response.status === 200) return { over: true, response }
    const error = await refusalOf(response)
    if (!error.retryable) throw error
    const { retryAfterMs } = error
    return retryAfterMs === undefined ? { over: false } : { over: false, retryAfterMs }
  }
  const patience = { patienceMs: Number.POSITIVE_INFINITY, signal: whole }
  return (await persist(world, patience, attempt)).response
}

const refusalOf = async (response: Response): Promise<KermesseError> => {
  const body = objectIn(await response.text().catch(() => ''))
  const seconds = Number(response.headers.get('retry-after') ?? Number.NaN)
  const retryAfterMs = Number.isFinite(seconds) ? seconds * 1_000 : undefined
  const { status } = response
  if (body === undefined) {
    return clientError('answer_unreadable', { retryable: status >= 500, status, retryAfterMs })
  }
  return errorOf({ kind: 'answer', status, body, retryAfterMs, replayed: false })
}

/** What arrives, until the connection ends, breaks, or says nothing for three heartbeats. */
async function* textsOf(
  response: Response,
  parts: { readonly world: World; readonly over: AbortController; readonly whole: AbortSignal },
): AsyncGenerator<string, void, undefined> {
  const reader = response.body?.getReader()
  const decoder = new TextDecoder()
  while (reader !== undefined && !parts.whole.aborted) {
    const heard = new AbortController()
    const silence = parts.world
      .pause(STREAM_SILENCE_MS, AbortSignal.any([heard.signal, parts.whole]))
      .then(() => undefined)
    const chunk = await Promise.race([reader.read().catch(() => undefined), silence])
    heard.abort()
    if (chunk === undefined || chunk.done) {
      parts.over.abort()
      await reader.cancel().catch(() => undefined)
      return
    }
    yield decoder.decode(chunk.value, { stream: true })
  }
}

const eventOf = ({ id, event, data }: Frame): LedgerEvent | undefined => {
  if (id === undefined || data === undefined) return undefined
  const told = objectIn(data)
  return told && { cursor: id, type: event ?? 'message', data: told }
}
