import type { ServerResponse } from 'node:http'
import type { PlaceId } from '#protocol/id.ts'
import { STREAM_DRAIN_MS, STREAM_HEARTBEAT_MS, STREAM_PAGE } from '../limits.ts'
import type { Events } from '../ports/events.ts'
import type { Position } from '../ports/ledger.ts'
import { within } from '../wait.ts'
import { type EventFilter, frameOf, shows } from './frame.ts'

export type StreamOptions = {
  readonly reader: PlaceId
  readonly after: Position
  readonly filter: EventFilter
  readonly signal: AbortSignal
  /** Bounds for a client that does not read, and for silence. */
  readonly drainMs?: number
  readonly heartbeatMs?: number
}

/**
 * Writes the entries above `after` for as long as the client reads them: each once, in order, none left
 * out. It pulls from the durable stream, so that a slow client holds back only itself; one that does
 * not read at all is cut and resumes from its last id.
 */
export const streamEntries = async (
  events: Events,
  response: ServerResponse,
  options: StreamOptions,
): Promise<void> => {
  const { heartbeatMs = STREAM_HEARTBEAT_MS } = options
  const heartbeat = setInterval(() => {
    if (!response.writableNeedDrain) response.write(':\n\n')
  }, heartbeatMs)
  try {
    await pump(events, response, options)
  } finally {
    clearInterval(heartbeat)
    response.end()
  }
}

const pump = async (
  events: Events,
  response: ServerResponse,
  { reader, after, filter, signal, drainMs = STREAM_DRAIN_MS }: StreamOptions,
): Promise<void> => {
  let position = after
  while (!signal.aborted) {
    const page = await events.after({ reader, after: position, limit: STREAM_PAGE })
    const text = page.entries
      .filter((entry) => shows(filter, entry))
      .map(frameOf)
      .join('')
    if (text !== '' && !(await written(response, text, drainMs))) {
      response.destroy()
      return
    }
    position = page.next
    if (!page.more && !(await reached(events, position.height + 1, signal))) return
  }
}

/** Whether the client took the text, or made room for it in time. */
const written = async (
  response: ServerResponse,
  text: string,
  drainMs: number,
): Promise<boolean> => {
  if (response.write(text)) return true
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const onDrain = () => resolve(true)
  const onClose = () => resolve(false)
  response.once('drain', onDrain).once('close', onClose)
  const taken = await within(drainMs, promise)
  response.off('drain', onDrain).off('close', onClose)
  return taken === true
}

/** Whether there is more to read; not when the stream ends, since the wait ends by its signal. */
const reached = (events: Events, height: number, signal: AbortSignal): Promise<boolean> =>
  events.reach(height, signal).then(
    () => true,
    () => false,
  )
