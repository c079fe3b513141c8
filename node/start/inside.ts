import type { NodeConfig } from '#config/node-config.ts'
import type { Finalization } from '#protocol/chain/certificate.ts'
import type { Genesis } from '#protocol/genesis.ts'
import type { Kind } from '#protocol/transaction/kinds/transaction-body.ts'
import type { KeyStore } from '../keys/key-store.ts'
import type { NodeCore } from '../loop/node-core.ts'
import type { Clock, Timers } from '../loop/ports.ts'
import type { Seating } from '../loop/seating.ts'
import { createClock, createTimers } from '../loop/timers.ts'
import { createNetwork, type Network, topicsOf } from '../network/create-network.ts'
import type { PeerName } from '../network/network-port.ts'
import type { FinalBlock } from '../pipeline/executor.ts'
import type { SignatureChecker } from '../pipeline/ingress.ts'
import { createRecent, type Recent } from '../reads/recent.ts'
import { type Origin, originOf } from '../recovery/genesis-block.ts'
import type { RecoveredChain } from '../recovery/recover-chain.ts'
import { DataDirectory } from '../storage/data-directory.ts'
import { BLOCK_SEGMENT_BYTES, JOURNAL_SEGMENT_BYTES } from '../storage/limits.ts'
import { storageErrorOf } from '../storage/storage-error.ts'
import type { SnapshotProgress } from '../sync/snapshot-receiver.ts'
import { admissionListOf } from './admission-list.ts'
import { type Halt, isKept, readHalt, writeHalt } from './halt-record.ts'
import { inTime } from './in-time.ts'
import { type NodeKeys, nodeKeysOf } from './node-keys.ts'
import { openCore } from './open-core.ts'
import type { NodeReporter } from './reporter.ts'
import { takeSnapshot } from './take-snapshot.ts'

/**
 * How long a stop waits for what was given to the disk; sixteen groups of a slow one. What is not on
 * it then was promised to nobody.
 */
const DISK_STOP_MS = 10_000

/** What changes whom a node speaks with. */
const ADMITTING: ReadonlySet<string> = new Set<Kind>([
  'authority.change',
  'place.register',
  'place.suspend',
  'place.update',
])

export type InsideOptions = {
  readonly config: NodeConfig
  readonly genesis: Genesis
  readonly keyStore: KeyStore
  readonly dataDirectory: string
  readonly reporter: NodeReporter
  /** Asked to stop while it starts. */
  readonly signal?: AbortSignal | undefined
  /** How far a snapshot is received. */
  readonly onProgress?: ((progress: SnapshotProgress) => void) | undefined
}

type FinalWatcher = (blocks: readonly FinalBlock[]) => void

type Parts = {
  readonly options: InsideOptions
  readonly origin: Origin
  readonly keys: NodeKeys
  readonly clock: Clock
  readonly timers: Timers
  readonly directory: DataDirectory
  readonly network: Network
  /** What an earlier run found about the chain: this node takes no part. */
  readonly halt: Halt | undefined
}

/** A node without its doors: disk, network and core, joined. */
export class Inside {
  readonly origin: Origin
  readonly keys: NodeKeys
  readonly clock: Clock
  readonly network: Network
  readonly directory: DataDirectory
  readonly core: NodeCore
  readonly chain: RecoveredChain
  readonly check: SignatureChecker
  readonly recent: Recent
  readonly reporter: NodeReporter
  readonly #parts: Parts
  readonly #stopChecks: () => Promise<void>
  /** What is found in this run is on disk. */
  #haltWritten: Promise<void> = Promise.resolve()
  readonly #watchers: FinalWatcher[] = []
  #invited: readonly PeerName[] = []
  #started = false

  private constructor(parts: Parts, opened: Awaited<ReturnType<typeof openCore>>, recent: Recent) {
    this.#parts = parts
    this.origin = parts.origin
    this.keys = parts.keys
    this.clock = parts.clock
    this.network = parts.network
    this.directory = parts.directory
    this.reporter = parts.options.reporter
    this.core = opened.core
    this.chain = opened.chain
    this.check = opened.check
    this.recent = recent
    this.#stopChecks = opened.stop
  }

  /** Takes the lock of the data directory first: one process a node. */
  static async open(options: InsideOptions): Promise<Inside> {
    const { config, genesis, keyStore, dataDirectory } = options
    const origin = originOf(genesis)
    const keys = nodeKeysOf(config.role, keyStore)
    const directory = await DataDirectory.open({
      path: dataDirectory,
      network: origin.networkId,
      segments: { journal: JOURNAL_SEGMENT_BYTES, blocks: BLOCK_SEGMENT_BYTES },
      prepare: (keyValues) => takeSnapshot({ ...options, origin, keys }, keyValues),
    })
    try {
      return await Inside.#openOn(directory, options, { origin, keys })
    } catch (cause) {
      // Why it cannot start is what counts, whatever closing says.
      await directory[Symbol.asyncDispose]().catch(() => undefined)
      throw cause
    }
  }

  static async #openOn(
    directory: DataDirectory,
    options: InsideOptions,
    { origin, keys }: Pick<Parts, 'origin' | 'keys'>,
  ): Promise<Inside> {
    const { config, dataDirectory, reporter } = options
    const halt = await readHalt(dataDirectory)
    const clock = createClock()
    const timers = createTimers(clock)
    let inside: Inside | undefined
    const network = await createNetwork({
      network: origin.networkId,
      seed: keys.networkSeed,
      listen: config.network.listen,
      admission: { authorities: [], followers: [], observers: [], invited: [] },
      topics: [],
      report: reporter.report,
      handlers: {
        onMessage: (from, bytes) => inside?.core.onMessage(from, bytes),
        onGossip: (topic, from, bytes, verdict) =>
          verdict(inside?.core.onGossip(topic, from, bytes) ?? 'ignore'),
        onPeer: (peer, state) => inside?.core.onPeer(peer, state),
      },
    })
    const opened = await openCore({
      ...options,
      origin,
      keys,
      directory,
      network,
      clock,
      timers,
      report: reporter.report,
      onFinal: (blocks, certificate) => inside?.onFinal(blocks, certificate),
      onStored: (blocks) => inside?.recent.onStored(blocks),
      onSeated: (seating) => inside?.onSeated(seating),
      onFatal: (code, detail) => {
        timers.stop()
        reporter.fail(code, detail)
        if (inside !== undefined) inside.#keep({ code, detail })
      },
    }).catch(async (cause: unknown) => {
      await network.stop()
      throw cause
    })
    const recent = createRecent(opened.chain.final.header)
    const parts = { options, origin, keys, clock, timers, directory, network, halt }
    inside = new Inside(parts, opened, recent)
    const { seat, epoch } = opened.core.seating()
    tellLost(directory, reporter)
    network.hear(topicsOf(seat.kind))
    if (keys.voice !== undefined && seat.kind === 'follower') {
      // To become an authority, or once one; or its genesis is not the one it was made for.
      reporter.report({ level: 'warn', code: 'authority_follows', facts: { epoch } })
    }
    if (halt !== undefined) {
      reporter.report({ level: 'warn', code: 'halted_before', facts: { found: halt.code } })
    }
    return inside
  }

  /** From here on the node takes part, unless an earlier run found what it must not go on from. */
  start(): void {
    this.#started = true
    if (this.#parts.halt !== undefined) {
      this.core.stop()
      return
    }
    for (const { peer } of this.network.peers()) this.core.onPeer(peer, 'up')
    this.core.start()
  }

  isStarted(): boolean {
    return this.#started
  }

  /** The code of what was found in an earlier run, or of what ended this one. */
  haltedBy(): string | undefined {
    return this.#parts.halt?.code ?? this.reporter.failure()
  }

  /** Does something at once and again after each pause, until the node stops. */
  repeat(name: string, pauseMs: number, act: () => void): void {
    act()
    const { timers, clock } = this.#parts
    const atMs = clock.monotonicMs() + pauseMs
    timers.set(`repeat/${name}`, atMs, () => this.repeat(name, pauseMs, act))
  }

  /** Who may connect beside authorities and places: holders of open invitations. */
  admit(invited: readonly PeerName[]): void {
    this.#invited = invited
    this.#refreshAdmission()
  }

  /** Calls back at every final block, in order, once state is as of it. For parts that live as long. */
  watchFinal(watcher: FinalWatcher): void {
    this.#watchers.push(watcher)
  }

  onFinal(blocks: readonly FinalBlock[], certificate: Finalization): void {
    this.recent.onFinal(blocks, certificate)
    for (const watcher of this.#watchers) watcher(blocks)
    const admits = blocks.some(({ events }) =>
      events.some(({ kind, outcome }) => ADMITTING.has(kind) && outcome === 'applied'),
    )
    if (admits) this.#refreshAdmission()
  }

  /** Another epoch: other peers may be authorities now, and this node may be one, or no longer. */
  onSeated({ epoch, set, seat }: Seating): void {
    this.network.hear(topicsOf(seat.kind))
    this.#refreshAdmission()
    const facts = { epoch, authorities: set.members.length, seat: seat.kind }
    this.reporter.report({ level: 'info', code: 'epoch_begun', facts })
  }

  /** A disk that fails now is the reporter's to tell, like one that failed before. */
  async stop(): Promise<void> {
    const { timers, network, directory, options } = this.#parts
    this.core.stop()
    timers.stop()
    await network.stop()
    await this.#stopChecks()
    await this.#haltWritten
    directory.storage.write({ journal: [{ type: 'cleanStop' }], blocks: [] }, () => undefined)
    try {
      const isClosed = await inTime(directory[Symbol.asyncDispose](), DISK_STOP_MS)
      if (!isClosed) options.reporter.report({ level: 'warn', code: 'disk_left_open', facts: {} })
    } catch (cause) {
      const { code, message } = storageErrorOf(directory.path, cause)
      options.reporter.fail(code, message)
    }
  }

  /** The loop has halted already: nothing is said between the finding and its record. */
  #keep({ code, detail }: Pick<Halt, 'code' | 'detail'>): void {
    if (!isKept(code)) return
    const { clock, options } = this.#parts
    const halt = { code, detail, atMs: clock.wallMs() }
    this.#haltWritten = writeHalt(options.dataDirectory, halt).catch((cause: unknown) => {
      const { message } = storageErrorOf(options.dataDirectory, cause)
      options.reporter.report({ level: 'warn', code: 'halt_not_kept', facts: { message } })
    })
  }

  #refreshAdmission(): void {
    // Whoever halted hears nobody, and is nobody's link to a quorum.
    if (this.#parts.halt !== undefined) return
    const { network } = this.#parts.options.config
    const view = this.core.executor.finalView()
    this.network.admit(admissionListOf({ network, view, invited: this.#invited }))
  }
}

/** The journal that was there is kept for whoever wants to know what became of it. */
const tellLost = ({ path, storage }: DataDirectory, { report }: NodeReporter): void => {
  if (storage.lost === undefined) return
  const { code, reason, kept } = storage.lost
  const files = kept.map((name) => `${path}/journal/${name}`).join(' ')
  report({ level: 'warn', code: 'journal_set_aside', facts: { cause: code, reason, files } })
}
