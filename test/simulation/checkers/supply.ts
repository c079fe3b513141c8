import { z } from 'zod'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import { fixedAssetIdOf, walletIdOfKey } from '#protocol/derive.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Checker } from '../observation.ts'

const Amount = z.int().min(0)
const Balance = z.object({
  wallet: z.string(),
  asset: z.string(),
  available: Amount,
  held: Amount,
})
const Asset = z.object({ id: z.string(), supply: Amount, issued: Amount, burned: Amount })

/**
 * Invariant 10 and the first of ledger.md §11: per asset all balances together are its supply, and that
 * is what was issued less what was burned.
 */
export const createSupply = (genesis: Genesis): Checker => {
  const supplies = new Map<string, number>()
  /** Exact: while a block is taken, balances may be more than the largest supply. */
  const sums = new Map<string, bigint>()
  const balances = new Map<string, bigint>()
  for (const [index, { owner, supply }] of genesis.fixedAssets.entries()) {
    const asset = fixedAssetIdOf(genesis, index)
    supplies.set(asset, supply)
    sums.set(asset, BigInt(supply))
    balances.set(`${walletIdOfKey(owner)}/${asset}`, BigInt(supply))
  }
  let height = 0

  const takeBalance = (text: string): void => {
    const { wallet, asset, available, held } = Balance.parse(JSON.parse(text))
    const key = `${wallet}/${asset}`
    const before = balances.get(key) ?? 0n
    const after = BigInt(available) + BigInt(held)
    balances.set(key, after)
    sums.set(asset, (sums.get(asset) ?? 0n) + after - before)
  }

  const takeAsset = (text: string): string | undefined => {
    const { id, supply, issued, burned } = Asset.parse(JSON.parse(text))
    supplies.set(id, supply)
    return supply === issued - burned
      ? undefined
      : `${id}: supply ${supply}, issued ${issued}, burned ${burned}`
  }

  const judge = (writes: FinalBlock['writes']): string | undefined => {
    for (const { family, text } of writes) {
      if (family === 'balance') takeBalance(text)
      const wrong = family === 'asset' ? takeAsset(text) : undefined
      if (wrong !== undefined) return wrong
    }
    return difference()
  }

  const difference = (): string | undefined => {
    for (const [asset, sum] of sums) {
      const supply = supplies.get(asset) ?? 0
      if (sum !== BigInt(supply)) return `${asset}: balances of ${sum}, a supply of ${supply}`
    }
    return undefined
  }

  return {
    name: 'supply',
    see: (observation) => {
      if (observation.type !== 'final' || !observation.who.honest) return undefined
      const { block, writes } = observation.block
      if (block.header.height <= height) return undefined
      height = block.header.height
      return judge(writes)
    },
  }
}
