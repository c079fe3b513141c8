import { z } from 'zod'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import type { Checker } from '../observation.ts'

const Amount = z.int().min(0)
const Balance = z.object({
  wallet: z.string(),
  asset: z.string(),
  available: Amount,
  held: Amount,
  totalIn: Amount,
  totalOut: Amount,
})
const Grant = z.object({
  id: z.string(),
  total: Amount,
  caps: z.object({ total: Amount.optional() }),
})
const Sale = z.object({
  id: z.string(),
  legs: z.array(z.object({ amount: Amount })),
  refunded: Amount,
})

type Totals = { readonly in: number; readonly out: number }

/**
 * Invariants of the ledger that one record shows (ledger.md §11): what went in less what went out is
 * what is there, neither total falls, a grant stays within its cap, a sale is refunded at most in full.
 */
export const createRecords = (): Checker => {
  const totals = new Map<string, Totals>()

  const judgeBalance = (text: string): string | undefined => {
    const { wallet, asset, available, held, totalIn, totalOut } = Balance.parse(JSON.parse(text))
    const key = `${wallet}/${asset}`
    const before = totals.get(key)
    totals.set(key, { in: totalIn, out: totalOut })
    if (totalIn - totalOut !== available + held) {
      return `${key}: ${totalIn} in, ${totalOut} out, ${available} and ${held} there`
    }
    const fell = before !== undefined && (totalIn < before.in || totalOut < before.out)
    return fell ? `${key}: a total fell` : undefined
  }

  const judge = ({ family, text }: FinalBlock['writes'][number]): string | undefined => {
    if (family === 'balance' && !isFree(text)) return judgeBalance(text)
    if (family === 'grant' && !isFree(text)) return judgeGrant(text)
    return family === 'sale' && !isFree(text) ? judgeSale(text) : undefined
  }

  let height = 0
  return {
    name: 'records',
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      const { block, writes } = observation.block
      if (block.header.height <= height) return undefined
      height = block.header.height
      for (const write of writes) {
        const wrong = judge(write)
        if (wrong !== undefined) return wrong
      }
      return undefined
    },
  }
}

/** A slot without a record holds a link to the next free one. */
const isFree = (text: string): boolean => !text.includes('"id"') && !text.includes('"wallet"')

const judgeGrant = (text: string): string | undefined => {
  const { id, total, caps } = Grant.parse(JSON.parse(text))
  return caps.total !== undefined && total > caps.total
    ? `grant ${id} moved ${total} of ${caps.total}`
    : undefined
}

const judgeSale = (text: string): string | undefined => {
  const { id, legs, refunded } = Sale.parse(JSON.parse(text))
  const sold = legs.reduce((sum, { amount }) => sum + amount, 0)
  return refunded > sold ? `sale ${id} of ${sold} is refunded ${refunded}` : undefined
}
