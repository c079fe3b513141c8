import type { ServerResponse } from 'node:http'
import { STREAM_DRAIN_MS, STREAM_HEARTBEAT_MS, STREAM_PAGE, STREAM_RECHECK_MS } from '../limits.ts'
import type { EventReader, Events } from '../ports/events.ts'
import type { Position } from '../ports/ledger.ts'
import { within } from '../wait.ts'
import type { EventFilter } from './filter.ts'
import { heartbeatOf } from './frame.ts'
import type { Renderings } from './renderings.ts'

export type StreamOptions = {
  readonly reader: EventReader
  readonly after: Position
  readonly filter: EventFilter
  /** Shared by all streams of a door. */
  readonly renderings: Renderings
  readonly signal: AbortSignal
  /** Whether the credential that opened the stream still may read it. */
  readonly isAdmitted: () => Promise<boolean>
  /** Bounds for a client that does not read, for silence, and for a credential that ended. */
  readonly drainMs?: number
  readonly heartbeatMs?: number
  readonly recheckMs?: number
}

/**
 * Writes the entries above `after` for as long as the client reads them and may: each once, in order,
 * none left out. It pulls from the durable stream, so that a slow client holds back only itself; one
 * that does not read at all is cut and resumes from its last id.
 */
export const streamEntries = async (
  events: Events,
  response: ServerResponse,
  options: StreamOptions,
): Promise<void> => {
  const { heartbeatMs = STREAM_HEARTBEAT_MS, recheckMs = STREAM_RECHECK_MS, isAdmitted } = options
  const barred = new AbortController()
  let position = options.after
  const beat = () => {
    if (!response.writableNeedDrain) response.write(heartbeatOf(position))
  }
  beat()
  const heartbeat = setInterval(beat, heartbeatMs)
  const recheck = setInterval(() => {
    isAdmitted().then(
      (admitted) => admitted || barred.abort(),
      () => barred.abort(),
    )
  }, recheckMs)
  try {
    const signal = AbortSignal.any([options.signal, barred.signal])
    for await (const passed of pump(events, response, { ...options, signal })) position = passed
  } finally {
    clearInterval(heartbeat)
    clearInterval(recheck)
    await end(response, options)
  }
}

/** Yields how far the entries are shown, or passed over: the stream resumes after that. */
async function* pump(
  events: Events,
  response: ServerResponse,
  options: StreamOptions,
): AsyncGenerator<Position> {
  const { reader, after, filter, renderings, signal, isAdmitted } = options
  // Another node may be ahead: the rest of a block that this one lacks comes with that block.
  if (!(await reached(events, after.height, signal))) return
  let position = after
  while (!signal.aborted) {
    const page = await events.after({ reader, after: position, limit: STREAM_PAGE })
    if (!(await isAdmitted())) return
    for (const chunk of renderings.of(page, filter)) {
      if (!(await written(response, chunk, options))) return
    }
    position = page.next
    yield position
    if (!page.more && !(await reached(events, position.height + 1, signal))) return
  }
}

/** Whether the client took the chunk, or made room for it in time. */
export const written = async (
  response: ServerResponse,
  chunk: Buffer,
  { drainMs = STREAM_DRAIN_MS, signal }: Pick<StreamOptions, 'drainMs' | 'signal'>,
): Promise<boolean> => {
  if (signal.aborted) return false
  if (response.write(chunk)) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const onDrain = () => resolve(true)
  const onEnd = () => resolve(false)
  response.once('drain', onDrain).once('close', onEnd)
  signal.addEventListener('abort', onEnd, { once: true })
  const taken = await within(drainMs, promise)
  response.off('drain', onDrain).off('close', onEnd)
  signal.removeEventListener('abort', onEnd)
  return taken === true
}

/** Ends the answer. What its client does not take in time would keep its connection open. */
export const end = async (
  response: ServerResponse,
  { drainMs = STREAM_DRAIN_MS }: Pick<StreamOptions, 'drainMs'>,
): Promise<void> => {
  if (response.destroyed) return
  if (!response.writableNeedDrain) {
    const { promise, resolve } = Promise.withResolvers<void>()
    response.once('finish', resolve).once('close', resolve)
    response.end()
    if ((await within(drainMs, promise)) !== 'late') return
  }
  response.destroy()
}

/** Whether there is more to read; not when the stream ends, since the wait ends by its signal. */
const reached = (events: Events, height: number, signal: AbortSignal): Promise<boolean> =>
  events.reach(height, signal).then(
    () => true,
    () => false,
  )
