import { availableParallelism } from 'node:os'
import type { NodeConfig } from '#config/node-config.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import { verifySignature } from '#signature'
import { NodeCore } from '../loop/node-core.ts'
import type { Clock, Reporter, Timers } from '../loop/ports.ts'
import type { Seating } from '../loop/seating.ts'
import type { NetworkPort } from '../network/network-port.ts'
import type { OutboxEntry } from '../outbox/outbox.ts'
import { unfinished } from '../outbox/unfinished.ts'
import { createWorkerChecker } from '../pipeline/check-in-workers.ts'
import { createInlineChecker } from '../pipeline/check-inline.ts'
import type { FinalBlock } from '../pipeline/executor.ts'
import type { SignatureChecker } from '../pipeline/ingress.ts'
import { createCoreStorage } from '../recovery/core-storage.ts'
import type { Origin } from '../recovery/genesis-block.ts'
import { type RecoveredChain, recoverChain } from '../recovery/recover-chain.ts'
import { promised } from '../storage/completion.ts'
import type { DataDirectory } from '../storage/data-directory.ts'
import type { LocalTable } from '../storage/local-table.ts'
import { StorageError } from '../storage/storage-error.ts'
import { type NodeKeys, requireIdentity } from './node-keys.ts'
import { nextSeating, seatingOf } from './seat.ts'
import { StartError } from './start-error.ts'

export type CoreOptions = {
  readonly config: Pick<NodeConfig, 'mempool' | 'signatureChecks'>
  readonly genesis: Genesis
  readonly origin: Origin
  readonly keys: NodeKeys
  readonly directory: DataDirectory
  readonly network: NetworkPort
  readonly clock: Clock
  readonly timers: Timers
  readonly report: Reporter
  readonly onFinal: (blocks: readonly FinalBlock[], certificate: Finalization) => void
  readonly onStored: (blocks: readonly Pick<FinalBlock, 'block'>[]) => void
  readonly onSeated: (seating: Seating) => void
  readonly onFatal: (code: string, detail: string) => void
}

export type OpenedCore = {
  readonly core: NodeCore
  readonly chain: RecoveredChain
  readonly check: SignatureChecker
  readonly stop: () => Promise<void>
}

/** Hashes of settled transactions remembered: some seconds of full load. */
const SETTLED_MAX = 50_000

/** Brings a node's inside up from its disk; `core.start()` is still to be called. */
export const openCore = async (options: CoreOptions): Promise<OpenedCore> => {
  const { directory, origin, genesis, keys, clock, config } = options
  const { storage, keyValues } = directory
  const chain = await promised<RecoveredChain>((answer) =>
    recoverChain({ storage, keyValues, origin }, answer),
  )
  const seatParts = { voice: keys.voice, genesis, origin }
  const seating = seatingOf(seatParts, { chain, storage })
  if ('upgradeRequired' in seating)
    throw new StartError('upgrade_required', seating.upgradeRequired)
  requireIdentity(keys, seating.set)
  const checker = createChecker(config.signatureChecks, options.onFatal)
  const { blockTransactionsMax, blockBytesMax } = genesis.parameters
  const core: NodeCore = new NodeCore({
    ...options,
    networkId: origin.networkId,
    seating,
    reseat: (crossing) => nextSeating(seatParts, crossing),
    ledger: chain.ledger,
    history: chain.history,
    final: chain.final,
    limits: {
      mempool: { ...config.mempool, settledMax: SETTLED_MAX },
      block: { transactions: blockTransactionsMax, bytes: blockBytesMax },
    },
    random: Math.random,
    storage: createCoreStorage({
      storage,
      wallMs: clock.wallMs,
      onFailure: ({ code, message }) => {
        // Nothing is decided or said any more: what would have to be on disk for it cannot be.
        core.stop()
        options.onFatal(code, message)
      },
    }),
    check: checker.check,
    verify: verifySignature,
    quarantined: (await everything(storage.local.quarantine)).map(({ hash }) => hash),
    outbox: await openSubmissions(directory),
  })
  await restoreLogged(core, directory)
  return { core, chain, check: checker.check, stop: checker.stop }
}

/** What waits for its outcome since the node stopped; the rest is erased. */
const openSubmissions = async ({ storage }: DataDirectory): Promise<readonly OutboxEntry[]> => {
  const entries = await everything<OutboxEntry>(storage.local.outbox)
  const open = await promised<readonly OutboxEntry[]>((answer) =>
    unfinished(entries, storage.reader, answer),
  )
  const ended = new Set(entries.map(({ hash }) => hash))
  for (const { hash } of open) ended.delete(hash)
  await promised<undefined>((answer) =>
    storage.local.outbox.remove([...ended], (error) =>
      answer(error === undefined ? { ok: true, value: undefined } : { ok: false, error }),
    ),
  )
  return open
}

/** Blocks that this node has voted for and that are not final are in the log: it holds them again. */
const restoreLogged = async (core: NodeCore, { storage }: DataDirectory): Promise<void> => {
  const blocks: Block[] = []
  for (const { digest } of storage.logged) blocks.push(await readBlock(storage, digest))
  const restored = await new Promise<boolean>((resolve) => core.restore(blocks, resolve))
  if (!restored) throw corruptLog('it holds a transaction that is not authentic')
}

const readBlock = async (storage: DataDirectory['storage'], digest: Hash): Promise<Block> => {
  const block = await promised<Block | undefined>((answer) => storage.block(digest, answer))
  if (block === undefined) throw corruptLog(`it lacks block ${digest}`)
  return block
}

const everything = async <T>(table: LocalTable<T>): Promise<readonly T[]> => {
  const values: T[] = []
  await promised<undefined>((answer) =>
    table.each(
      (value) => values.push(value),
      (error) =>
        answer(error === undefined ? { ok: true, value: undefined } : { ok: false, error }),
    ),
  )
  return values
}

const createChecker = (
  kind: NodeConfig['signatureChecks'],
  onFatal: CoreOptions['onFatal'],
): { readonly check: SignatureChecker; readonly stop: () => Promise<void> } => {
  if (kind === 'inline') {
    return { check: createInlineChecker(verifySignature), stop: () => Promise.resolve() }
  }
  const threads = Math.max(1, availableParallelism() - 1)
  return createWorkerChecker(threads, (error) => onFatal('signature_worker_failed', error.message))
}

const corruptLog = (detail: string): StorageError =>
  new StorageError(
    'block_log_corrupt',
    `the block log is corrupt: ${detail}. Keep the directory for inspection and restore a backup`,
  )
