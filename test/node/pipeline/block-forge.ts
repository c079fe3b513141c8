import type { HeaderTemplate } from '#consensus/effect.ts'
import { Executor, type ExecutorParts, type HeldBlock } from '#node/pipeline/executor.ts'
import { createMempool, type Mempool } from '#node/pipeline/mempool.ts'
import { units } from '#protocol/amount.ts'
import { genesisHeader, type Header, headerDigest } from '#protocol/chain/header.ts'
import { walletIdOfKey } from '#protocol/derive.ts'
import { type Hash, ZERO_HASH } from '#protocol/hash.ts'
import { type BlockInput, executeBlock } from '#protocol/ledger/execute-block.ts'
import { createLedger, type Ledger } from '#protocol/ledger/ledger.ts'
import { createHistory } from '#protocol/state/history.ts'
import type { Parameters } from '#protocol/state/parameters.ts'
import { createTransactionTree } from '#protocol/state/transaction-tree.ts'
import type { VerifiedTransaction } from '#protocol/transaction/envelope.ts'
import { COLLECTOR, createWorld, type World } from '../../support/ledger-builders.ts'
import { openVenue, openWallet } from '../../support/venue-builders.ts'

/** What executors of one test share: a genesis and somebody who signs. */
export type Forge = {
  readonly world: World
  /** Moves so many medals; every one has an id of its own. */
  readonly transfer: (amount: number, options?: { readonly expMs?: number }) => VerifiedTransaction
  /** A node's executor at genesis, with what became of its transactions. */
  readonly node: (changes?: Partial<ExecutorParts>) => ForgeNode
}

export type ForgeNode = {
  readonly executor: Executor
  readonly mempool: Mempool
  readonly ledger: Ledger
  readonly poisoned: readonly Hash[]
  readonly broken: readonly string[]
  /** Builds on a parent with these transactions, or with all that wait. */
  readonly build: (
    parent: Pick<HeldBlock, 'header' | 'digest'>,
    options?: { readonly view?: number; readonly of?: readonly VerifiedTransaction[] },
  ) => HeldBlock
}

const LIMITS = { transactionsMax: 1_000, perScopeMax: 1_000, settledMax: 1_000 }

export const createForge = (parameters: Partial<Parameters> = {}): Forge => {
  const world = createWorld(parameters)
  const past: BlockInput[] = []
  world.onBlock((input) => past.push(input))
  const guest = openWallet(world, openVenue(world, 'bar'), 'guest')
  const transfer: Forge['transfer'] = (amount, options = {}) =>
    world.sign(
      COLLECTOR,
      {
        kind: 'transfer',
        from: walletIdOfKey(COLLECTOR.key),
        to: guest.id,
        asset: world.medal,
        amount: units(amount),
      },
      options,
    )
  return { world, transfer, node: (changes = {}) => createNode({ world, past }, changes) }
}

const createNode = (
  { world, past }: { readonly world: World; readonly past: readonly BlockInput[] },
  changes: Partial<ExecutorParts>,
): ForgeNode => {
  const ledger = createLedger(world.genesis)
  for (const block of past) executeBlock(ledger, block)
  const mempool = createMempool(LIMITS)
  const header: Header = {
    ...genesisHeader({
      chainId: ZERO_HASH,
      timestampMs: world.nowMs(),
      transactionRoot: createTransactionTree([]).root(),
      stateRoot: ledger.state.root(),
      historyRoot: createHistory().root(),
      authoritySetHash: ZERO_HASH,
      version: 1,
    }),
    height: past.length,
  }
  const poisoned: Hash[] = []
  const broken: string[] = []
  const executor = new Executor({
    ledger,
    history: createHistory(past.map(() => ZERO_HASH)),
    final: { header, digest: headerDigest(header) },
    mempool,
    isQuarantined: (hash) => poisoned.includes(hash),
    onPoison: (hash) => {
      poisoned.push(hash)
      mempool.settle([hash])
    },
    onBroken: ({ invariant }) => {
      broken.push(invariant)
    },
    ...changes,
  })
  const build: ForgeNode['build'] = (parent, { view = parent.header.view + 1, of = [] } = {}) => {
    for (const transaction of of) mempool.add(transaction)
    const limits = { transactions: 1_000, bytes: 1_048_576 }
    const built = executor.build(templateAbove(parent, view), { limits, allowEmpty: true })
    if (built?.held === undefined) throw new Error('nothing was built')
    return built.held
  }
  return { executor, mempool, ledger, poisoned, broken, build }
}

const templateAbove = (
  { header, digest }: { readonly header: Header; readonly digest: Hash },
  view: number,
): HeaderTemplate => ({
  chainId: header.chainId,
  epoch: header.epoch,
  view,
  height: header.height + 1,
  parentDigest: digest,
  timestampMs: header.timestampMs + view - header.view,
  proposerIndex: 0,
  authoritySetHash: header.authoritySetHash,
  version: header.version,
})
