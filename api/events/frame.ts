import type { BlockEntry, Entry, TransactionEntry } from '../ports/events.ts'
import type { Position } from '../ports/ledger.ts'
import { cursorOf } from '../schemas/list.ts'
import { timestampOf } from '../schemas/timestamp.ts'
import { appliedView } from '../schemas/transaction.ts'

/** One server-sent event (HTML Living Standard §9.2): its id is the cursor to resume after it. */
export const frameOf = (entry: Entry): string =>
  entry.kind === 'block'
    ? frame('block', entry, blockData(entry))
    : frame('transaction', entry.event, transactionData(entry))

/** A comment that moves the cursor: a stream that shows nothing also says from where to resume it. */
export const heartbeatOf = (position: Position): string => `:\nid: ${cursorOf(position)}\n\n`

const frame = (event: string, position: Position, data: object): string =>
  `id: ${cursorOf(position)}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`

/** What a block is to everybody. */
export const blockData = ({ height, timeMs, transactions }: BlockEntry) => ({
  height,
  time: timestampOf(timeMs),
  transactions,
})

/** A recorded transaction as whom it concerns is told of it. */
export const transactionData = ({ event, till }: TransactionEntry): object => {
  const by = till === undefined ? {} : { till }
  if (event.outcome === 'applied') {
    return { ...appliedView(event.id, { status: 'applied', event }), ...by }
  }
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
    ...by,
  }
}
