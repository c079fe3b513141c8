import { blockData, transactionData } from '#api/events/frame.ts'
import type { Entry } from '#api/ports/events.ts'
import type { Position } from '#api/ports/ledger.ts'
import { cursorOf } from '#api/schemas/list.ts'
import { timestampOf } from '#api/schemas/timestamp.ts'

/** An event as a webhook tells it: its id is the same whenever and to whomever it is delivered. */
export type Envelope = {
  readonly id: string
  readonly position: Position
  readonly timeMs: number
  readonly body: string
}

/** What an event is in the stream of server-sent events, in the envelope of Standard Webhooks. */
export const envelopeOf = (entry: Entry): Envelope => {
  const { height, index, timeMs } = entry.kind === 'block' ? entry : entry.event
  const position = { height, index }
  const body = JSON.stringify({
    type: typeOf(entry),
    timestamp: timestampOf(timeMs),
    cursor: cursorOf(position),
    data: entry.kind === 'block' ? blockData(entry) : transactionData(entry),
  })
  return { id: eventName(position), position, timeMs, body }
}

export const eventName = (position: Position): string => `evt_${cursorOf(position)}`

const typeOf = (entry: Entry): string => {
  if (entry.kind === 'block') return 'block.final'
  return entry.event.outcome === 'applied' ? 'transaction.applied' : 'transaction.refused'
}

/** A test that says nothing but that it arrived. */
export const testBody = (webhook: string, timeMs: number): string =>
  JSON.stringify({ type: 'webhook.test', timestamp: timestampOf(timeMs), data: { webhook } })
