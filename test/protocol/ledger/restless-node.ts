import { type BlockInput, executeBlock } from '#protocol/ledger/execute-block.ts'
import { type Ledger, type LedgerUndo, undoBlock } from '#protocol/ledger/ledger.ts'
import { restarted, type Stored, storedAtGenesis, storedWith } from './dump.ts'

/** A node that takes blocks back, does them again and restarts between any two of them. */
export const createRestlessNode = (first: Ledger) => {
  let ledger = first
  let stored: Stored = storedAtGenesis(first)
  const done: { input: BlockInput; undo: LedgerUndo; before: Stored }[] = []
  const execute = (input: BlockInput) => {
    const execution = executeBlock(ledger, input)
    if (!execution.ok) throw new Error(JSON.stringify(execution))
    done.push({ input, undo: execution.undo, before: stored })
    stored = storedWith(stored, execution.changes.writes)
    return execution
  }
  return {
    execute,
    /** Takes back up to `count` blocks, and does them again. */
    waver: (count: number) => {
      const again: BlockInput[] = []
      for (const { input, undo, before } of done.splice(-count).reverse()) {
        undoBlock(ledger, undo)
        stored = before
        again.unshift(input)
      }
      for (const input of again) execute(input)
    },
    restart: () => {
      ledger = restarted(ledger, stored)
      done.length = 0
    },
  }
}
