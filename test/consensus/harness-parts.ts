import type { Effect, TimerName } from '#consensus/effect.ts'
import type { Event } from '#consensus/event.ts'
import {
  decodeJournalRecord,
  encodeJournalRecord,
  type JournalRecord,
} from '#consensus/journal-record.ts'
import type { Recovered, ReplicaConfig } from '#consensus/replica-config.ts'
import { utf8 } from '#protocol/bytes.ts'
import type { AuthoritySet } from '#protocol/chain/authority-set.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import { SEGMENT_BLOCKS_MAX } from '#protocol/chain/chain-limits.ts'
import type { Decoded } from '#protocol/chain/decoded.ts'
import { genesisHeader, type Header, headerDigest } from '#protocol/chain/header.ts'
import { type ConsensusMessage, decodeMessage, encodeMessage } from '#protocol/chain/message.ts'
import { type Hash, hashOf, ZERO_HASH } from '#protocol/hash.ts'
import { standInVerify } from './stand-in-keys.ts'
import type { createVirtualClock } from './virtual-clock.ts'

/** What the harness of one set and that of many epochs have in common: time, disk and blocks. */

/** A block as a harness executes it: its transactions are hashes. */
export type Held = {
  readonly header: Header
  readonly digest: Hash
  readonly hashes: readonly Hash[]
}
export type Final = { readonly blocks: readonly Held[]; readonly certificate: Finalization }
export type Disk = { journal: Uint8Array[]; blockLog: Held[]; store: Final[] }

/** One process with its disk. */
export type Machine = {
  readonly disk: Disk
  readonly held: Map<Hash, Held>
  executed: Set<Hash>
  readonly mempool: Set<Hash>
  alive: boolean
  /** Counts starts: what was planned for an earlier one never happens. */
  life: number
  readonly timers: Map<TimerName, number>
}

export const START_WALL_MS = 1_700_000_000_000

/** What every harness sets its replicas to. */
export const COMMON_CONFIG = {
  deltaMs: 100,
  heartbeatMs: 3_600_000,
  minBlockGapMs: 0,
  rulesVersion: 1,
  leaderOffset: 0,
  past: [],
  verify: standInVerify,
} as const satisfies Partial<ReplicaConfig>

export type Origin = { readonly header: Header; readonly digest: Hash }

export const originOfSet = (chainId: Hash, set: AuthoritySet): Origin => {
  const header = genesisHeader({
    chainId,
    timestampMs: START_WALL_MS - 1_000,
    transactionRoot: ZERO_HASH,
    stateRoot: ZERO_HASH,
    historyRoot: ZERO_HASH,
    authoritySetHash: set.hash,
    version: 1,
  })
  return { header, digest: headerDigest(header) }
}

export const newMachine = ({ digest }: Origin): Machine => ({
  disk: { journal: [], blockLog: [], store: [] },
  held: new Map(),
  executed: new Set([digest]),
  mempool: new Set(),
  alive: true,
  life: 0,
  timers: new Map(),
})

/** The process is gone; its disk stays. */
export const kill = (machine: Machine): void => {
  machine.alive = false
  machine.life += 1
}

/** A new process that has what is on the disk, and nothing else. */
export const reload = (machine: Machine, { digest }: Origin): void => {
  const { disk, held, timers } = machine
  machine.life += 1
  machine.alive = true
  timers.clear()
  held.clear()
  const finals = disk.store.flatMap(({ blocks }) => blocks)
  for (const block of [...disk.blockLog, ...finals]) held.set(block.digest, block)
  machine.executed = new Set([digest, ...finals.map((block) => block.digest)])
}

export const recoveredFrom = ({ journal, blockLog, store }: Disk, origin: Origin): Recovered => {
  const last = store.at(-1)
  const tip = last?.blocks.at(-1)
  return {
    records: journal.map((bytes) => decodedOrThrow(decodeJournalRecord(bytes))),
    finalised:
      last === undefined || tip === undefined
        ? { ...origin, certificate: null }
        : { header: tip.header, digest: tip.digest, certificate: last.certificate },
    blocks: blockLog,
  }
}

export const persistIn = ({ disk, held }: Machine, record: JournalRecord): void => {
  disk.journal.push(encodeJournalRecord(record))
  if (record.type !== 'block') return
  const block = held.get(record.digest)
  if (block === undefined) throw new Error('a block to persist is not held')
  disk.blockLog.push(block)
}

/** Transactions of the mempool in no block up to `tip`. */
export const waitingIn = ({ held, mempool }: Machine, tip: Hash): readonly Hash[] => {
  const used = new Set<Hash>()
  for (let block = held.get(tip); block; block = held.get(block.header.parentDigest)) {
    for (const hash of block.hashes) used.add(hash)
  }
  return [...mempool].filter((hash) => !used.has(hash))
}

/** The header that the executor of a harness completes; flags and the next set are its own. */
export const headerOver = (
  { template, parentDigest }: Extract<Effect, { type: 'build' }>,
  hashes: readonly Hash[],
): Header => ({
  ...template,
  nextSetHash: template.authoritySetHash,
  transactionCount: hashes.length,
  transactionRoot: rootOf(hashes),
  stateRoot: rootOf([parentDigest, ...hashes]),
  historyRoot: ZERO_HASH,
  flags: 0,
})

/** A timer of this life, replaced by the next one of its name. */
export const armTimer = (
  { life, timers }: Machine,
  effect: Extract<Effect, { type: 'setTimer' }>,
  ports: {
    readonly clock: ReturnType<typeof createVirtualClock>
    readonly isOf: (life: number) => boolean
    readonly fire: (event: Event) => void
  },
): void => {
  const { timer, epoch, view, atMs } = effect
  const { clock, isOf, fire } = ports
  const plan = clock.planned()
  timers.set(timer, plan)
  clock.after(Math.max(0, atMs - clock.nowMs()), () => {
    if (!isOf(life) || timers.get(timer) !== plan) return
    timers.delete(timer)
    fire({ type: 'timer', timer, epoch, view })
  })
}

export const fetchedBlockFrom = (
  machine: Machine,
  digest: Hash,
  peers: readonly Machine[],
): Event => {
  const found = peers.flatMap((peer) => (peer.alive ? (peer.held.get(digest) ?? []) : []))[0]
  if (found === undefined) return { type: 'fetchFailed', what: 'block', digest }
  machine.held.set(digest, found)
  return { type: 'fetchedBlock', header: found.header, digest }
}

/** Final blocks of a peer's store from a height on. */
export const storedFrom = ({ disk }: Machine, fromHeight: number): readonly Final[] =>
  disk.store.filter(({ blocks }) => (blocks.at(-1)?.header.height ?? 0) >= fromHeight)

/** What one answer holds of final runs: whole ones, or the end of a first one that is too long. */
export const fetchedSegmentsFrom = (
  machine: Machine,
  fromHeight: number,
  { from, stored }: { readonly from: string; readonly stored: readonly Final[] },
): Event => {
  if (stored.length === 0) return { type: 'fetchFailed', what: 'segments', fromHeight }
  const segments = servedOf(stored, fromHeight)
  for (const block of segments.flatMap(({ blocks }) => blocks)) {
    machine.held.set(block.digest, block)
  }
  return { type: 'fetchedSegments', from, segments }
}

export const servedOf = (stored: readonly Final[], fromHeight: number): readonly Final[] => {
  const [first] = stored
  const wanted = first?.blocks.filter(({ header }) => header.height >= fromHeight) ?? []
  if (first === undefined || wanted.length <= SEGMENT_BLOCKS_MAX) return stored.slice(0, 32)
  return [{ ...first, blocks: wanted.slice(-SEGMENT_BLOCKS_MAX) }]
}

/** A message as it comes out of the codec at the other end. */
export const overTheWire = (message: ConsensusMessage): ConsensusMessage =>
  decodedOrThrow(decodeMessage(encodeMessage(message)))

/** Stands for a Merkle root. */
export const rootOf = (hashes: readonly Hash[]): Hash => hashOf(utf8(hashes.join()))

export const decodedOrThrow = <T>(decoded: Decoded<T>): T => {
  if (!decoded.ok) throw new Error(decoded.code)
  return decoded.value
}
