import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { Entry } from '../ports/events.ts'
import type { Position } from '../ports/ledger.ts'
import { cursorOf } from '../schemas/list.ts'
import { timestampOf } from '../schemas/timestamp.ts'
import { appliedView } from '../schemas/transaction.ts'

/** Which entries a stream shows. */
export type EventFilter = {
  /** Kinds of transaction; absent: all of them. */
  readonly kinds?: ReadonlySet<string>
  readonly blocks: boolean
}

export const shows = ({ kinds, blocks }: EventFilter, entry: Entry): boolean =>
  entry.kind === 'block' ? blocks : (kinds?.has(entry.event.kind) ?? true)

/** One server-sent event (HTML Living Standard §9.2): its id is the cursor to resume after it. */
export const frameOf = (entry: Entry): string =>
  entry.kind === 'block'
    ? frame('block', entry, {
        height: entry.height,
        time: timestampOf(entry.timeMs),
        transactions: entry.transactions,
      })
    : frame('transaction', entry.event, transactionData(entry.event))

/** A comment that moves the cursor: a stream that shows nothing also says from where to resume it. */
export const heartbeatOf = (position: Position): string => `:\nid: ${cursorOf(position)}\n\n`

const frame = (event: string, position: Position, data: object): string =>
  `id: ${cursorOf(position)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

const transactionData = (event: LedgerEvent): object => {
  if (event.outcome === 'applied') return appliedView(event.id, { status: 'applied', event })
  return {
    id: event.id,
    status: 'refused',
    kind: event.kind,
    code: event.outcome,
    recorded: true,
    ...(event.place && { place: event.place }),
    ...(event.facts?.missingAmount && { missingAmount: event.facts.missingAmount }),
    height: event.height,
    index: event.index,
    time: timestampOf(event.timeMs),
  }
}
