import { units } from '#protocol/amount.ts'
import { genesisHeader, type Header } from '#protocol/chain/header.ts'
import { ZERO_HASH } from '#protocol/hash.ts'
import { deriveId, type NetworkId, type WalletId } from '#protocol/id.ts'
import { type BlockFrame, beginBlock } from '#protocol/ledger/block-work.ts'
import { createLedger, type Ledger } from '#protocol/ledger/ledger.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { genesisOf } from '../grown/begin-grown.ts'
import { contentOf, saleContent, signedMsOf } from '../grown/block-content.ts'
import { castOf } from '../grown/cast.ts'
import { CARDS_PER_BLOCK, FIRST_BLOCKS, type GrownSizes } from '../grown/sizes.ts'

/** A ledger in memory whose cards pay, and whose other balances only make it large. */
export type GrownMemory = {
  readonly ledger: Ledger
  readonly networkId: NetworkId
  readonly header: Header
  /** The next block of sales, signed: each by a card far from the one before. */
  readonly nextBlock: () => {
    readonly transactions: readonly VerifiedTransaction[]
    readonly frame: BlockFrame
  }
}

export const PAYMENTS_PER_BLOCK = 1_000
/** Cards that pay: more than pay in one block by far. */
const CARDS = 20_000
const START_MS = 1_781_978_400_000
/** A block a second: nothing lapses meanwhile. */
const BLOCK_MS = 1_000
const FILLED_AT_ONCE = 50_000

/**
 * Grows a ledger to so many balances. Cards that pay come by the rules; the rest are put past all rules, in
 * the slots that they would have: what a root costs depends on how many there are.
 */
export const growInMemory = (balances: number): GrownMemory => {
  const cards = Math.min(CARDS, balances)
  const sizes: GrownSizes = { wallets: cards, payments: 0, tills: 8, days: 365, seed: 'memory' }
  const genesis = genesisOf(sizes, AUTHORITIES, START_MS)
  const cast = castOf(genesis, sizes, signedMsOf(timeOf(FIRST_BLOCKS)))
  const ledger = createLedger(genesis)
  const firstSale = FIRST_BLOCKS + Math.ceil(cards / CARDS_PER_BLOCK) + 1
  let height = 0
  const frameOf = (at: number): BlockFrame => ({
    height: at,
    parentMs: timeOf(at - 1),
    timestampMs: timeOf(at),
  })
  while (height < firstSale - 1) {
    height += 1
    const frame = frameOf(height)
    execute(ledger, frame, contentOf(cast, { ...sizes, payments: 1_000_000 }, frame))
  }
  fill(ledger, cast.asset, balances - cards)
  return {
    ledger,
    networkId: cast.networkId,
    header: genesisHeader({
      chainId: ZERO_HASH,
      timestampMs: START_MS,
      transactionRoot: ZERO_HASH,
      stateRoot: ZERO_HASH,
      historyRoot: ZERO_HASH,
      authoritySetHash: ZERO_HASH,
      version: 1,
    }),
    nextBlock: () => {
      height += 1
      const from = (height - firstSale) * PAYMENTS_PER_BLOCK
      const range = { from, to: from + PAYMENTS_PER_BLOCK, timestampMs: timeOf(height) }
      return { transactions: saleContent(cast, sizes, range), frame: frameOf(height) }
    },
  }
}

const AUTHORITIES = [{ name: 'authority-1', port: 4_001 }]

const timeOf = (height: number): number => START_MS + height * BLOCK_MS

const execute = (
  ledger: Ledger,
  frame: BlockFrame,
  transactions: readonly VerifiedTransaction[],
): void => {
  const work = beginBlock(ledger, frame)
  for (const transaction of transactions) {
    const step = work.step(transaction)
    if (step.kind !== 'recorded' || step.event.outcome !== 'applied') {
      throw new Error(`${transaction.body.kind}: ${JSON.stringify(step)}`)
    }
  }
  work.seal()
}

const fill = (
  { state }: Ledger,
  asset: Parameters<typeof createBalance>[1],
  count: number,
): void => {
  for (let from = 0; from < count; from += FILLED_AT_ONCE) {
    state.beginBlock()
    for (let index = from; index < Math.min(count, from + FILLED_AT_ONCE); index++) {
      const record = createBalance(deriveId('wal', 'filler', String(index)), asset)
      state.put('balance', `${record.wallet}/${asset}`, record)
    }
    state.sealBlock()
  }
}

const createBalance = (wallet: WalletId, asset: ReturnType<typeof castOf>['asset']) => ({
  wallet,
  asset,
  available: units(20_000),
  held: units(0),
  totalIn: units(20_000),
  totalOut: units(0),
})
