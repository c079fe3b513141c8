import type { FinalBlock } from '#node/pipeline/executor.ts'
import { fixedAssetIdOf, walletIdOfKey } from '#protocol/derive.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import type { LedgerEvent } from '#protocol/ledger/event.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import type { Checker } from '../observation.ts'

/** Kinds that make or end money; every other event moves nothing in or out of an asset. */
const CREATES: ReadonlySet<Kind> = new Set(['issue', 'batch'])
const BURNS: ReadonlySet<Kind> = new Set([
  'cashout',
  'payout.settle',
  'reverse',
  'deficit.cover',
  'clearing.settle',
  'batch',
])

/**
 * Invariant 10: money is neither made nor lost but by who may, no balance is negative, a transaction
 * is executed at most once, and a payment id has one outcome.
 */
export const createMoney = (genesis: Genesis): Checker => {
  // Balances as the movements of the final chain alone give them, by `wallet/asset`.
  const book = new Map<string, number>(
    genesis.fixedAssets.map(({ owner, supply }, index) => [
      `${walletIdOfKey(owner)}/${fixedAssetIdOf(genesis, index)}`,
      supply,
    ]),
  )
  const executed = new Map<Hash, number>()
  const outcomes = new Map<string, string>()
  let height = 0

  const move = (event: LedgerEvent): string | undefined => {
    const sums = new Map<string, number>()
    for (const { wallet, asset, change } of event.movements) {
      const key = `${wallet}/${asset}`
      const balance = (book.get(key) ?? 0) + change
      book.set(key, balance)
      sums.set(asset, (sums.get(asset) ?? 0) + change)
      if (balance < 0) return `${key} fell to ${balance}`
    }
    return unbalanced(event, sums)
  }

  const take = (event: LedgerEvent): string | undefined => {
    const { scope, id, outcome, movements } = event
    const key = `${scope}/${id}`
    const before = outcomes.get(key)
    if (before !== undefined) return `payment ${key} ended twice: ${before}, ${outcome}`
    outcomes.set(key, outcome)
    if (outcome !== 'applied' && movements.length > 0) return `${outcome} moved money`
    return move(event)
  }

  const onBlock = ({ block, transactions, events }: FinalBlock): string | undefined => {
    if (block.header.height <= height) return undefined
    height = block.header.height
    for (const { hash } of transactions) {
      const at = executed.get(hash)
      if (at !== undefined) return `transaction ${hash} at heights ${at} and ${height}`
      executed.set(hash, height)
    }
    for (const event of events) {
      const wrong = take(event)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  return {
    name: 'money',
    see: (observation) =>
      observation.type === 'final' && observation.who.honest
        ? onBlock(observation.block)
        : undefined,
  }
}

/** A sale issues what it sells, and is never paid with that. */
const isBought = ({ kind, legs = [] }: LedgerEvent, asset: string): boolean =>
  kind === 'sale' && !legs.some((leg) => leg.asset === asset)

const unbalanced = (event: LedgerEvent, sums: ReadonlyMap<string, number>): string | undefined => {
  const { kind } = event
  for (const [asset, sum] of sums) {
    if (sum > 0 && !CREATES.has(kind) && !isBought(event, asset))
      return `a ${kind} made ${sum} of ${asset}`
    if (sum < 0 && !BURNS.has(kind)) return `a ${kind} lost ${-sum} of ${asset}`
  }
  return undefined
}
