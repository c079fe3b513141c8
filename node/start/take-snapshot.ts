import type { NodeConfig } from '#config/node-config.ts'
import type { Genesis } from '#protocol/genesis.ts'
import { verifySignature } from '#signature'
import type { Clock } from '../loop/ports.ts'
import { createClock, createTimers } from '../loop/timers.ts'
import { createNetwork } from '../network/create-network.ts'
import type { FinalView } from '../pipeline/executor.ts'
import type { Origin } from '../recovery/genesis-block.ts'
import {
  mayReceiveSnapshot,
  type ReceivingSnapshot,
  receiveSnapshot,
} from '../recovery/receive-snapshot.ts'
import { promised } from '../storage/completion.ts'
import type { KeyValuePort } from '../storage/key-value-port.ts'
import { snapshotPhase } from '../storage/snapshot-store.ts'
import type { SnapshotProgress } from '../sync/snapshot-receiver.ts'
import { admissionListOf } from './admission-list.ts'
import type { NodeKeys } from './node-keys.ts'
import type { NodeReporter } from './reporter.ts'
import { StartError } from './start-error.ts'

/** From one line of the log on how far a snapshot is to the next. */
const PROGRESS_MS = 2_000

export type TakeSnapshotOptions = {
  readonly config: Pick<NodeConfig, 'network' | 'sync'>
  readonly genesis: Genesis
  readonly origin: Origin
  readonly keys: NodeKeys
  readonly reporter: NodeReporter
  /** Asked to stop: what is on disk is gone on with by the next start. */
  readonly signal?: AbortSignal | undefined
  readonly onProgress?: ((progress: SnapshotProgress) => void) | undefined
}

/**
 * Brings an empty store of a node that follows to a snapshot, if the ledger is long. It has a network of
 * its own for that: the node that is then started begins with its store as it finds it, like after any
 * other stop. Throws a `StartError` when it is asked to stop meanwhile, and `StorageError`s.
 */
export const takeSnapshot = async (
  options: TakeSnapshotOptions,
  keyValues: KeyValuePort,
): Promise<void> => {
  const { config, genesis, origin, keys, reporter, signal } = options
  // Of an authority votes may be in the blocks that a snapshot leaves out.
  if (keys.voice !== undefined || !mayReceiveSnapshot(keyValues)) return
  const clock = createClock()
  const timers = createTimers(clock)
  let receiving: ReceivingSnapshot | undefined
  const network = await createNetwork({
    network: origin.networkId,
    seed: keys.networkSeed,
    listen: config.network.listen,
    admission: admissionListOf({
      network: config.network,
      view: genesisView(origin),
      invited: [],
    }),
    topics: [],
    report: reporter.report,
    handlers: {
      onMessage: (from, bytes) => receiving?.onMessage(from, bytes),
      onGossip: (_topic, _from, _bytes, verdict) => verdict('ignore'),
      onPeer: (peer, state) => receiving?.onPeer(peer, state),
    },
  })
  try {
    const received = promised<'received' | 'none'>((answer) => {
      receiving = receiveSnapshot(
        {
          ...{ keyValues, genesis, clock, timers, network },
          verify: verifySignature,
          fromBlocks: config.sync.snapshotFromBlocks,
          onProgress: tellProgress(options, clock),
        },
        answer,
      )
    })
    // Nobody may hold one for a while: whoever asks is told meanwhile.
    const phase = snapshotPhase(keyValues)
    if (phase !== undefined)
      options.onProgress?.({ height: phase.height, slots: 0, of: 0, peers: 0 })
    receiving?.start()
    for (const { peer } of network.peers()) receiving?.onPeer(peer, 'up')
    const end = await Promise.race([received, aborted(signal)])
    if (end === 'received') reporter.report({ level: 'info', code: 'snapshot_received', facts: {} })
    if (end !== 'aborted') return
    throw new StartError('stopped', 'asked to stop before it had a copy of the ledger')
  } finally {
    timers.stop()
    await network.stop()
  }
}

const tellProgress = (
  { reporter, onProgress }: TakeSnapshotOptions,
  clock: Clock,
): ((progress: SnapshotProgress) => void) => {
  let toldAtMs = Number.NEGATIVE_INFINITY
  return (progress) => {
    onProgress?.(progress)
    const nowMs = clock.monotonicMs()
    if (nowMs - toldAtMs < PROGRESS_MS && progress.slots < progress.of) return
    toldAtMs = nowMs
    reporter.report({ level: 'info', code: 'snapshot_progress', facts: { ...progress } })
  }
}

const aborted = (signal: AbortSignal | undefined): Promise<'aborted'> =>
  new Promise((resolve) => {
    if (signal?.aborted === true) resolve('aborted')
    signal?.addEventListener('abort', () => resolve('aborted'), { once: true })
  })

/** Whom the network consists of as genesis says. */
const genesisView = ({ ledger: { state } }: Origin): FinalView => ({
  get: (family, key) => state.get(family, key),
  *records(family) {
    for (const { record } of state.entries(family)) yield record
  },
})
