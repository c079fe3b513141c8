import type { BookLine, Closing, ClosingSum, Takings } from '#api/ports/ledger-books.ts'
import type { AssetId } from '#protocol/id.ts'
import type { AssetRecord } from '#protocol/state/record.ts'
import type { BookEntry } from './book-lines.ts'

/** Adds up lines, till by till. What it holds grows with tills, assets and kinds, not with lines. */
export type ClosingSums = {
  readonly add: (entry: BookEntry) => void
  readonly tills: () => Closing['tills']
}

type Sum = { readonly asset: AssetRecord; lines: number; change: number } & Pick<
  ClosingSum,
  'kind' | 'account'
>
type Taken = { -readonly [T in keyof Takings]: Takings[T] }
type TillSums = {
  transactions: number
  readonly sums: Map<string, Sum>
  readonly takings: Map<AssetId, Taken>
}

export const createClosingSums = (): ClosingSums => {
  const tills = new Map<string, TillSums>()
  return {
    add: ({ lines, isOwn }) => {
      const [first] = lines
      if (first === undefined) return
      const till = tillIn(tills, first.till ?? '')
      till.transactions += 1
      for (const line of lines) count(till, line)
      if (isOwn) countSupplies(till, lines)
    },
    tills: () =>
      [...tills]
        .toSorted(([a], [b]) => (a < b ? -1 : 1))
        .map(([till, { transactions, sums, takings }]) => ({
          ...(till !== '' && { till }),
          transactions,
          takings: inOrder(takings, ({ asset }) => asset.id),
          sums: inOrder(sums, ({ asset, kind, account }) => `${asset.id}/${kind}/${account}`),
        })),
  }
}

const tillIn = (tills: Map<string, TillSums>, name: string): TillSums => {
  const known = tills.get(name)
  if (known !== undefined) return known
  const made = { transactions: 0, sums: new Map(), takings: new Map() }
  tills.set(name, made)
  return made
}

const count = (till: TillSums, { asset, kind, account, change }: BookLine): void => {
  const name = `${asset.id}/${kind}/${account}`
  const sum = till.sums.get(name) ?? { asset, kind, account, lines: 0, change: 0 }
  sum.lines += 1
  sum.change += change
  till.sums.set(name, sum)
  if (account === 'holders') return
  const taken = takenIn(till, asset)
  if (account === 'tips') taken.tips += change
  else if (kind === 'refund') taken.refunded -= change
  else if (kind === 'sale' || kind === 'hold.capture') taken.sold += change
}

const takenIn = (till: TillSums, asset: AssetRecord): Taken => {
  const known = till.takings.get(asset.id)
  if (known !== undefined) return known
  const made = { asset, sold: 0, refunded: 0, tips: 0, issued: 0, burned: 0 }
  till.takings.set(asset.id, made)
  return made
}

/** What a transaction issued or burned of each asset: what all its movements of it come to. */
const countSupplies = (till: TillSums, lines: readonly BookLine[]): void => {
  const supplies = new Map<AssetId, number>()
  for (const { asset, change } of lines) {
    supplies.set(asset.id, (supplies.get(asset.id) ?? 0) + change)
  }
  for (const { asset } of lines) {
    const change = supplies.get(asset.id) ?? 0
    supplies.delete(asset.id)
    if (change === 0) continue
    const taken = takenIn(till, asset)
    if (change > 0) taken.issued += change
    else taken.burned -= change
  }
}

const inOrder = <T extends ClosingSum | Takings>(
  items: ReadonlyMap<unknown, T>,
  nameOf: (item: T) => string,
): readonly T[] =>
  [...items.values()]
    .map((item) => ({ ...item }))
    .toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))
