import type { Position } from '#api/ports/ledger.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { NetworkId } from '#protocol/id.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { View } from '#protocol/ledger/view.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import { parseTransaction } from '#protocol/transaction/parse.ts'
import { promised } from '../storage/completion.ts'
import type { Storage } from '../storage/storage.ts'
import { type BookEntry, type BookOwner, entryOf } from './book-lines.ts'
import { placeHistory } from './place-history.ts'
import type { Recent } from './recent.ts'

export type BookPassParts = {
  readonly networkId: NetworkId
  readonly view: () => View
  readonly recent: Pick<Recent, 'block'>
  readonly storage: Pick<Storage, 'reader' | 'blockAt'>
}

/** An entry of the books, and where in the ledger it stands. */
export type Passed = { readonly at: Position; readonly entry: BookEntry }

/**
 * The books of a place from one point of the ledger up to a stored block, oldest first. It holds a page of
 * events and one block at a time.
 */
export async function* bookPass(
  parts: BookPassParts,
  owner: BookOwner,
  range: { readonly above: Position; readonly upTo: number },
): AsyncGenerator<Passed> {
  let block: { readonly height: number; readonly transactions: readonly string[] } | undefined
  for await (const event of placeHistory(parts, { ...owner, ...range })) {
    if (event.outcome !== 'applied' || event.movements.length === 0) {
      yield { at: event, entry: NOTHING }
      continue
    }
    if (block?.height !== event.height) {
      block = { height: event.height, transactions: await transactionsAt(parts, event.height) }
    }
    const body = bodyOf(parts, event, block.transactions)
    yield { at: event, entry: entryOf(parts.view(), { event, body }, owner) }
  }
}

/** It moved nothing: the books say nothing of it, and whoever counts goes on from there. */
const NOTHING: BookEntry = { isOwn: true, lines: [] }

const transactionsAt = async (
  { recent, storage }: BookPassParts,
  height: number,
): Promise<readonly string[]> => {
  const block =
    recent.block(height)?.block ??
    (await promised<Block | undefined>((answer) => storage.blockAt(height, answer)))
  if (block === undefined) throw new Error(`no stored block at ${height}`)
  return block.transactions
}

const bodyOf = (
  { networkId }: BookPassParts,
  { height, index }: LedgerEvent,
  transactions: readonly string[],
): TransactionBody => {
  const parsed = parseTransaction(transactions[index] ?? '', networkId)
  if (!parsed.ok) throw new Error(`a final transaction that is ${parsed.code}: ${height}/${index}`)
  return parsed.transaction.body
}
