import type { Signer } from '#node/desk/key-ring.ts'
import type { CaptureAnswer, CaptureOrder } from '#node/leases/capture.ts'
import { createLeaseClock, type LeaseClock } from '#node/leases/lease-clock.ts'
import { Leases } from '#node/leases/leases.ts'
import { LEASE_TICK_MS } from '#node/leases/limits.ts'
import { Outbox, type OutboxEntry } from '#node/outbox/outbox.ts'
import { createBatchQueue } from '#node/storage/batch-queue.ts'
import { createFirstFailure } from '#node/storage/first-failure.ts'
import type { KeyValuePort } from '#node/storage/key-value-port.ts'
import { createLocalFacts, type LocalFacts, type StoredCapture } from '#node/storage/local-facts.ts'
import type { NetworkId } from '#protocol/id.ts'
import { executeBlock } from '#protocol/ledger/execute-block.ts'
import { type Ledger, type LedgerUndo, undoBlock } from '#protocol/ledger/ledger.ts'
import type { TransactionBody } from '#protocol/transaction/kinds/transaction-body.ts'
import type { Outcome } from '#protocol/transaction/outcome.ts'
import type { PaymentId } from '#protocol/transaction/payment-id.ts'
import { createMemoryKeyValues, type MemoryKeyValues } from '#test/support/memory-key-values.ts'
import type { Agenda } from '../agenda.ts'
import { createVirtualTimers, type VirtualTimers } from '../virtual-timers.ts'
import type { ChainBlock } from './chain.ts'

export type VenueParts = {
  readonly agenda: Agenda
  /** Wall time at virtual time 0. */
  readonly startMs: number
  readonly networkId: NetworkId
  readonly ledger: Ledger
  /** Undefined while no key for holds is here. */
  readonly signer: () => Signer | undefined
  readonly newId: (timeMs: number) => PaymentId
  /** To the authorities, if the link is there. */
  readonly offer: (text: string) => void
  readonly ask: () => void
  /** Blocks that the store lags behind the ledger: a fall takes so many back. */
  readonly lag: number
  readonly syncMs: number
  readonly random: () => number
}

type Done = { readonly block: ChainBlock; readonly undo: LedgerUndo }

type Life = {
  readonly bornMs: number
  readonly timers: VirtualTimers
  readonly clock: LeaseClock
  readonly outbox: Outbox
  readonly leases: Leases
}

/** How long the store may lag behind the newest block, however many came with it. */
const STORE_MS = 3_000

/**
 * One node of a venue: the real outbox, lease clock, captures and local tables, on a disk that loses
 * what is not synced, with its own copy of the ledger. It dies and comes back at any moment.
 */
export class Venue {
  readonly #parts: VenueParts
  readonly #disk: MemoryKeyValues
  readonly #blocks: Done[] = []
  readonly #outcomes = new Map<string, { readonly height: number; readonly outcome: Outcome }>()
  readonly #bodies = new Map<string, TransactionBody>()
  #life: Life | undefined
  #skewMs = 0
  /** Writes until the process dies between two of them, before or after the disk has the next one. */
  #fuse = Number.POSITIVE_INFINITY
  #died: () => void = () => undefined
  /** Blocks that the store holds: no fall takes them back. */
  #stored = 0
  #generation = 0

  constructor(parts: VenueParts) {
    this.#parts = parts
    this.#disk = createMemoryKeyValues({
      schedule: (act, complete) => {
        if (act.act === 'batch') this.#later(parts.syncMs, complete)
        else complete()
      },
    })
    this.boot()
  }

  isUp(): boolean {
    return this.#life !== undefined
  }

  leases(): Leases | undefined {
    return this.#life?.leases
  }

  ledger(): Ledger {
    return this.#parts.ledger
  }

  height(): number {
    return this.#blocks.length
  }

  /** The wall clock is this far from the true time. */
  setSkew(ms: number): void {
    this.#skewMs = ms
  }

  /** Dies in so many writes. */
  arm(writes: number, died: () => void): void {
    this.#fuse = writes
    this.#died = died
  }

  disarm(): void {
    this.#fuse = Number.POSITIVE_INFINITY
  }

  capture(order: CaptureOrder, answer: (answer: CaptureAnswer) => void): void {
    const life = this.#life
    life?.leases.capture(order, (told) => {
      if (this.#life === life) answer(told)
    })
  }

  /** A final block, the one after the newest here. */
  take(block: ChainBlock): void {
    const { ledger } = this.#parts
    const execution = executeBlock(ledger, block)
    if (!execution.ok) throw new Error(`a venue cannot execute ${block.height}: ${execution.fault}`)
    if (execution.stateRoot !== block.stateRoot) throw new Error(`another state at ${block.height}`)
    this.#blocks.push({ block, undo: execution.undo })
    for (const [index, { scope, id, outcome }] of block.events.entries()) {
      const transaction = block.transactions[index]
      if (transaction === undefined) throw new Error('an event of no transaction')
      this.#bodies.set(`${scope}/${id}`, transaction.body)
      this.#outcomes.set(`${scope}/${id}`, { height: block.height, outcome })
    }
    const life = this.#life
    life?.clock.onFinal(block.timestampMs)
    life?.outbox.onFinal([finalOf(block)])
    this.#keep(this.#blocks.length - this.#parts.lag)
    const height = this.#blocks.length
    this.#later(STORE_MS, () => this.#keep(height))
  }

  /** The store holds so many blocks. */
  #keep(height: number): void {
    this.#stored = Math.max(this.#stored, height)
    const stored = this.#blocks[this.#stored - 1]?.block
    if (stored !== undefined) this.#life?.outbox.onStored([finalOf(stored)])
  }

  /** The process dies; with the power what was not synced is lost too. */
  fall(power: 'off' | 'on'): void {
    if (this.#life === undefined) return
    this.#life.timers.stop()
    this.#life = undefined
    this.#generation += 1
    this.#fuse = Number.POSITIVE_INFINITY
    if (power === 'off') this.#disk.crash(this.#parts.random)
    else this.#disk.kill()
    while (this.#blocks.length > this.#stored) {
      const last = this.#blocks.pop()
      if (last === undefined) return
      undoBlock(this.#parts.ledger, last.undo)
      for (const { scope, id } of last.block.events) this.#outcomes.delete(`${scope}/${id}`)
    }
  }

  boot(): void {
    if (this.#life !== undefined) return
    const port = this.#fused(this.#disk.open())
    const queue = createBatchQueue(port, createFirstFailure())
    const local = createLocalFacts(port, queue)
    const found = readAll(local)
    const { agenda } = this.#parts
    const bornMs = agenda.nowMs()
    const clock = {
      wallMs: () => this.#parts.startMs + agenda.nowMs() + this.#skewMs,
      monotonicMs: () => agenda.nowMs() - bornMs,
    }
    const timers = createVirtualTimers({
      at: (atMs, act) => this.#later(bornMs + atMs - agenda.nowMs(), act),
      mark: () => 0,
      fired: () => undefined,
    })
    const leaseClock = createLeaseClock(clock, { journalledMs: found.journalledMs })
    const outbox = this.#outboxOn(local, { clock, timers }, found.outbox)
    const leases = this.#leasesOn(local, { clock: leaseClock, wallMs: clock.wallMs, outbox }, found)
    this.#life = { bornMs, timers, clock: leaseClock, outbox, leases }
    this.#tick(timers, bornMs)
  }

  #tick(timers: VirtualTimers, bornMs: number): void {
    const atMs = this.#parts.agenda.nowMs() - bornMs + LEASE_TICK_MS
    timers.set('leases', atMs, () => {
      this.#life?.leases.tick()
      this.#tick(timers, bornMs)
    })
  }

  #outboxOn(
    local: LocalFacts,
    world: Pick<ConstructorParameters<typeof Outbox>[0], 'clock' | 'timers'>,
    recovered: readonly OutboxEntry[],
  ): Outbox {
    const ports = {
      ...world,
      save: (entry: OutboxEntry, done: () => void) =>
        local.outbox.put(entry, (error) => {
          if (error === undefined) done()
        }),
      erase: (ended: readonly { readonly entry: OutboxEntry }[]) =>
        local.outbox.remove(
          ended.map(({ entry }) => entry.hash),
          () => undefined,
        ),
      offer: (texts: readonly string[]) => {
        for (const text of texts) this.#parts.offer(text)
      },
      askBlockTime: () => this.#parts.ask(),
    }
    const open = recovered.filter(({ scope, id }) => !this.#outcomes.has(`${scope}/${id}`))
    return new Outbox(ports, open)
  }

  #leasesOn(
    local: LocalFacts,
    { clock, wallMs, outbox }: Pick<Life, 'clock' | 'outbox'> & { readonly wallMs: () => number },
    { captures }: Found,
  ): Leases {
    const { ledger, networkId, signer, newId } = this.#parts
    return new Leases(
      {
        clock,
        wallMs,
        headMs: () => this.#blocks.at(-1)?.block.timestampMs ?? 0,
        view: () => ledger.state,
        networkId,
        signer,
        journal: local.captures,
        // No till of these has caps.
        grants: { judge: () => undefined, count: () => undefined },
        noteTime: (value, done) => local.settings.put({ name: CLOCK_SETTING, value }, done),
        outbox,
        storedOutcome: ({ place, jti }) => {
          const known = this.#outcomes.get(`${place}/${jti}`)
          const storedHeight = this.#blocks[this.#stored - 1]?.block.height ?? 0
          return known !== undefined && known.height <= storedHeight ? known.outcome : undefined
        },
        storedBody: ({ place, jti }, answer) => answer(this.#bodies.get(`${place}/${jti}`)),
        newId,
      },
      captures,
    )
  }

  /** Dies where the fuse says: before the disk has a write, or before anybody hears that it has. */
  #fused(port: KeyValuePort): KeyValuePort {
    const burn = (): boolean => {
      // Whoever is not up yet dies in one of its next writes.
      if (this.#life === undefined) return false
      this.#fuse -= 1
      if (this.#fuse >= 0) return false
      this.fall('off')
      this.#died()
      return true
    }
    return {
      ...port,
      batch: (changes, options, done) => {
        if (burn()) return
        port.batch(changes, options, (error) => {
          if (!burn()) done(error)
        })
      },
    }
  }

  #later(inMs: number, act: () => void): void {
    const { agenda } = this.#parts
    const born = this.#generation
    agenda.at(agenda.nowMs() + inMs, () => {
      if (born === this.#generation) act()
    })
  }
}

const CLOCK_SETTING = 'lease-clock'

type Found = {
  readonly outbox: readonly OutboxEntry[]
  readonly captures: readonly StoredCapture[]
  readonly journalledMs: number
}

/** What a start finds on the disk, whose reads are done at once. */
const readAll = (local: LocalFacts): Found => {
  const outbox: OutboxEntry[] = []
  const captures: StoredCapture[] = []
  const ignored = (): void => undefined
  local.outbox.each((entry) => outbox.push(entry), ignored)
  local.captures.each((capture) => captures.push(capture), ignored)
  const noted = Number(local.settings.get(CLOCK_SETTING)?.value ?? 0)
  const journalledMs = Math.max(noted, ...captures.map(({ atMs }) => atMs))
  return { outbox, captures, journalledMs }
}

const finalOf = ({ height, timestampMs, transactions, events }: ChainBlock) => ({
  block: { header: { height, timestampMs } },
  transactions,
  events,
})
