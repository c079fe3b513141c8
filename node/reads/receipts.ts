import type { Position } from '#api/ports/ledger.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { Block } from '#protocol/chain/block.ts'
import { hashOf } from '#protocol/hash.ts'
import { type Receipt, receiptOf } from '#protocol/proof/receipt.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import { promised } from '../storage/completion.ts'
import type { Storage } from '../storage/storage.ts'
import type { Finalities } from './finalities.ts'
import type { Recent } from './recent.ts'

export type ReceiptsParts = {
  readonly recent: Pick<Recent, 'block'>
  readonly storage: Pick<Storage, 'blockAt'>
  readonly finalities: Finalities
}

/** What proves to anyone what a final block said of the transaction at a place. */
export const receiptAt = async (
  { recent, storage, finalities }: ReceiptsParts,
  { height, index }: Position,
): Promise<Receipt> => {
  const block =
    recent.block(height)?.block ??
    (await promised<Block | undefined>((answer) => storage.blockAt(height, answer)))
  if (block === undefined) throw new Error(`no final block at ${height}`)
  const finality = await finalities(block)
  const transaction = block.transactions[index]
  if (finality === undefined || transaction === undefined) {
    throw new Error(`no final transaction at ${height}/${index}`)
  }
  const path = createTransactionTree(outcomesOf(block)).path(index)
  return receiptOf({ transaction, path, finality })
}

const outcomesOf = ({ transactions, outcomes }: Block) =>
  transactions.flatMap((text, index) => {
    const outcome = outcomes[index]
    return outcome === undefined ? [] : [{ hash: hashOf(utf8(text)), outcome }]
  })
