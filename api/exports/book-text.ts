import { type BookLine, LINES_PER_TRANSACTION } from '../ports/ledger-books.ts'
import { assetFacts } from '../schemas/closings.ts'
import { cursorOf } from '../schemas/list.ts'
import { timestampOf } from '../schemas/timestamp.ts'

/** The members of a line, in the order of its columns. */
const COLUMNS = [
  'cursor',
  'time',
  'height',
  'index',
  'line',
  'id',
  'kind',
  'till',
  'account',
  'wallet',
  'asset',
  'code',
  'category',
  'unit',
  'scale',
  'vat',
  'change',
  'held',
] as const
type Row = { readonly [C in (typeof COLUMNS)[number]]?: string | number | undefined }

/** Lines of the books as text: the same facts in each format. */
export const BOOK_FORMATS = {
  jsonl: {
    mediaType: 'application/jsonl; charset=utf-8',
    head: '',
    text: (line: BookLine): string => `${JSON.stringify(rowOf(line))}\n`,
  },
  csv: {
    mediaType: 'text/csv; charset=utf-8; header=present',
    head: `${COLUMNS.join(',')}\r\n`,
    text: (line: BookLine): string => {
      const row: Row = rowOf(line)
      return `${COLUMNS.map((column) => row[column] ?? '').join(',')}\r\n`
    },
  },
} as const
export type BookFormat = (typeof BOOK_FORMATS)[keyof typeof BOOK_FORMATS]

/** No value has a comma, a quote or a line break, nor begins like a formula but for a negative number. */
const rowOf = (line: BookLine) => ({
  cursor: cursorOf({
    height: line.height,
    index: line.index * LINES_PER_TRANSACTION + line.line,
  }),
  time: timestampOf(line.timeMs),
  height: line.height,
  index: line.index,
  line: line.line,
  id: line.id,
  kind: line.kind,
  ...(line.till !== undefined && { till: line.till }),
  account: line.account,
  wallet: line.wallet,
  ...assetFacts(line.asset),
  change: line.change,
  held: line.held,
})
