import { NodeCore } from '#node/loop/node-core.ts'
import type { Clock, Random, Reporter } from '#node/loop/ports.ts'
import type { Seat } from '#node/loop/seating.ts'
import type { NetworkPort } from '#node/network/network-port.ts'
import type { OutboxEntry } from '#node/outbox/outbox.ts'
import { unfinished } from '#node/outbox/unfinished.ts'
import { createInlineChecker } from '#node/pipeline/check-inline.ts'
import type { FinalBlock } from '#node/pipeline/executor.ts'
import { createCoreStorage } from '#node/recovery/core-storage.ts'
import { originOf } from '#node/recovery/genesis-block.ts'
import {
  mayReceiveSnapshot,
  type ReceivingSnapshot,
  receiveSnapshot,
} from '#node/recovery/receive-snapshot.ts'
import { type RecoveredChain, recoverChain } from '#node/recovery/recover-chain.ts'
import { nextSeating, seatingOf } from '#node/start/seat.ts'
import { type Answer, type Done, whenDone, withValue } from '#node/storage/completion.ts'
import type { LocalTable } from '#node/storage/local-table.ts'
import { snapshotPhase } from '#node/storage/snapshot-store.ts'
import {
  openStorage,
  type SegmentSizes,
  type Storage,
  type StoragePorts,
} from '#node/storage/storage.ts'
import type { Block } from '#protocol/chain/block.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Hash } from '#protocol/hash.ts'
import type { Key } from '#protocol/id.ts'
import type { Ledger } from '#protocol/ledger/ledger.ts'
import type { RuleBook } from '#protocol/ledger/rule-book.ts'
import type { SignMessage, VerifySignature } from '#protocol/signature.ts'
import type { VirtualTimers } from './virtual-timers.ts'

/** The inside of a node that is up, as a process on a machine. */
export type OpenProcess = {
  readonly core: NodeCore
  readonly seat: Seat
  readonly storage: Storage
  readonly ledger: Ledger
}

/** Whose machine it is: a member of the first set by its index, or whoever has a consensus key. */
export type SimulatedSeat = {
  readonly me: number
  readonly sign: SignMessage
  readonly consensusKey?: Key
}

export type ProcessParts = {
  readonly genesis: Genesis
  readonly seat: SimulatedSeat | undefined
  /** The rules that its software knows, if not those of this one. */
  readonly rules?: RuleBook
  readonly verify: VerifySignature
  readonly ports: StoragePorts
  readonly segments: SegmentSizes
  readonly clock: Clock
  readonly timers: VirtualTimers
  readonly random: Random
  readonly network: NetworkPort
  readonly report: Reporter
  readonly onFinal: (blocks: readonly FinalBlock[], certificate: Finalization) => void
  readonly onStored: (blocks: readonly Pick<FinalBlock, 'block'>[]) => void
  readonly onFatal: (code: string, detail: string) => void
  /** A new copy may begin with a snapshot: told how it hears of it; undefined once it has ended. */
  readonly onReceiving: ((receiving: ReceivingSnapshot | undefined) => void) | undefined
}

const MEMPOOL = { transactionsMax: 20_000, perScopeMax: 1_024, settledMax: 50_000 }

/** Brings a node's inside up from its disk, as a real node does; `core.start()` is the caller's. */
export const openProcess = (parts: ProcessParts, answer: Answer<OpenProcess>): void =>
  beginWithSnapshot(
    parts,
    whenDone(answer, () => openOnDisk(parts, answer)),
  )

/** A snapshot is worth while from the first block on: the chains here are short. */
const FROM_BLOCKS = 1

const beginWithSnapshot = (parts: ProcessParts, done: Done): void => {
  const { onReceiving, report, ports } = parts
  const { keyValues } = ports
  if (onReceiving === undefined || !mayReceiveSnapshot(keyValues)) {
    done()
    return
  }
  if (snapshotPhase(keyValues) !== undefined) {
    report({ level: 'info', code: 'snapshot_resumed', facts: {} })
  }
  const receiving = receiveSnapshot(
    { ...parts, keyValues, fromBlocks: FROM_BLOCKS, onProgress: () => undefined },
    (result) => {
      onReceiving(undefined)
      if (result.ok) report({ level: 'info', code: `snapshot_${result.value}`, facts: {} })
      done(result.ok ? undefined : result.error)
    },
  )
  onReceiving(receiving)
  receiving.start()
}

const openOnDisk = (parts: ProcessParts, answer: Answer<OpenProcess>): void => {
  const origin = originOf(parts.genesis, parts.rules)
  const { keyValues } = parts.ports
  openStorage(
    parts.ports,
    parts.segments,
    withValue(answer, (storage) =>
      recoverChain(
        { storage, keyValues, origin },
        withValue(answer, (chain) => compose(parts, { storage, chain, origin }, answer)),
      ),
    ),
  )
}

type Recovered = {
  readonly storage: Storage
  readonly chain: RecoveredChain
  readonly origin: ReturnType<typeof originOf>
}

const compose = (
  parts: ProcessParts,
  { storage, chain, origin }: Recovered,
  answer: Answer<OpenProcess>,
): void => {
  const { genesis, verify } = parts
  const own = origin.set.members[parts.seat?.me ?? -1]
  const consensusKey = parts.seat?.consensusKey ?? own?.consensusKey
  const voice = parts.seat && consensusKey && { consensusKey, sign: parts.seat.sign }
  const rules = parts.rules === undefined ? {} : { rules: parts.rules }
  const seatParts = { voice, genesis, origin, verify, ...rules }
  const seating = seatingOf(seatParts, { chain, storage })
  if ('upgradeRequired' in seating) {
    parts.onFatal('upgrade_required', seating.upgradeRequired)
    return
  }
  const { blockTransactionsMax, blockBytesMax } = genesis.parameters
  everything(
    storage.local.quarantine,
    withValue(answer, (quarantined) =>
      openSubmissions(
        storage,
        withValue(answer, (outbox) => {
          const core = new NodeCore({
            ...parts,
            networkId: origin.networkId,
            seating,
            reseat: (crossing) => nextSeating(seatParts, crossing),
            onSeated: () => undefined,
            ledger: chain.ledger,
            history: chain.history,
            final: chain.final,
            limits: {
              mempool: MEMPOOL,
              block: { transactions: blockTransactionsMax, bytes: blockBytesMax },
            },
            storage: createCoreStorage({
              storage,
              wallMs: parts.clock.wallMs,
              onFailure: ({ code, message }) => parts.onFatal(code, message),
            }),
            check: createInlineChecker(verify),
            quarantined: quarantined.map(({ hash }) => hash),
            outbox,
          })
          restoreLogged(openOn({ core, storage, ledger: chain.ledger }), answer)
        }),
      ),
    ),
  )
}

/** Its seat is that of the epoch it is in. */
const openOn = (parts: Omit<OpenProcess, 'seat'>): OpenProcess => ({
  ...parts,
  get seat() {
    return parts.core.seating().seat
  },
})

/** What waits for its outcome since the process ended; the rest is erased. */
const openSubmissions = (storage: Storage, answer: Answer<readonly OutboxEntry[]>): void =>
  everything<OutboxEntry>(
    storage.local.outbox,
    withValue(answer, (entries) =>
      unfinished(
        entries,
        storage.reader,
        withValue(answer, (open) => {
          const ended = entries.filter((entry) => !open.includes(entry)).map(({ hash }) => hash)
          storage.local.outbox.remove(
            ended,
            whenDone(answer, () => answer({ ok: true, value: open })),
          )
        }),
      ),
    ),
  )

/** Blocks that the node voted for and that are not final are held again. */
const restoreLogged = (opened: OpenProcess, answer: Answer<OpenProcess>): void => {
  const { core, storage } = opened
  const digests = storage.logged.map(({ digest }) => digest)
  readAll(
    storage,
    { digests, blocks: [] },
    withValue(answer, (blocks) =>
      core.restore(blocks, (ok) => {
        if (!ok) throw new Error('a block of our own log holds what is not authentic')
        answer({ ok: true, value: opened })
      }),
    ),
  )
}

const readAll = (
  storage: Storage,
  { digests, blocks }: { readonly digests: readonly Hash[]; readonly blocks: readonly Block[] },
  answer: Answer<readonly Block[]>,
): void => {
  const [digest, ...rest] = digests
  if (digest === undefined) {
    answer({ ok: true, value: blocks })
    return
  }
  storage.block(
    digest,
    withValue(answer, (block) => {
      if (block === undefined) throw new Error(`block ${digest} of the log is not in it`)
      readAll(storage, { digests: rest, blocks: [...blocks, block] }, answer)
    }),
  )
}

const everything = <T>(table: LocalTable<T>, answer: Answer<readonly T[]>): void => {
  const values: T[] = []
  table.each(
    (value) => values.push(value),
    whenDone(answer, () => answer({ ok: true, value: values })),
  )
}
